"""`benchwire verdict import` and `prices` through the whole pipeline, as a user runs them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import daemon, json_of, rows_of
from tests.support.copilot_sessions import SessionLog

SUMMARY = """\
SELECT source_id, summary.run_id, outcome, outcome_source, score, grader, telemetry, n_events,
    nano_aiu, derived_nano_aiu, cost_nano_aiu, cost_source
FROM rpt_run_summary AS summary
INNER JOIN rpt_run_integrity AS integrity ON integrity.run_id = summary.run_id
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory whose engines run; every test brings sessions of its own."""
    data_dir = tmp_path_factory.mktemp("data")
    with daemon(data_dir):
        yield data_dir


def session(name: str, directory: Path) -> SessionLog:
    log = SessionLog(name).start().record("user.message", {"content": "Do it."})
    log.turn(0).shutdown(plain=10, read=20, output=3, nano_aiu=None)
    log.write(directory)
    return log


def summary(store: Path) -> dict[str, dict[str, Any]]:
    """The runs, by the session they record."""
    return {row["source_id"]: row for row in rows_of(store, SUMMARY)}


def test_gradings_decide_stay_and_follow(store: Path, tmp_path: Path) -> None:
    sessions = tmp_path / "sessions"
    logs = [session(name, sessions / name) for name in ("one", "two")]
    imported = json_of(store, "import", "copilot", str(sessions))
    runs = {run["source_id"]: run["run_id"] for run in imported["runs"]}
    first, second = runs["one"], runs["two"]

    gradings = tmp_path / "gradings.csv"
    head = "run_id,source_id,outcome,score\n"
    gradings.write_text(f"{head}{first},,pass,0.9\n,two,0,\n,three,1,\n{second},,huh,\n")
    report = json_of(store, "verdict", "import", str(gradings), code=1)
    assert (report["stored"], report["new"], report["unchanged"]) == (True, 2, 0)
    assert [line["error"].split(": ")[0] for line in report["refused"]] == [
        f"{gradings}:5",
        f"{gradings}:4",
    ]
    rows = summary(store)
    assert (rows["one"]["outcome"], rows["one"]["score"]) == ("resolved", 0.9)
    assert (rows["two"]["outcome"], rows["two"]["score"]) == ("unresolved", None)
    for name in runs:
        assert (rows[name]["outcome_source"], rows[name]["telemetry"]) == ("verdict", "complete")

    again = json_of(store, "verdict", "import", str(gradings), code=1)
    assert (again["new"], again["unchanged"]) == (0, 2)

    # The recording grows: its next import is another run, which its old id and its source name.
    logs[0].turn(1).write(sessions / "one")
    json_of(store, "import", "copilot", str(sessions))
    gradings.write_text(f"{head}{first},,pass,0.9\n,two,excluded,\n")
    report = json_of(store, "verdict", "import", str(gradings))
    assert (report["new"], report["unchanged"]) == (2, 0)
    rows = summary(store)
    assert rows["one"]["run_id"] != first
    assert [rows[name]["outcome"] for name in runs] == ["resolved", "excluded"]
    assert {rows[name]["telemetry"] for name in runs} == {"complete"}


def test_prices_apply_to_what_is_stored(store: Path, tmp_path: Path) -> None:
    session("priced", tmp_path / "priced")
    json_of(store, "import", "copilot", str(tmp_path))
    mine = tmp_path / "mine.csv"
    mine.write_text("model,input_usd_per_mtok,output_usd_per_mtok\ngpt-5.5,1,1\n")
    assert json_of(store, "prices", "apply", str(mine)) == {"prices": 1, "changed": True}
    assert summary(store)["priced"]["cost_nano_aiu"] is None, "cache reads have no price now"
    json_of(store, "prices", "reset")
    run = summary(store)["priced"]
    assert run["cost_nano_aiu"] == 10 * 500_000 + 20 * 50_000 + 3 * 3_000_000
    assert (run["nano_aiu"], run["cost_source"]) == (None, "derived")
