"""`benchwire export job` and `run --dry-run` as a user has them: real commands, real engines."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.atif_strict import Trajectory
from tests.support.command_line import benchwire, daemon, json_of, rows_of

STEP = (
    '{"event_type":"step","data":{"kind":"act","model":"m","usage":'
    '{"input_tokens":%d,"cache_read_tokens":3,"output_tokens":1,"nano_aiu":1000}}}'
)
CALL = '{"event_type":"tool_call","data":{"name":"bash","exit_code":1,"arguments":{"n":%d}}}'
COMMAND = f"""set -e; n=$BENCHWIRE_TRIAL_NO
printf '{STEP}\\n{CALL}\\n' $n $n >> "$BENCHWIRE_EVENTS"; echo $n > out.txt"""
RATES = (
    "n_trials",
    "n_graded",
    "n_resolved",
    "n_errored",
    "success_rate_graded",
    "success_rate_graded_low",
    "success_rate_graded_high",
    "success_rate_all",
    "success_rate_strict",
    "mean_reward",
)
SPENT = ("input_tokens", "cache_read_tokens", "output_tokens", "total_tokens", "nano_aiu", "aiu")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory whose engines run."""
    directory = tmp_path_factory.mktemp("data")
    with daemon(directory):
        yield directory


def matrix(path: Path, n_tasks: int, trials: int) -> str:
    """Two policies; every third task is solved in odd trials only, one policy fails a task."""
    tasks = [
        {"name": f"t{n}", "prompt": f"task {n}", "verify": "true" if n % 3 else ODD}
        for n in range(n_tasks)
    ]
    variants = [
        {"name": "talks", "command": COMMAND, "model": "m"},
        {"name": "silent", "command": 'echo x > out.txt; test "$BENCHWIRE_TASK_ID" != t1'},
    ]
    document = {"name": path.stem, "tasks": tasks, "variants": variants, "trials": trials}
    path.write_text(json.dumps({**document, "concurrency": 4}), encoding="utf-8")
    return str(path)


ODD = "test $((BENCHWIRE_TRIAL_NO % 2)) -eq 1"


