"""Thousands of seeded runs: every report equals the oracle, whatever way the lines arrive."""

import functools
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support import oracle_prices
from tests.support.histories import AS_OF, History, delivered_again
from tests.support.history_lines import Sent, bodies
from tests.support.history_payloads import DOCUMENTS
from tests.support.oracle import OracleRun, Row, counted_runs, distinct_events, oracle_runs
from tests.support.oracle_audit import token_audit
from tests.support.oracle_behaviour import BEHAVIOUR_VIEWS, OPTIMIZER_VIEWS
from tests.support.oracle_compactions import compactions
from tests.support.oracle_comparison import flat, policy_comparisons, task_comparison
from tests.support.oracle_context import context_decisions
from tests.support.oracle_differences import policy_differences
from tests.support.oracle_failures import failures
from tests.support.oracle_files import run_files
from tests.support.oracle_integrity import integrity, store_check
from tests.support.oracle_one_run import run_failures, run_tool_calls
from tests.support.oracle_prices import book_of_the_histories, costs
from tests.support.oracle_repetition import (
    flaky_tasks,
    pass_at_k,
    success_trend,
    task_pass_at_k,
)
from tests.support.oracle_reports import token_economics
from tests.support.oracle_spending import pareto, policy_economics
from tests.support.oracle_success import (
    experiment_success,
    job_success,
    policy_success,
    task_success,
)
from tests.support.oracle_summary import summaries
from tests.support.oracle_tools import tool_calls
from tests.support.oracle_turn_reports import context_growth, phase_economics, tool_economics
from tests.support.oracle_turns import run_phases, run_steps, run_turns
from tests.support.view_store import ViewStore, called, seen_from

from benchwire.embedded.store import ChdbStore

SEED = 20261101
N_RUNS = 1500
FINDINGS = {
    "nothing_to_compare",
    "adds_up",
    "cache_counted_in_input",
    "reasoning_counted_in_output",
    "models_differ",
    "declared_differs",
    "steps_fall_short",
    "steps_exceed",
}
VIEWS = Path(__file__).parents[2] / "sql" / "views"
COMPARED = {"experiment": "suite-ü", "policy_a": "δ", "policy_b": "p'quote\"d"}
EXPERIMENT = {"experiment": "suite-ü"}
HASHES = {"hash_a": f"{0:032x}", "hash_b": f"{1:032x}"}
RUN = {"run_id": json.loads(History(SEED).add_runs(1).sent[0].line)["run_id"]}
"""The first run of the history."""
RUN_VIEWS: dict[str, tuple[Any, ...]] = {
    "rpt_run_steps": (run_steps, "place"),
    "rpt_run_turns": (run_turns, "turn_no"),
    "rpt_run_phases": (run_phases, "phase"),
}
EVENTS_OF_RUN_VIEWS: dict[str, Any] = {
    "rpt_run_tool_calls": (run_tool_calls, "call_no"),
    "rpt_run_failures": (run_failures, "failure_no"),
}
TURN_VIEWS: dict[str, tuple[Any, ...]] = {
    "rpt_phase_economics": (phase_economics, "policy_id", "phase"),
    "rpt_context_growth": (context_growth, "policy_id", "agent_turn_no"),
    "rpt_tool_economics": (tool_economics, "policy_id", "tool_name"),
    "rpt_compactions": (compactions, "run_id", "emitter", "epoch", "seq"),
}
ARGUMENTS: dict[str, dict[str, str]] = {
    "rpt_policy_comparison": COMPARED,
    "rpt_policy_differences": COMPARED,
    "rpt_task_comparison": COMPARED,
    "fct_document_differences": {"kind": "config", **HASHES},
    "rpt_config_differences": HASHES,
    "rpt_environment_differences": HASHES,
    **dict.fromkeys(("fct_policy_runs", "fct_session_turns"), EXPERIMENT),
    **dict.fromkeys(BEHAVIOUR_VIEWS, EXPERIMENT),
    **dict.fromkeys(TURN_VIEWS, EXPERIMENT),
    **dict.fromkeys(("rpt_run_files", *RUN_VIEWS, *EVENTS_OF_RUN_VIEWS), RUN),
}
"""What the views with parameters other than as_of are asked for."""
SUCCESS_VIEWS: dict[str, tuple[Any, ...]] = {
    "rpt_experiment_success": (experiment_success,),
    "rpt_job_success": (job_success, "job_id", "policy_id"),
    "rpt_task_success": (task_success, "policy_id", "task_id"),
    "rpt_task_pass_at_k": (task_pass_at_k, "policy_id", "task_id", "k"),
    "rpt_pass_at_k": (pass_at_k, "policy_id", "k"),
    "rpt_flaky_tasks": (flaky_tasks, "policy_id", "task_id", "cfg_hash", "env_hash"),
    "rpt_success_trend": (success_trend, "policy_id", "job_id"),
}
SETTINGS = {
    "plain": "",
    "one_thread": " SETTINGS max_threads = 1",
    "odd_session": " SETTINGS max_threads = 3, join_use_nulls = 1, transform_null_in = 1, "
    "prefer_column_name_to_alias = 1, max_block_size = 777, group_by_use_nulls = 1",
}


