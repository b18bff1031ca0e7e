"""`benchwire run` and `stop` as a user has them: real agents, real engines, real kills."""

import json
import os
import pty
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import (
    TIMEOUT_SECONDS,
    alive,
    arguments,
    benchwire,
    daemon,
    environment,
    eventually,
    json_of,
    start,
)

from benchwire.embedded.client import EndpointClient
from benchwire.embedded.registration import read_registration

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "experiment.toml"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory whose engines run."""
    directory = tmp_path_factory.mktemp("data")
    with daemon(directory):
        yield directory


def write(path: Path, **document: Any) -> str:
    """An experiment of shell commands."""
    given = {"retries": {"max": 0}, "task": {"prompt": "p", "verify": "test -f done"}}
    path.write_text(json.dumps({**given, **document}), encoding="utf-8")
    return str(path)


def rows(data_dir: Path, sql: str) -> list[dict[str, Any]]:
    """Ask the daemon itself; a command would take a second to start."""
    registration = read_registration(data_dir / "daemon.json")
    assert registration is not None
    answer = b"".join(EndpointClient(registration).query(sql, "JSON"))
    found: list[dict[str, Any]] = json.loads(answer)["data"]
    return found


def records(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def ledger(data_dir: Path, job: str) -> list[dict[str, Any]]:
    path = data_dir / "jobs" / job / "ledger.ndjson"
    return records(path.read_bytes()) if path.exists() else []


def of_kind(found: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [record for record in found if kind in {record.get("record"), record.get("event")}]


def end(process: subprocess.Popen[bytes]) -> tuple[int, bytes, bytes]:
    out, err = process.communicate(timeout=TIMEOUT_SECONDS)
    return process.returncode, out, err


def integrity(data_dir: Path, experiment: str) -> set[tuple[str, str]]:
    """(state, telemetry) of the runs of an experiment."""
    found = rows(
        data_dir,
        "SELECT state, telemetry FROM rpt_run_integrity "
        f"WHERE experiment_id = '{experiment}' AND superseded_by IS NULL",
    )
    return {(row["state"], row["telemetry"]) for row in found}


def test_the_example_runs_and_its_tables_agree_with_what_was_said(data_dir: Path) -> None:
    done = benchwire(data_dir, "run", str(EXAMPLE), "--json", "--job", "example")
    said = records(done.stdout)
    resolved = Counter((r["policy_id"], r["outcome"]) for r in of_kind(said, "trial_finished"))
    assert resolved["diligent", "resolved"] == 6
    assert resolved["hasty", "resolved"] == 3
    assert resolved["hasty", "unresolved"] == 3
    assert resolved["gambler", "resolved"] == 1
    rates = {r["policy_id"]: r for r in of_kind(said, "success_rates")}
    for policy, rate in rates.items():
        assert rate["n_trials"] == rate["n_graded"] == 6
        assert rate["n_resolved"] == resolved[policy, "resolved"]
        assert rate["n_incomplete"] == 0
    assert of_kind(said, "telemetry") == [
        {"event": "telemetry", "in": "stored", "events_in_journal": 0}
    ]
    spent = rows(data_dir, "SELECT sum(aiu) AS aiu FROM rpt_run_summary WHERE job_id = 'example'")
    assert spent[0]["aiu"] == pytest.approx(6 * 0.012)
    assert integrity(data_dir, "shell-one-liners") == {("stopped", "complete")}


def test_a_killed_job_goes_on_with_what_is_missing(data_dir: Path, tmp_path: Path) -> None:
    """Kill -9 with some trials done and two under way; their agents die with the runner."""
    file = write(
        tmp_path / "killed.json",
        name="killed",
        trials=3,
        concurrency=2,
        tasks=[
            {"name": "t1", "prompt": "p", "verify": "test -f done"},
            {"name": "t2", "prompt": "p", "verify": "test -f done"},
        ],
        task=None,
        variants=[
            {
                "name": "a",
                "command": f"""
                    touch done
                    test "$BENCHWIRE_TRIAL_NO$BENCHWIRE_ATTEMPT" = 21 || exit 0
                    echo $$ >> {tmp_path}/pids
                    sleep 60
                """,
            },
        ],
    )
    runner = start(data_dir, "run", file, "--job", "killed")
    pids = tmp_path / "pids"
    assert eventually(lambda: pids.exists() and len(pids.read_text().split()) == 2, seconds=30)
    runner.kill()
    end(runner)
    assert len(of_kind(ledger(data_dir, "killed"), "finished")) == 2
    assert eventually(lambda: not any(alive(int(pid)) for pid in pids.read_text().split()))
    said = records(benchwire(data_dir, "run", file, "--job", "killed", "--json").stdout)
    started = {(r["task_id"], r["trial_no"], r["attempt"]) for r in of_kind(said, "trial_started")}
    assert started == {("t1", 2, 2), ("t2", 2, 2), ("t1", 3, 1), ("t2", 3, 1)}
    (rate,) = of_kind(said, "success_rates")
    assert (rate["n_trials"], rate["n_resolved"], rate["n_incomplete"]) == (6, 6, 0)
    assert list((data_dir / "jobs" / "killed" / "workspaces").iterdir()) == []
    runs = rows(
        data_dir,
        "SELECT trial_no, attempt, status FROM rpt_run_summary WHERE experiment_id = 'killed'",
    )
    assert Counter((row["trial_no"], row["attempt"], row["status"]) for row in runs) == {
        (1, 1, "ok"): 2,
        (2, 1, None): 2,
        (2, 2, "ok"): 2,
        (3, 1, "ok"): 2,
    }
    assert integrity(data_dir, "killed") == {("stopped", "complete"), ("interrupted", "complete")}


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_ends_the_job_and_loses_nothing(
    data_dir: Path, tmp_path: Path, presses: int
) -> None:
    """Once: agents may end by themselves. Twice: these do not, and are killed."""
    name = f"pressed-{presses}"
    file = write(
        tmp_path / "e.json",
        name=name,
        trials=2,
        concurrency=2,
        variants=[
            {
                "name": "a",
                "command": "trap '' TERM; touch started; while :; do sleep 0.05; done"
                if presses == 2
                else "touch started; sleep 60",
            }
        ],
    )
    runner = subprocess.Popen(
        arguments("run", file, "--job", name, "--keep", "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(data_dir),
        start_new_session=True,
    )
    workspaces = data_dir / "jobs" / name
    assert eventually(lambda: len(list(workspaces.glob("**/started"))) == 2, seconds=30)
    # As a terminal does it: to every process of the group.
    os.killpg(runner.pid, signal.SIGINT)
    if presses == 2:
        assert runner.stdout is not None
        while json.loads(runner.stdout.readline())["event"] != "job_stopping":
            pass
        os.killpg(runner.pid, signal.SIGINT)
    code, out, err = end(runner)
    assert code == 130, err
    finished = of_kind(ledger(data_dir, name), "finished")
    assert [(r["status"], r["cancelled_by"]) for r in finished] == [("cancelled", "interrupt")] * 2
    (telemetry,) = of_kind(records(out), "telemetry")
    if telemetry["in"] != "stored":
        benchwire(data_dir, "drain")  # Who presses twice does not wait for a slow machine.
    assert integrity(data_dir, name) == {("stopped", "complete")}


def test_stop_cancels_a_job_from_elsewhere(data_dir: Path, tmp_path: Path) -> None:
    file = write(
        tmp_path / "e.json",
        name="Stopped one",
        trials=3,
        concurrency=2,
        variants=[{"name": "a", "command": "touch started; sleep 60"}],
    )
    runner = start(data_dir, "run", file, "--job", "stopped", "--json")
    assert eventually(lambda: len(of_kind(ledger(data_dir, "stopped"), "started")) == 2, seconds=30)
    answer = json_of(data_dir, "stop", "stopped", "--reason", "wrong model")
    assert [(a["runs_cancelled"], a["trials_not_started"]) for a in answer["answers"]] == [(2, 1)]
    code, out, err = end(runner)
    assert code == 1, err
    (finished,) = of_kind(records(out), "job_finished")
    assert (finished["stopped"], finished["final"]) == ("command", 0)
    stops = rows(
        data_dir,
        "SELECT status, early_stop_reason FROM stg_run_stops WHERE experiment_id = 'stopped-one'",
    )
    assert len(stops) == 2
    for row in stops:
        assert row["status"] == "cancelled"
        assert "wrong model" in row["early_stop_reason"]
        assert answer["command_id"] in row["early_stop_reason"]
    assert integrity(data_dir, "stopped-one") == {("stopped", "complete")}


def test_a_budget_stops_the_job(data_dir: Path, tmp_path: Path) -> None:
    line = json.dumps(
        {
            "event_type": "step",
            "data": {"kind": "act", "usage": {"input_tokens": 60, "nano_aiu": 1}},
        }
    )
    file = write(
        tmp_path / "e.json",
        name="dear",
        trials=5,
        budgets={"job": {"tokens": 100}},
        variants=[
            {
                "name": "a",
                "command": f"""echo '{line}' >> $BENCHWIRE_EVENTS
                    test $BENCHWIRE_TRIAL_NO = 1 || sleep 60""",
            }
        ],
    )
    done = benchwire(data_dir, "run", file, "--job", "dear", "--json", code=1)
    (finished,) = of_kind(records(done.stdout), "job_finished")
    assert (finished["stopped"], finished["final"], finished["attempts"]) == ("budget", 1, 2)
    stops = rows(
        data_dir,
        "SELECT status, early_stop_reason AS reason FROM stg_run_stops "
        "WHERE experiment_id = 'dear' AND status = 'cancelled'",
    )
    assert [row["reason"] for row in stops] == [
        "the budget of the job is used up: 120 of 100 tokens"
    ]


def test_without_engines_events_wait_in_the_journal(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    file = write(
        tmp_path / "e.json", name="alone", variants=[{"name": "a", "command": "touch done"}]
    )
    done = benchwire(data_dir, "run", file, "--journal-only", "--job", "alone")
    assert b"1 of 1 trials done" in done.stderr
    assert b"`benchwire drain` delivers them" in done.stderr
    assert list(data_dir.glob("journal/*/*.seg"))
    again = records(
        benchwire(data_dir, "run", file, "--journal-only", "--job", "alone", "--json").stdout
    )
    assert of_kind(again, "trial_started") == []
    assert of_kind(again, "job_started")[0]["done"] == 1


def test_a_job_whose_output_nobody_reads_is_stopped_and_says_so(tmp_path: Path) -> None:
    file = write(
        tmp_path / "e.json", name="x", trials=50, variants=[{"name": "a", "command": "sleep 0.1"}]
    )
    words = arguments("run", file, "--journal-only", "--json", "--job", "unread")
    env = environment(tmp_path / "data")
    with subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as runner:
        assert runner.stdout is not None
        assert runner.stderr is not None
        runner.stdout.readline()
        runner.stdout.close()
        said = runner.stderr.read()
        assert runner.wait(TIMEOUT_SECONDS) == 1
    assert b"the job unread ended with it" in said
    assert b"--job unread" in said


def test_engines_that_run_anyway_take_the_events_of_a_journal_only_run(
    data_dir: Path, tmp_path: Path
) -> None:
    file = write(
        tmp_path / "e.json", name="taken", variants=[{"name": "a", "command": "touch done"}]
    )
    last = records(benchwire(data_dir, "run", file, "--journal-only", "--json").stdout)[-1]
    assert last["in"] == ("journal" if last["events_in_journal"] else "stream")


def test_a_wrong_file_is_wrong_usage(tmp_path: Path) -> None:
    file = write(tmp_path / "e.json", name="x", variants=[{"name": "a", "comand": "true"}])
    done = benchwire(tmp_path / "data", "run", file, code=2)
    assert b"did you mean `command`?" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_missing_program_is_found_out_before_anything_runs(tmp_path: Path) -> None:
    variants = [{"name": "a", "command": "true"}, {"name": "b", "command": ["no-such-agent"]}]
    file = write(tmp_path / "e.json", name="x", variants=variants)
    done = benchwire(tmp_path / "data", "run", file, "--journal-only", code=1)
    assert b"programs that are not on this machine: policy b: no-such-agent" in done.stderr
    assert not list((tmp_path / "data").glob("journal/*/*.seg"))


def test_stop_says_when_there_is_nothing_to_stop(tmp_path: Path) -> None:
    done = benchwire(tmp_path, "stop", "nothing", code=1)
    assert b"no job or experiment 'nothing' was run from" in done.stderr


def test_on_a_terminal_a_table_of_80_columns_is_drawn(tmp_path: Path) -> None:
    file = write(
        tmp_path / "e.json",
        name="Shown " * 20,
        concurrency=2,
        trials=2,
        variants=[{"name": "variant " * 10, "command": "touch done"}],
    )
    leader, follower = pty.openpty()
    env = environment(tmp_path / "data", COLUMNS="80", LINES="24", TERM="xterm")
    words = arguments("run", file, "--journal-only")
    with subprocess.Popen(
        words, stdin=follower, stdout=follower, stderr=follower, env=env
    ) as runner:
        os.close(follower)
        shown = b""
        try:
            while chunk := os.read(leader, 65536):
                shown += chunk
        except OSError:
            pass  # The other end was closed.
        assert runner.wait(TIMEOUT_SECONDS) == 0
    os.close(leader)
    text = shown.decode()
    assert "success (95 %)" in text
    assert "2/2" in text
    assert "so far" in text
