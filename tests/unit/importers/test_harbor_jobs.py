"""Jobs of Harbor and Pier: where trials are found, what they are called, how they are numbered."""

from pathlib import Path

import pytest
from tests.support import atif_documents as atif
from tests.support.harbor_jobs import JOB_ID, JobTree
from tests.support.translations import Translation, translations

from benchwire.producer.importers.errors import Unreadable
from benchwire.producer.importers.labels import LabelOverrides


def numbers(found: list[Translation]) -> dict[str, tuple[int | None, int]]:
    """Trial number and attempt by harness id's last digits, or by name."""
    return {
        one.run.source.source_id[-2:]: (one.run.labels.trial_no, one.run.labels.attempt)
        for one in found
    }


def test_labels_follow_the_job(tmp_path: Path) -> None:
    tree = JobTree(tmp_path / "nightly")
    tree.trial("fix-it__abc1234", rewards={"reward": 1.0})
    (found,) = translations("harbor", tree.finish().folder)
    labels = found.run.labels
    assert (labels.experiment_id, labels.job_id) == ("nightly", JOB_ID)
    assert (labels.policy_id, labels.task_id) == ("claude-code/sonnet-5", "fix-it")
    assert (labels.trial_no, labels.attempt) == (1, 1)
    trial_id = tree.results[0]["id"]
    assert found.run.source.source_id == f"{JOB_ID}/fix-it__abc1234/{trial_id}"
    assert found.start.model_provider == "anthropic"
    assert found.start.task is not None
    assert (found.start.task.dataset, found.start.task.ref) == ("bench", "abc")


@pytest.mark.parametrize("asked", [".", "nightly", "nightly/a__1", "nightly/a__1/result.json"])
def test_any_level_of_the_tree_may_be_named(tmp_path: Path, asked: str) -> None:
    tree = JobTree(tmp_path / "nightly")
    tree.trial("a__2", start=1)
    tree.trial("a__1", start=2)
    tree.finish()
    found = translations("harbor", tmp_path / asked)
    seen = {one.run.source.source_id[-2:]: one.run for one in found}
    assert len(seen) == (1 if "a__1" in asked else 2)
    assert seen["01"].labels.trial_no == 2
    assert seen["01"].labels.experiment_id == "nightly"


def test_launches_may_lie_one_level_deeper(tmp_path: Path) -> None:
    for run_id in ("run-1", "run-2"):
        tree = JobTree(tmp_path / "jobs" / "nightly" / run_id, name=run_id)
        tree.trial("a__1")
        run = {"schema_version": 1, "job_name": "nightly", "run_id": run_id}
        tree.finish().write(tree.folder / "copilot-experiments-run.json", run)
    found = translations("harbor", tmp_path / "jobs")
    labels = [(one.run.labels.experiment_id, one.run.labels.job_id) for one in found]
    assert labels == [("nightly", "run-1"), ("nightly", "run-2")]


def test_repetitions_are_numbered_by_time_then_by_name(tmp_path: Path) -> None:
    tree = JobTree(tmp_path, n_attempts=3)
    tree.trial("a__z", start=2)
    tree.trial("a__y", start=0, error="ApiRateLimitError")
    tree.trial("b__x", start=1)
    tree.trial("a__w", start=2)
    found = translations("harbor", tree.finish().folder)
    assert numbers(found) == {"01": (1, 1), "03": (2, 1), "00": (3, 1), "02": (1, 1)}


def test_more_trials_than_planned_are_retries_of_those_that_failed(tmp_path: Path) -> None:
    tree = JobTree(tmp_path, n_attempts=2)
    tree.trial("a__1", error="AgentTimeoutError")  # the job does not retry it
    tree.trial("a__2", error="ApiRateLimitError")
    tree.trial("a__3", error="ApiRateLimitError")
    tree.trial("a__4", rewards={"reward": 1.0})
    found = translations("harbor", tree.finish(n_retries=2).folder)
    assert numbers(found) == {"00": (1, 1), "01": (2, 1), "02": (2, 2), "03": (2, 3)}