@functools.cache
def history() -> list[Sent]:
    return History(SEED).add_runs(N_RUNS).sent


@pytest.fixture(scope="module")
def events() -> list[Row]:
    return distinct_events(history())


@pytest.fixture(scope="module")
def runs(events: list[Row]) -> list[OracleRun]:
    return oracle_runs(events)


@pytest.fixture(scope="module")
def views(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    store = ViewStore(chdb_store)
    store.load_prices(book_of_the_histories())
    store.load(bodies(history(), range(4000, len(history()), 4000)))
    yield store
    store.close()


def test_run_summary_equals_the_oracle(
    views: ViewStore, runs: list[OracleRun], events: list[Row]
) -> None:
    rows = views.rows(f"SELECT * FROM {seen_from('rpt_run_summary', AS_OF)}")
    assert_same(rows, summaries(runs, events, AS_OF), ("run_id",))
    priced = [{"run_id": run.run_id, **costs(run)} for run in counted_runs(runs)]
    assert_same(rows, priced, ("run_id",))


def test_success_rates_equal_the_oracle(views: ViewStore, runs: list[OracleRun]) -> None:
    rows = views.rows("SELECT * FROM rpt_success_rates")
    assert_same(rows, policy_success(runs), ("experiment_id", "policy_id"))


@pytest.mark.parametrize("view", SUCCESS_VIEWS)
def test_success_reports_equal_the_oracle(
    views: ViewStore, runs: list[OracleRun], view: str
) -> None:
    oracle, *key = SUCCESS_VIEWS[view]
    assert_same(views.rows(f"SELECT * FROM {view}"), oracle(runs), ("experiment_id", *key))


def test_policy_comparisons_equal_the_oracle(views: ViewStore, runs: list[OracleRun]) -> None:
    expected = policy_comparisons(runs)
    assert all(row["differing_environment_keys"] == ["os.version"] for row in expected)
    rows = views.rows("SELECT * FROM rpt_policy_comparisons")
    assert_same(rows, expected, ("experiment_id", "policy_a", "policy_b"))


def test_a_comparison_turned_round_is_the_same_comparison(views: ViewStore) -> None:
    """Asked for in the other order, sides, signs and ratios change places."""
    turned = {
        **COMPARED,
        "policy_a": COMPARED["policy_b"],
        "policy_b": COMPARED["policy_a"],
    }
    asked, other = (
        views.rows(f"SELECT * FROM {called('rpt_policy_comparison', arguments)}")[0]
        for arguments in (COMPARED, turned)
    )
    (listed,) = views.rows(
        "SELECT * FROM rpt_policy_comparisons WHERE experiment_id = 'suite-ü' "
        "AND policy_a LIKE 'p''q%' AND policy_b = 'δ'"
    )
    assert other == listed
    expected = {_turned_name(name): value for name, value in listed.items()}
    for name in ("difference", "difference_low", "difference_high", "anytime_low", "anytime_high"):
        expected[name] *= -1
    for name in (f"{of}_ratio{end}" for of in ("aiu", "token") for end in ("", "_low", "_high")):
        expected[name] = 1 / expected[name]
    assert_same([asked], [expected], ("experiment_id",))


def _turned_name(name: str) -> str:
    """Name the column that holds what this one held, once a and b have changed places."""
    sides = {"_a": "_b", "_b": "_a"}
    ends = {"_low": "_high", "_high": "_low"}
    if name[-2:] in sides:
        return name[:-2] + sides[name[-2:]]
    return next((name.removesuffix(e) + o for e, o in ends.items() if name.endswith(e)), name)


def test_task_comparison_equals_the_oracle(views: ViewStore, runs: list[OracleRun]) -> None:
    rows = views.rows(f"SELECT * FROM {called('rpt_task_comparison', COMPARED)}")
    expected = task_comparison(runs, *COMPARED.values())
    assert_same(rows, expected, ("task_id",))


@pytest.mark.parametrize("kind", ["config", "environment"])
def test_differences_of_documents_equal_the_oracle(views: ViewStore, kind: str) -> None:
    rows = views.rows(f"SELECT * FROM {called(f'rpt_{kind}_differences', HASHES)}")
    documents = [flat(DOCUMENTS[kind][found]) for found in HASHES.values()]
    expected = [
        {"key": key, **{f"value_{side}": values[n] for n, side in enumerate("ab")}}
        for key in documents[0] | documents[1]
        if (values := [document.get(key) for document in documents])[0] != values[1]
    ]
    read = [
        {**row, **{name: _parsed(row[name]) for name in ("value_a", "value_b")}} for row in rows
    ]
    assert_same(read, expected, ("key",))


def test_differences_of_policies_equal_the_oracle(views: ViewStore, runs: list[OracleRun]) -> None:
    rows = views.rows(f"SELECT * FROM {called('rpt_policy_differences', COMPARED)}")
    expected = policy_differences(runs, *COMPARED.values())
    assert {row["key"] for row in expected} == {
        "os.version",
        'agent."max turns"',
        "retries",
        "token",
    }
    read = [
        {
            **row,
            **{name: [json.loads(text) for text in row[name]] for name in ("values_a", "values_b")},
        }
        for row in rows
    ]
    for row in read:
        row["values_a"].sort(key=repr)
        row["values_b"].sort(key=repr)
    assert_same(read, expected, ("kind", "key"))


def _parsed(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def test_token_economics_equal_the_oracle(views: ViewStore, runs: list[OracleRun]) -> None:
    rows = views.rows("SELECT * FROM rpt_token_economics")
    assert_same(rows, token_economics(runs), ("experiment_id", "policy_id", "model"))


def test_policy_economics_equal_the_oracle(views: ViewStore, runs: list[OracleRun]) -> None:
    rows = views.rows("SELECT * FROM rpt_policy_economics")
    assert_same(rows, policy_economics(runs), ("experiment_id", "policy_id"))


def test_pareto_equals_the_oracle(views: ViewStore, runs: list[OracleRun]) -> None:
    rows = views.rows("SELECT * FROM rpt_pareto")
    assert_same(rows, pareto(runs), ("experiment_id", "policy_id"))


@pytest.mark.parametrize("view", TURN_VIEWS)
def test_reports_on_turns_equal_the_oracle(
    views: ViewStore, runs: list[OracleRun], view: str
) -> None:
    oracle, *key = TURN_VIEWS[view]
    rows = views.rows(f"SELECT * FROM {called(view, EXPERIMENT)}")
    expected = oracle(runs, EXPERIMENT["experiment"])
    assert len(expected) > 10
    assert_same(rows, expected, tuple(key))


@pytest.mark.parametrize("view", RUN_VIEWS)
def test_reports_on_one_run_equal_the_oracle(
    views: ViewStore, runs: list[OracleRun], view: str
) -> None:
    """Of the longest runs, and of one that is superseded."""
    oracle, *key = RUN_VIEWS[view]
    longest = sorted(runs, key=lambda run: (-len(run_turns(run)), run.run_id))
    superseded = next(run for run in longest if run.superseded_by)
    for run in (*longest[:2], superseded):
        rows = views.rows(f"SELECT * FROM {called(view, {'run_id': run.run_id})}")
        assert_same(rows, oracle(run), tuple(key))


@pytest.mark.parametrize("view", EVENTS_OF_RUN_VIEWS)
def test_calls_and_failures_of_runs_equal_the_oracle(
    views: ViewStore, runs: list[OracleRun], view: str
) -> None:
    """Of the runs with the most of them, and of superseded and open ones."""
    oracle, key = EVENTS_OF_RUN_VIEWS[view]
    most = sorted(runs, key=lambda run: (-len(oracle(run)), run.run_id))
    superseded = next(run for run in most if run.superseded_by)
    still_open = next(run for run in most if not run.events["run_stop"])
    for run in (*most[:3], superseded, still_open):
        expected = oracle(run)
        assert expected
        rows = views.rows(f"SELECT * FROM {called(view, {'run_id': run.run_id})}")
        assert_same(rows, expected, (key,))


def test_tool_calls_equal_the_oracle(views: ViewStore, runs: list[OracleRun]) -> None:
    rows = views.rows("SELECT * FROM rpt_tool_calls")
    assert_same(rows, tool_calls(runs), ("experiment_id", "policy_id", "tool_name"))


def test_context_decisions_equal_the_oracle(views: ViewStore, runs: list[OracleRun]) -> None:
    rows = views.rows("SELECT * FROM rpt_context_decisions")
    key = ("experiment_id", "policy_id", "kind", "segment_kind")
    assert_same(rows, context_decisions(runs), key)


def test_failures_equal_the_oracle(views: ViewStore, runs: list[OracleRun]) -> None:
    rows = views.rows("SELECT * FROM rpt_failures")
    key = ("experiment_id", "policy_id", "root_kind", "error_category")
    assert_same(rows, failures(runs), key)


@pytest.mark.parametrize("view", BEHAVIOUR_VIEWS)
def test_reports_of_behaviour_equal_the_oracle(
    views: ViewStore, runs: list[OracleRun], view: str
) -> None:
    oracle, key = BEHAVIOUR_VIEWS[view]
    rows = views.rows(f"SELECT * FROM {called(view, ARGUMENTS[view])}")
    assert_same(rows, oracle(runs, ARGUMENTS[view]["experiment"]), key)


@pytest.mark.parametrize("view", OPTIMIZER_VIEWS)
def test_optimizer_reports_equal_the_oracle(
    views: ViewStore, runs: list[OracleRun], view: str
) -> None:
    oracle, name = OPTIMIZER_VIEWS[view]
    assert_same(views.rows(f"SELECT * FROM {view}"), oracle(runs), ("experiment_id", name))


def test_files_of_runs_equal_the_oracle(views: ViewStore, runs: list[OracleRun]) -> None:
    """Of the run with the most files, and of superseded ones too."""
    asked = [
        max(runs, key=lambda run: len(run_files(run))),
        *(run for run in runs[:40] if run.superseded_by),
    ]
    assert len(asked) > 1
    for run in asked:
        rows = views.rows(f"SELECT * FROM {called('rpt_run_files', {'run_id': run.run_id})}")
        assert_same(rows, run_files(run), ("path",))


def test_token_audit_equals_the_oracle(views: ViewStore, runs: list[OracleRun]) -> None:
    rows = views.rows("SELECT * FROM rpt_token_audit")
    assert_same(rows, token_audit(runs), ("run_id", "measure"))


def test_run_integrity_equals_the_oracle(
    views: ViewStore, runs: list[OracleRun], events: list[Row]
) -> None:
    rows = views.rows(f"SELECT * FROM {seen_from('rpt_run_integrity', AS_OF)}")
    assert_same(rows, integrity(runs, events, AS_OF), ("run_id",))


def test_store_check_finds_nothing_in_a_store_that_lacks_nothing(
    views: ViewStore, events: list[Row]
) -> None:
    rows = views.rows("SELECT * FROM rpt_store_check")
    assert_same(rows, store_check(events), ("experiment_id", "run_id", "table_name"))


def test_changed_prices_reach_all_reports(
    views: ViewStore, runs: list[OracleRun], events: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One model has a price now, one has none any more, one costs other amounts."""
    told = views.text("SELECT * FROM rpt_run_summary")
    dearer = [(None, (600_001, 60_001, 1, 3_000_001))]
    monkeypatch.setattr(oracle_prices, "BOOK", {"gpt-5.5": dearer, "mai-code-1": dearer})
    views.load_prices(book_of_the_histories())
    due = views.rows("SELECT stored_in, reason, count() AS n FROM fct_due_runs GROUP BY ALL")
    assert due == [{"stored_in": "sum_runs", "reason": "prices", "n": len(runs)}]
    views.load([])
    assert views.rows("SELECT * FROM fct_due_runs") == []
    rows = views.rows(f"SELECT * FROM {seen_from('rpt_run_summary', AS_OF)}")
    assert_same(rows, summaries(runs, events, AS_OF), ("run_id",))
    priced = [{"run_id": run.run_id, **costs(run)} for run in counted_runs(runs)]
    assert_same(rows, priced, ("run_id",))
    for view, oracle, *key in (
        ("rpt_token_economics", token_economics, "policy_id", "model"),
        ("rpt_policy_economics", policy_economics, "policy_id"),
        ("rpt_pareto", pareto, "policy_id"),
    ):
        rows = views.rows(f"SELECT * FROM {view}")
        assert_same(rows, oracle(runs), ("experiment_id", *key))
    monkeypatch.undo()
    views.load_prices(book_of_the_histories())
    views.load([])
    assert views.text("SELECT * FROM rpt_run_summary") == told


def test_the_history_holds_every_state_there_is(runs: list[OracleRun], events: list[Row]) -> None:
    """A generator that stopped making the difficult cases would make these tests worthless."""
    rows = integrity(runs, events, AS_OF)
    assert {row["state"] for row in rows} == {"running", "stopped", "interrupted", "abandoned"}
    telemetry = {"conflict", "gaps", "lost", "open", "unsequenced", "complete"}
    assert {row["telemetry"] for row in rows} == telemetry
    assert any(row["superseded_by"] for row in rows)
    sources = {row["usage_source"] for row in summaries(runs, events, AS_OF)}
    assert sources == {"run_stop", "steps", None}
    priced = [costs(run) for run in counted_runs(runs)]
    assert {row["cost_source"] for row in priced} == {"declared", "derived", None}
    assert sum(row["cost_source"] == "derived" for row in priced) > 10
    assert any(row["derived_nano_aiu"] and row["cost_source"] == "declared" for row in priced)
    audit = token_audit(runs)
    assert {row["finding"] for row in audit} == FINDINGS
    assert any(row["adds_up"] and row["steps_difference"] for row in audit)
    assert sum(row["n_retries"] for row in tool_calls(runs)) > 10
    assert sum(row["n_recovery_timed"] for row in failures(runs)) > 10
    assert {row["is_setup_known"] for row in flaky_tasks(runs)} == {0, 1}
    assert any(row["difference"] is not None for row in success_trend(runs))


@pytest.fixture(scope="module")
def answers(views: ViewStore) -> dict[str, list[bytes]]:
    """What every view answers to the history as it was emitted."""
    return {view: views.text(f"SELECT * FROM {view}") for view in views_of_record()}


@pytest.fixture(scope="module")
def delivered_otherwise(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    """Shuffled, a third delivered twice, other batch edges."""
    store = ViewStore(chdb_store)
    store.load_prices(book_of_the_histories())
    store.load(bodies(*delivered_again(history(), SEED)))
    yield store
    store.close()


@pytest.mark.parametrize("settings", ["plain", "one_thread"])
def test_answers_are_byte_equal_under_any_delivery_and_session(
    answers: dict[str, list[bytes]], delivered_otherwise: ViewStore, settings: str
) -> None:
    """Other order, repetition, batches, threads and settings: the same bytes.

    The reports read everything below them, so that one pass over all views is enough.
    """
    for view, ours in answers.items():
        if settings != "plain" and not view.startswith("rpt_"):
            continue
        theirs = delivered_otherwise.text(f"SELECT * FROM {view}{SETTINGS[settings]}")
        assert ours == theirs, f"{view} differs (seed {SEED}, {settings})"


def test_merging_and_an_odd_session_change_no_answer(
    answers: dict[str, list[bytes]], delivered_otherwise: ViewStore
) -> None:
    """Background merges may run or not, whatever the session asks for: what is read is the same."""
    delivered_otherwise.merge()
    for view, ours in answers.items():
        if view.startswith("rpt_"):
            theirs = delivered_otherwise.text(f"SELECT * FROM {view}{SETTINGS['odd_session']}")
            assert ours == theirs, f"{view} differs (seed {SEED})"


def views_of_record() -> list[str]:
    """Every view whose header does not call it operational; those with a time at a fixed one."""
    names = [
        path.stem
        for path in sorted(VIEWS.glob("*.sql"))
        if "-- operational:  no" in path.read_text(encoding="utf-8")
        and not path.stem.endswith("_of")
    ]
    timed = {name.removesuffix("_at") for name in names if name.endswith("_at")}
    return [
        seen_from(name.removesuffix("_at"), AS_OF)
        if name.endswith("_at")
        else called(name, ARGUMENTS.get(name, {}))
        for name in names
        if name not in timed
    ]


def assert_same(rows: list[Row], expected: list[Row], key: tuple[str, ...]) -> None:
    """Compare row by row: integers and texts exactly, floats to a billionth."""
    mine = {tuple(str(row[name]) for name in key): row for row in rows}
    theirs = {tuple(str(row[name]) for name in key): row for row in expected}
    assert len(mine) == len(rows)
    assert mine.keys() == theirs.keys()
    wrong = [
        (place, name, mine[place][name], value)
        for place, row in theirs.items()
        for name, value in row.items()
        if not _equal(mine[place][name], value)
    ]
    assert not wrong, f"{len(wrong)} values differ (seed {SEED}), first: {wrong[:8]}"


def _equal(mine: Any, theirs: Any) -> bool:
    if isinstance(mine, float) or isinstance(theirs, float):
        if mine is None or theirs is None:
            return False
        return math.isclose(mine, theirs, rel_tol=1e-9, abs_tol=1e-12)
    return bool(mine == theirs)
