"""Jobs of seeded runs, in which everything happens: exported, they say what the views say.

Imported elsewhere they give the same views again; imported where they come from, nothing changes.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.atif_strict import Trajectory
from tests.support.histories import AS_OF, History
from tests.support.history_lines import START, HistoryStream, Labels, Sent, bodies, stamp
from tests.support.job_round_trip import export, imported
from tests.support.view_cases import run_uuid
from tests.support.view_store import ViewStore, seen_from

from benchwire.analysis.job_export.directory import DirectoryInUse, check_free
from benchwire.analysis.job_export.event_rows import Store, events_of, trajectory_of
from benchwire.analysis.job_export.selection import Job, NoSuchJob
from benchwire.analysis.job_summary import check_no_summary, summarise, write_summary
from benchwire.embedded.store import ChdbStore

EXPERIMENTS = ("suite-ü",)
JOB = "job-1"
SEED, N_RUNS = 41, 50
SUMMARY = f"{seen_from('rpt_run_summary', AS_OF)}"
# The run is another one, and whose record it is; how it is delivered decides its state; emitters
# become one, and what "the call before" is with them.
OF_THE_RUN = "run_id, source_system, source_id, state"
OF_THE_ORDER = "n_retry_known, n_retries, retry_rate"
# How many jobs, and what is said of tasks, tests and spread.
NOT_EXPORTED = (
    "n_jobs, mean_resolved_rate, resolved_at_k_rate, n_tasks_graded, n_tasks_counted, reward_std, "
    "reward_cv, success_rate_all_low, success_rate_all_high, n_trials_with_tests, test_pass_rate, "
    "tests_passed, tests_failed"
)
VIEWS = {
    SUMMARY: f"* EXCEPT ({OF_THE_RUN}, started_at)",
    "rpt_success_rates": "*",
    "rpt_token_economics": "*",
    "rpt_tool_calls": f"* EXCEPT ({OF_THE_ORDER})",
    "rpt_context_decisions": "*",
    "rpt_failures": "*",
    "rpt_token_audit": "* EXCEPT (run_id, source_system, source_id)",
}


class OneJob(History):
    """Everything that can happen to runs, in one job an experiment."""

    def _cell(self) -> dict[str, Any]:
        return {**super()._cell(), "job_id": JOB}

    def _verdict(self) -> dict[str, Any]:
        """Never two at one instant: their order would be that of their bytes."""
        self.graded = getattr(self, "graded", 0) + 1
        return {**super()._verdict(), "graded_at": stamp(START + timedelta(minutes=self.graded))}


@pytest.fixture(scope="module")
def store(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    views = ViewStore(chdb_store)
    views.load(bodies(OneJob(SEED).add_runs(N_RUNS).sent, []))
    yield views
    views.close()


@pytest.fixture(scope="module")
def exported(store: ViewStore, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("jobs")
    for number, experiment in enumerate(EXPERIMENTS):
        export(store, JOB, folder / str(number), experiment_id=experiment)
    return {name: folder / str(number) for number, name in enumerate(EXPERIMENTS)}


@pytest.fixture(scope="module")
def again(exported: dict[str, Path]) -> list[Sent]:
    return imported(*exported.values())


def answers(store: ViewStore) -> dict[str, list[bytes]]:
    where = "WHERE experiment_id = 'suite-ü'"
    return {
        view: store.text(f"SELECT {names} FROM {view} {where}") for view, names in VIEWS.items()
    }


def documents(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in sorted(folder.rglob(name))]


def test_an_import_elsewhere_gives_the_same_views(
    store: ViewStore, again: list[Sent], chdb_store: ChdbStore
) -> None:
    other = ViewStore(chdb_store)
    other.load(bodies(again, []))
    found, expected = answers(other), answers(store)
    assert all(expected.values())
    for view in VIEWS:
        assert found[view] == expected[view], view
    started = f"SELECT task_id, started_at FROM {SUMMARY} WHERE seed IS NOT NULL"
    assert set(other.text(started)) <= set(store.text(started))
    other.close()


def test_an_import_into_the_same_store_changes_nothing(
    store: ViewStore, again: list[Sent], chdb_store: ChdbStore
) -> None:
    both = ViewStore(chdb_store)
    sent = OneJob(SEED).add_runs(N_RUNS).sent
    both.load(bodies([*again, *sent, *again], []))
    found, expected = answers(both), answers(store)
    for view in VIEWS:
        assert found[view] == expected[view], view
    both.close()


def test_the_same_store_gives_the_same_bytes(
    store: ViewStore, exported: dict[str, Path], tmp_path: Path
) -> None:
    store.merge()
    export(store, JOB, tmp_path / "again", experiment_id="suite-ü")
    before = {path.relative_to(exported["suite-ü"]): path for path in files(exported["suite-ü"])}
    after = {path.relative_to(tmp_path / "again"): path for path in files(tmp_path / "again")}
    assert before.keys() == after.keys()
    assert all(before[name].read_bytes() == after[name].read_bytes() for name in before)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_every_trajectory_is_atif(exported: dict[str, Path]) -> None:
    seen = set[str]()
    for folder in exported.values():
        for path in folder.rglob("agent/trajectory.json"):
            trajectory = Trajectory.model_validate_json(path.read_bytes())
            seen.update(step.source for step in trajectory.steps)
            seen.update("subagent" for _ in trajectory.subagent_trajectories or [])
            seen.update("copied" for step in trajectory.steps if step.is_copied_context)
            seen.update("calls" for step in trajectory.steps if len(step.tool_calls or []) > 1)
    assert seen >= {"user", "agent", "subagent", "copied", "calls"}


def test_steps_and_calls_of_the_trajectories_are_those_of_the_views(
    store: ViewStore, exported: dict[str, Path]
) -> None:
    counted = {
        row["run_id"]: (row["steps"], row["tool_calls"])
        for row in store.rows("SELECT toString(run_id) AS run_id, steps, tool_calls FROM fct_runs")
    }
    for folder in exported.values():
        for document in documents(folder, "trajectory.json"):
            parts = [document, *document.get("subagent_trajectories", [])]
            steps = [step for part in parts for step in part["steps"]]
            own = [step["extra"]["benchwire"] for step in steps]
            n_steps = sum(
                not ours.get("is_placeholder") and not step.get("is_copied_context")
                for step, ours in zip(steps, own, strict=True)
            )
            n_calls = sum(len(step.get("tool_calls", [])) for step in steps)
            assert (n_steps, n_calls) == counted[document["trajectory_id"]]


def test_the_summary_is_what_the_views_say_to_the_digit(
    store: ViewStore, exported: dict[str, Path]
) -> None:
    for experiment, folder in exported.items():
        (summary,) = documents(folder, "summary.json")
        where = f"WHERE experiment_id = '{experiment}'"
        variants = {variant["policy_id"]: variant for variant in summary["variants"]}
        rates = store.rows(
            f"SELECT * EXCEPT (experiment_id, {NOT_EXPORTED}) FROM rpt_success_rates {where}"
        )
        assert rates
        assert [only(variants[row["policy_id"]], row) for row in rates] == rates
        spent = store.rows(
            "SELECT * EXCEPT (experiment_id, n_runs, n_resolved, n_resolved_with_tokens, "
            "n_resolved_with_aiu, n_resolved_with_cost, n_incomplete, n_excluded) "
            f"FROM rpt_token_economics {where} AND n_runs > 0"
        )
        models = [
            {"policy_id": name, **model} for name, of in variants.items() for model in of["models"]
        ]
        used = store.rows(f"SELECT * FROM rpt_tool_calls {where}")
        tools = [{"policy_id": name, **t} for name, of in variants.items() for t in of["tools"]]
        assert same(models, spent)
        assert same(tools, [only(row, tools[0]) for row in used])
        assert summary["n_trials"] == sum(row["n_trials"] for row in rates)
        (total,) = store.rows(
            "SELECT sum(total_tokens) AS tokens, sum(nano_aiu) AS nano_aiu FROM fct_runs "
            f"{where} AND NOT is_excluded"
        )
        assert summary["usage"]["total_tokens"] == total["tokens"]
        assert summary["usage"]["nano_aiu"] == total["nano_aiu"]
        for variant in summary["variants"]:
            assert variant["n_resolved"] == sum(task["n_resolved"] for task in variant["tasks"])


def only(record: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    """The members of a record that another one has."""
    return {name: record[name] for name in like}


def same(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> bool:
    """Whether two lists hold the same records, in any order."""
    return sorted(json.dumps(one, sort_keys=True) for one in left) == sorted(
        json.dumps(one, sort_keys=True) for one in right
    )


def test_harness_statistics_speak_of_the_trials_only(exported: dict[str, Path]) -> None:
    """Readers of Harbor's layout count directories: one a trial, that of its last attempt."""
    for folder in exported.values():
        result = json.loads((folder / "result.json").read_bytes())
        summary = json.loads((folder / "summary.json").read_bytes())
        trials = [path for path in folder.iterdir() if (path / "config.json").is_file()]
        ended = [path for path in trials if (path / "result.json").is_file()]
        counted = summary["n_trials"] - summary["n_excluded"]
        assert result["n_total_trials"] == len(trials) == counted
        assert result["stats"]["n_completed_trials"] == len(ended) == summary["n_counted"]
        assert result["stats"]["n_errored_trials"] == summary["failures"]
        assert any((folder / "earlier-attempts").iterdir())
        assert summary["n_excluded"] <= len(list(folder.glob("excluded/*/config.json")))