def test_a_trial_under_the_name_of_an_earlier_one_is_its_retry(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    tree.trial("a__1", error="ApiRateLimitError").rename(tmp_path / "a__1.first")
    tree.trial("a__1", rewards={"reward": 1.0})
    found = translations("harbor", tree.folder)
    assert numbers(found) == {"00": (1, 1), "01": (1, 2)}


def test_a_retry_imported_later_is_another_run_of_the_same_trial(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    tree.trial("a__1", error="ApiRateLimitError")
    (before,) = translations("harbor", tree.finish().folder)
    tree.trial("a__1", rewards={"reward": 1.0})
    (after,) = translations("harbor", tree.folder)
    assert before.run.source.source_id != after.run.source.source_id
    assert before.run.labels == after.run.labels
    assert before.events[0].ts < after.events[0].ts  # so the later one speaks for the trial


def test_arms_of_one_model_are_told_apart_by_their_settings(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    tree.trial("a__1", settings={"reasoning_effort": "high", "max_turns": 5})
    tree.trial("a__2", settings={"reasoning_effort": "low", "max_turns": 5})
    found = translations("harbor", tree.folder)
    assert {one.run.labels.policy_id for one in found} == {
        "claude-code/sonnet-5[reasoning_effort=high]",
        "claude-code/sonnet-5[reasoning_effort=low]",
    }
    assert all(one.run.labels.trial_no == 1 for one in found)


def test_settings_that_differ_name_no_secret_and_nothing_else(tmp_path: Path) -> None:
    tree = JobTree(tmp_path, config={"agents": [{"name": "a"}, {"name": "b"}]})
    for number, effort in enumerate(("high", "low")):
        settings = {"api_key": f"hidden-{number}", "effort": effort, "max_turns": 5}
        tree.trial(f"a__{number}", settings=settings)
    policies = {one.run.labels.policy_id for one in translations("harbor", tree.finish().folder)}
    assert policies == {f"claude-code/sonnet-5[effort={effort}]" for effort in ("high", "low")}
    # One agent alone is one arm, whatever its trials were told besides.
    tree.config["agents"] = [{"name": "a"}]
    found = translations("harbor", tree.finish().folder)
    assert {one.run.labels.policy_id for one in found} == {"claude-code/sonnet-5"}


def test_arms_that_have_not_begun_already_name_the_others(tmp_path: Path) -> None:
    arms = [
        {"name": "claude-code", "model_name": "anthropic/sonnet-5", "kwargs": {"effort": effort}}
        for effort in ("high", "low")
    ]
    tree = JobTree(tmp_path, config={"agents": arms})
    tree.trial("a__1", settings={"effort": "high", "resolved": "by the harness"})
    (found,) = translations("harbor", tree.finish(finished=False).folder)
    assert found.run.labels.policy_id == "claude-code/sonnet-5[effort=high]"


def test_a_log_does_not_rename_the_agent_of_a_trial_under_way(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    for number, name in enumerate(("terminus-2-built-in", None)):
        settings = {"name": name, "import_path": "mine:Agent", "model_name": "openrouter/a/m"}
        folder = tree.folder / f"a__{number}"
        tree.write(folder / "config.json", {"trial_name": folder.name, "agent": settings})
        atif.write(folder / "agent" / "trajectory.json", atif.trajectory(atif.user()))
    found = translations("harbor", tree.finish(finished=False).folder)
    policies = [one.run.labels.policy_id for one in found]
    assert policies == ["terminus-2-built-in/a/m", "terminus-2/a/m"]
    tree.trial(
        "a__2", rewards={"reward": 1.0}
    )  # the first to end tells what the job's only agent is called
    found = translations("harbor", tree.finish(finished=False).folder)
    policies = [one.run.labels.policy_id for one in found]
    assert policies == ["terminus-2-built-in/a/m", "claude-code/a/m", "claude-code/sonnet-5"]


def test_broken_siblings_of_a_trial_that_is_named_are_not_its_fault(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    (tree.trial("a__1") / "result.json").write_text("{")
    tree.trial("a__2")
    tree.finish()
    (found,) = translations("harbor", tmp_path / "a__2")
    assert found.run.labels.task_id == "a"
    with pytest.raises(Unreadable, match="a__1"):
        translations("harbor", tmp_path)


def test_every_dataset_is_an_experiment(tmp_path: Path) -> None:
    tree = JobTree(tmp_path / "nightly")
    tree.trial("a__1")
    tree.trial("b__1", source="other")
    tree.trial("c__1", source=None)
    found = translations("harbor", tree.finish().folder)
    assert [one.run.labels.experiment_id for one in found] == [
        "nightly/bench",
        "nightly/other",
        "nightly/adhoc",
    ]


def test_labels_of_the_caller_do_not_make_trials_attempts_of_each_other(tmp_path: Path) -> None:
    for name in ("one", "two"):
        tree = JobTree(tmp_path / name, name=name, job_id=name)
        tree.trial("a__1")
        tree.trial("b__1")
        tree.finish()
    overrides = LabelOverrides(experiment_id="e", job_id="j", task_id="t")
    found = translations("harbor", tmp_path, overrides=overrides)
    assert sorted(one.run.labels.trial_no or 0 for one in found) == [1, 2, 3, 4]


def test_a_job_is_imported_once_however_it_is_named(tmp_path: Path) -> None:
    tree = JobTree(tmp_path / "nightly")
    folder = tree.trial("a__1")
    tree.trial("b__1")
    tree.finish()
    assert len(translations("harbor", tree.folder, tmp_path, folder)) == 2
    (tmp_path / "latest").symlink_to(tree.folder)
    assert len(translations("harbor", tmp_path)) == 2
