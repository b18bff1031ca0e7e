"""One stored run: found by its name, its events as they were sent, and what is made of them."""

import io
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from datetime import timedelta
from typing import Any

import pytest
from tests.support.atif_strict import Trajectory
from tests.support.histories import History
from tests.support.history_lines import START, HistoryStream, Labels, bodies
from tests.support.recorded import RUN
from tests.support.view_store import ViewStore

from benchwire.analysis.found_run import NoSuchRun, find_run
from benchwire.analysis.job_export.event_rows import Store
from benchwire.analysis.replay import wire_line
from benchwire.analysis.run_events import RunEnds, spooled_events, stored_events
from benchwire.analysis.session_analysis.analyze import analyze
from benchwire.analysis.session_analysis.model import PhaseStat
from benchwire.analysis.trajectory.atif import write_atif
from benchwire.analysis.trajectory.entry import timeline
from benchwire.analysis.trajectory.header import run_header
from benchwire.embedded.store import ChdbStore

SEED, N_RUNS = 43, 30
ORDER = "0a000000-0000-4000-8000-000000000001"
OLD = "0b000000-0000-4000-8000-000000000001"
NEW = "0c000000-0000-4000-8000-000000000001"
OTHER = "0c000000-0000-4000-8000-000000000002"
FOREIGN = "0d000000-0000-4000-8000-000000000001"
SUMMARY = """
SELECT
    toString(run_id) AS run_id,
    toString(experiment_id) AS experiment_id,
    tool_calls,
    tool_failures,
    failures,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    reasoning_tokens,
    total_tokens,
    toString(nano_aiu) AS nano_aiu,
    requests,
    peak_context_tokens,
    score,
    turns
FROM fct_runs
WHERE experiment_id != 'one-run'
"""


def stream(run_id: str, emitter: str, epoch: int, *, task_id: str = "t") -> HistoryStream:
    return HistoryStream(Labels("one-run", "j", "p", task_id, run_id), emitter, epoch, START)


def hand_written() -> list[HistoryStream]:
    """A run of several emitters, two imports of one source, two other runs, a foreign one."""
    runner, agent = stream(ORDER, "runner", 5), stream(ORDER, "agent", 9)
    runner.emit("run_start", {"extra": {"who": "ä"}})
    agent.now += timedelta(seconds=10)
    agent.emit("step", {"kind": "agent", "content": "first"})
    agent.now -= timedelta(hours=1)
    agent.emit("step", {"kind": "agent", "content": "second"})
    runner.now += timedelta(seconds=60)
    runner.emit("run_stop", {"status": "ok"})
    agent.emit("step", {"kind": "agent", "content": "a"}, seq=7)
    agent.emit("step", {"kind": "agent", "content": "b"}, seq=7)
    imports: list[HistoryStream] = []
    for run_id, records in ((OLD, 1), (NEW, 2)):
        source = {"system": "copilot", "source_id": "my-session", "n_records": records}
        imports.append(stream(run_id, "import", 0))
        imports[-1].emit("run_start", {"source": source})
    other = stream(OTHER, "runner", 1, task_id="u")
    other.emit("run_start", {"source": {"system": "harbor", "source_id": "0c"}})
    foreign = stream(FOREIGN, "smith", 0)
    for seq in (5, 2**62, 1):
        foreign.emit("step", {"kind": "act", "content": str(seq)}, seq=seq)
    return [runner, agent, *imports, other, foreign]