def agrees(data_dir: Path, experiment: str, n_tasks: int, trials: int, folder: Path) -> None:
    """Events, views and the exported summary say the same, to the digit."""
    summary = json.loads((folder / "summary.json").read_bytes())
    variants = {variant["policy_id"]: variant for variant in summary["variants"]}
    where = f"WHERE experiment_id = '{experiment}'"
    for row in rows_of(data_dir, f"SELECT * FROM rpt_success_rates {where}"):
        assert {name: variants[row["policy_id"]][name] for name in RATES} == {
            name: row[name] for name in RATES
        }
    for row in rows_of(data_dir, f"SELECT * FROM rpt_token_economics {where} AND model = 'm'"):
        (model,) = variants[row["policy_id"]]["models"]
        assert {name: model[name] for name in SPENT} == {name: row[name] for name in SPENT}
    (events,) = rows_of(
        data_dir,
        "SELECT countIf(event_type = 'step') AS steps, countIf(event_type = 'tool_call') AS calls, "
        "sum(JSONExtractInt(data, 'usage', 'input_tokens')) AS input_tokens "
        f"FROM events FINAL {where} AND event_type IN ('step', 'tool_call')",
    )
    n_talks = n_tasks * trials
    input_tokens = n_tasks * sum(range(1, trials + 1))
    assert events == {"steps": n_talks, "calls": n_talks, "input_tokens": input_tokens}
    odd = n_tasks // 3 + (n_tasks % 3 > 0)
    resolved = n_talks - odd * (trials // 2)
    assert variants["talks"]["n_resolved"] == resolved
    assert variants["talks"]["success_rate_graded"] == resolved / n_talks
    assert variants["talks"]["usage"]["input_tokens"] == input_tokens
    assert variants["talks"]["usage"]["nano_aiu"] == 1000 * n_talks
    assert variants["talks"]["tools"][0]["n_nonzero_exits"] == n_talks
    assert variants["silent"]["n_errored"] == trials
    assert variants["silent"]["usage"]["total_tokens"] is None
    assert summary["n_trials"] == 2 * n_talks
    assert summary["overall_success_rate"] == (
        sum(v["n_resolved"] for v in variants.values()) / (2 * n_talks)
    )
    trajectories = list(folder.glob("*/agent/trajectory.json"))
    assert len(trajectories) == 2 * n_talks
    for path in trajectories:
        trajectory = Trajectory.model_validate_json(path.read_bytes())
        assert trajectory.steps[0].message or trajectory.agent.name
    rewards = [float(path.read_text()) for path in folder.glob("*/verifier/reward.txt")]
    assert sum(rewards) == sum(v["n_resolved"] for v in variants.values())


def run_and_export(data_dir: Path, tmp_path: Path, name: str, n_tasks: int, trials: int) -> None:
    file = matrix(tmp_path / f"{name}.json", n_tasks, trials)
    benchwire(data_dir, "run", file, "--job", name, "--json")
    done = json_of(data_dir, "export", "job", name, str(tmp_path / "out"))
    assert done["n_trials"] == 2 * n_tasks * trials
    agrees(data_dir, name, n_tasks, trials, tmp_path / "out")


def test_a_small_matrix_agrees_everywhere_and_comes_back_once(
    data_dir: Path, tmp_path: Path
) -> None:
    run_and_export(data_dir, tmp_path, "small", 3, 2)
    counted = "SELECT * FROM rpt_success_rates WHERE experiment_id = 'small'"
    before = rows_of(data_dir, counted)
    diff = next((tmp_path / "out").glob("*/artifacts/workspace.diff")).read_text()
    assert "out.txt" in diff
    report = json_of(data_dir, "import", "harbor", str(tmp_path / "out"))
    assert (report["total"]["runs"], report["refused"], report["warnings"]) == (12, [], {})
    assert rows_of(data_dir, counted) == before
    for events in (tmp_path / "out").glob("*/agent/benchwire-events.jsonl"):
        events.unlink()
    bare = json_of(data_dir, "import", "harbor", str(tmp_path / "out"), "--dry-run")["total"]
    names = ("outcomes", "statuses", "steps", "tool_calls", "input_tokens", "nano_aiu")
    assert [bare[name] for name in names] == [report["total"][name] for name in names]
    alone = tmp_path / "alone"
    summed = json_of(data_dir, "summary", "small", "--output", str(alone))
    assert summed == json.loads((alone / "summary.json").read_bytes())
    assert (alone / "summary.md").read_bytes() == (tmp_path / "out" / "summary.md").read_bytes()
    again = benchwire(data_dir, "export", "job", "small", str(tmp_path / "out"), code=1)
    assert b"--overwrite" in again.stderr


@pytest.mark.chaos
def test_a_matrix_of_2_by_10_by_5_agrees_everywhere(data_dir: Path, tmp_path: Path) -> None:
    run_and_export(data_dir, tmp_path, "large", 10, 5)


def test_a_dry_run_checks_every_stage_and_leaves_nothing(tmp_path: Path) -> None:
    """Neither secrets nor agents are needed; the user's data directory is not even made."""
    (tmp_path / "fixture").mkdir()
    (tmp_path / "fixture" / "a.txt").write_text("a")
    file = tmp_path / "exp.json"
    document = {
        "name": "rehearsed",
        "tasks": [
            {"name": "good", "prompt": "p", "fixture": "fixture", "verify": "test -f a.txt"},
            {"name": "bad", "prompt": "p", "setup": ["exit 4"], "verify": "no-such-program"},
        ],
        "variants": [
            {"name": "a", "adapter": "copilot", "env": {"KEY": "${NOT_SET_ANYWHERE}"}},
            {"name": "b", "command": f"touch {tmp_path}/agent-was-called"},
        ],
        "trials": 7,
    }
    file.write_text(json.dumps(document), encoding="utf-8")
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    data_dir = tmp_path / "data"
    words = ("run", str(file), "--dry-run", "--json")
    done = benchwire(data_dir, *words, code=1, TMPDIR=str(scratch))
    report = json.loads(done.stdout)
    assert not report["ok"]
    results = {(one["cell"], one["stage"]): one["ok"] for one in report["checks"]}
    stages = "workspace", "trial", "session log", "otel", "metrics", "analysis", "diff", "verify"
    for policy in ("a", "b"):
        assert all(results[f"{policy}/good", stage] for stage in (*stages, "queryable"))
        assert not results[f"{policy}/bad", "trial"]
        assert not results[f"{policy}/bad", "verify"]
        assert results[f"{policy}/bad", "workspace"]
    assert results[None, "summary"]
    assert results[None, "stored"]
    (setup,) = (
        c["detail"] for c in report["checks"] if (c["cell"], c["stage"]) == ("a/bad", "trial")
    )
    assert "exit 4" in setup
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exp.json", "fixture", "tmp"]
    assert list(scratch.iterdir()) == []
    assert not [pid for pid in processes() if str(scratch) in pid]


def processes() -> list[str]:
    """Command lines of everything that runs."""
    found: list[str] = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(entry.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found