def test_an_unknown_or_ambiguous_job_is_refused_with_what_there_is(
    store: ViewStore, tmp_path: Path
) -> None:
    with pytest.raises(NoSuchJob, match="2 experiments have a job") as ambiguous:
        export(store, JOB, tmp_path / "job")
    assert "--experiment" in ambiguous.value.hint
    with pytest.raises(NoSuchJob, match="no job 'jbo-1'") as unknown:
        export(store, "jbo-1", tmp_path / "job")
    assert "job-1 (of suite-a)" in unknown.value.hint
    assert not (tmp_path / "job").exists()


def test_only_an_exported_job_is_overwritten(exported: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(DirectoryInUse, match="not empty"):
        check_free(exported["suite-ü"], overwrite=False)
    check_free(exported["suite-ü"], overwrite=True)
    with pytest.raises(DirectoryInUse, match="something else"):
        check_free(tmp_path, overwrite=True)


def test_a_summary_alone_is_that_of_the_exported_job(
    store: ViewStore, exported: dict[str, Path], tmp_path: Path
) -> None:
    """Byte for byte, into a directory that may hold anything but another summary."""
    (tmp_path / "thesis.txt").write_text("mine")
    check_no_summary(tmp_path)
    experiment, folder = next(iter(exported.items()))
    written = write_summary(tmp_path, summarise(store.answers, JOB, experiment))
    assert [path.name for path in written] == ["summary.json", "summary.md"]
    assert all(path.read_bytes() == (folder / path.name).read_bytes() for path in written)
    with pytest.raises(DirectoryInUse, match="there already"):
        check_no_summary(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_events_without_a_sequence_come_in_the_order_of_their_times(store: ViewStore) -> None:
    """The seq of a foreign stream is a digest: it says nothing of order."""
    labels = Labels("foreign", "job", "p", "t", run_uuid("foreign"))
    stream = HistoryStream(labels, "smith", 0, START)
    for step_no, seq in enumerate((900, 30, 700, 1), start=1):
        stream.emit("step", {"kind": "act", "step_no": step_no}, seq=seq)
    store.load(bodies(stream.sent, [2]))
    reading = Store(rows=store.answers, blocks=store.blocks)
    job = Job("foreign", "job")

    steps = [json.loads(row.data) for row in trajectory_of(reading, job, labels.run_id, "")]
    events = [json.loads(row.data) for row in events_of(reading, job, labels.run_id)]

    assert [step["step_no"] for step in steps] == [1, 2, 3, 4]
    assert events == steps