@pytest.fixture(scope="module")
def store(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    views = ViewStore(chdb_store)
    sent = [*History(SEED).add_runs(N_RUNS).sent]
    views.load(bodies([*sent, *(one for each in hand_written() for one in each.sent)], []))
    yield views
    views.close()


@pytest.fixture(scope="module")
def read(store: ViewStore) -> Store:
    return Store(rows=store.answers, blocks=store.blocks)


def contents(read: Store, name: str) -> list[Any]:
    events = stored_events(read, find_run(read.rows, name))
    return [stored.event.data.get("content", stored.event.event_type) for stored in events]


@pytest.mark.parametrize(
    ("name", "run_id"),
    [
        (ORDER, ORDER),
        (ORDER.upper(), ORDER),
        ("0a", ORDER),
        ("my-session", NEW),
        (NEW, NEW),
        ("0c", OTHER),
    ],
)
def test_a_run_is_found_by_its_name(read: Store, name: str, run_id: str) -> None:
    """`0c` begins two run_ids, but is all of a source's id."""
    assert find_run(read.rows, name).run_id == run_id


@pytest.mark.parametrize("name", [OLD, "0b"])
def test_a_superseded_import_leads_to_the_run_that_counts(read: Store, name: str) -> None:
    found = find_run(read.rows, name)
    assert (found.run_id, found.named_run_id) == (NEW, OLD)


@pytest.mark.parametrize(
    ("name", "said"),
    [("0c00", "2 runs are called '0c00'"), ("nobody's", "no stored run"), (" ", "no run is named")],
)
def test_no_run_or_several_are_refused(read: Store, name: str, said: str) -> None:
    with pytest.raises(NoSuchRun, match=said):
        find_run(read.rows, name)


def test_events_come_in_the_order_of_time_but_never_against_their_emitters(read: Store) -> None:
    assert contents(read, ORDER)[:3] == ["run_start", "first", "second"]
    assert contents(read, ORDER)[-1] == "run_stop"
    assert contents(read, FOREIGN) == ["5", str(2**62), "1"]


def test_of_contents_that_contradict_each_other_one_counts(read: Store, store: ViewStore) -> None:
    (row,) = store.rows(
        f"SELECT content_bytes, seq FROM stg_steps WHERE run_id = '{ORDER}' AND seq = 7"
    )
    assert row["seq"] in {7, "7"}
    assert len([one for one in contents(read, ORDER) if one in {"a", "b"}]) == 1


def test_events_are_given_back_byte_for_byte(read: Store, store: ViewStore) -> None:
    sent: dict[tuple[str, str], set[bytes]] = defaultdict(set)
    for one in History(SEED).add_runs(N_RUNS).sent:
        said = json.loads(one.line)
        sent[said["experiment_id"], said["run_id"]].add(one.line)
    conflicts = {row["run_id"] for row in store.rows("SELECT run_id FROM fct_conflicts")}
    compared = 0
    for run_id in sorted({run_id for _, run_id in sent} - conflicts)[:15]:
        run = find_run(read.rows, run_id)
        if run.named_run_id is not None:
            continue
        own = sent[run.experiment_id, run_id]
        with spooled_events(read, run, with_delivery=True) as (n_events, events):
            lines = [wire_line(stored, run) for stored in events]
        assert (len(lines), set(lines) ^ own) == (n_events, set()), run_id
        compared += 1
    assert compared > 5


def test_the_analysis_says_what_the_views_say(read: Store, store: ViewStore) -> None:
    rows = store.rows(SUMMARY)
    assert len(rows) > N_RUNS // 2
    for row in rows:
        run = replace(RUN, run_id=row["run_id"], experiment_id=row["experiment_id"])
        ends, events = RunEnds(), [stored.event for stored in stored_events(read, run)]
        for event in events:
            ends.see(event)
        found = analyze(events)
        spent = found.economics
        nano = None if spent.aiu is None else round(spent.aiu * 10**9)
        said = {
            "run_id": run.run_id,
            "tool_calls": found.n_tool_calls,
            "tool_failures": found.n_tool_failures,
            "failures": len(found.warnings),
            "input_tokens": spent.input_tokens_noncached,
            "cache_read_tokens": spent.cache_read_tokens,
            "cache_write_tokens": spent.cache_write_tokens,
            "output_tokens": spent.output_tokens,
            "reasoning_tokens": spent.reasoning_tokens,
            "total_tokens": found.total_tokens,
            "nano_aiu": nano,
            "requests": spent.n_requests,
            "peak_context_tokens": spent.peak_context_tokens,
            "score": ends.score,
            # Of a run without turns the analysis counts the steps.
            "turns": None if row["turns"] is None else found.n_turns,
        }
        assert {name: _integer(row[name]) for name in said} == said


def test_turns_and_phases_of_the_analysis_are_those_of_the_views(
    read: Store, store: ViewStore
) -> None:
    n_phased = 0
    for row in store.rows(SUMMARY):
        run = replace(RUN, run_id=row["run_id"], experiment_id=row["experiment_id"])
        found = analyze(stored.event for stored in stored_events(read, run))
        if not found.phases and n_phased:
            continue
        n_phased += 1
        asked = f"(run_id = '{run.run_id}')"
        turns = store.rows(f"SELECT * FROM {store.database}.rpt_run_turns{asked}")
        assert [_turn(turn) for turn in turns] == [
            {
                "turn_no": turn.turn_no,
                "n_steps": turn.assistant_messages,
                "n_tool_calls": len(turn.tools),
                "prompt_tokens": turn.input_tokens,
                "output_tokens": turn.output_tokens,
                "duration_ms": turn.duration_s and pytest.approx(turn.duration_s * 1e3, abs=1),
            }
            for turn in found.turns
        ]
        phases = store.rows(f"SELECT * FROM {store.database}.rpt_run_phases{asked}")
        names = [field.name for field in fields(PhaseStat) if field.name != "duration_s"]
        assert [{name: phase[name] for name in names} for phase in phases] == [
            {name: asdict(phase)[name] for name in names} for phase in found.phases
        ]
        assert [phase["duration_ms"] for phase in phases] == [
            phase.duration_s and pytest.approx(phase.duration_s * 1e3, abs=5)
            for phase in found.phases
        ]
    assert n_phased > 2


@pytest.mark.parametrize(
    "report",
    [
        "rpt_run_failures",
        "rpt_run_files",
        "rpt_run_phases",
        "rpt_run_steps",
        "rpt_run_tool_calls",
        "rpt_run_turns",
    ],
)
def test_reports_of_one_run_look_it_up_in_every_table(store: ViewStore, report: str) -> None:
    """What they read has no parameters: their filter has to reach the keys of the tables."""
    called = f"{store.database}.{report}(run_id = '{ORDER}')"
    plan = [row["explain"] for row in store.rows(f"EXPLAIN indexes = 1 SELECT * FROM {called}")]
    tables = [line for line in plan if "ReadFromMergeTree" in line]
    conditions = [line for line in plan if " Condition: " in line]
    assert len(tables) == len(conditions) >= 3
    assert all("run_id" in line and "experiment_id" in line for line in conditions)


def _turn(row: dict[str, Any]) -> dict[str, Any]:
    names = ("turn_no", "n_steps", "n_tool_calls", "prompt_tokens", "output_tokens", "duration_ms")
    return {name: row[name] for name in names}


def test_a_run_has_a_header_a_timeline_and_an_atif(read: Store, store: ViewStore) -> None:
    for row in store.rows(SUMMARY)[:1]:
        run = find_run(read.rows, row["run_id"])
        header = asdict(run_header(read.rows, run))
        assert (header["run_id"], header["tool_calls"]) == (run.run_id, _integer(row["tool_calls"]))
        entries = list(timeline(stored.event for stored in stored_events(read, run)))
        calls = [entry for entry in entries if entry.call]
        assert len(calls) == header["tool_calls"]
        assert len([entry for entry in entries if entry.step]) == header["steps"]
        text = io.StringIO()
        write_atif(text, read, run)
        trajectory = Trajectory.model_validate_json(text.getvalue())
        assert trajectory.trajectory_id == run.run_id


def _integer(value: Any) -> Any:
    """ClickHouse writes large integers as texts."""
    return int(value) if isinstance(value, str) and value.isdigit() else value
