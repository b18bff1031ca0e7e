"""Jobs of Harbor and Pier that lost something, go on, or are very big."""

from collections import Counter
from pathlib import Path

import pytest
from tests.support import atif_documents as atif
from tests.support.harbor_jobs import JobTree, context
from tests.support.translations import translations

from benchwire.producer.importers.errors import ImportRefused, NothingFound
from benchwire.producer.importers.harbor import HarborImporter
from benchwire.producer.importers.harbor.job import split_eval_key
from benchwire.producer.importers.importer import Search
from benchwire.producer.importers.labels import LabelOverrides
from benchwire.producer.importers.notices import Notices
from benchwire.producer.importers.source import StoredImport


@pytest.mark.parametrize("old", [False, True])
def test_a_job_that_lost_its_trials_keeps_their_rewards(
    tmp_path: Path,
    old: bool,  # noqa: FBT001
) -> None:
    tree = JobTree(tmp_path / "nightly")
    full = "a-task-whose-name-is-longer-than-its-trials"
    for name, rewards, error in (
        (f"{full[:32]}__1", {"reward": 1.0, "f2p": 0.5}, None),
        ("b__1", {"reward": 0.0}, "AgentTimeoutError"),
        ("c__1", None, "CancelledError"),
    ):
        folder = tree.trial(name, rewards=rewards, error=error)
        (folder / "result.json").unlink()
        folder.rmdir()
    found = translations("harbor", tree.finish(old=old).lock((full, "b", "c")).folder)
    assert [one.run.labels.task_id for one in found] == [full, "b", "c"]
    assert {one.run.labels.policy_id for one in found} == {"claude-code/sonnet-5"}
    assert [one.stop.rewards for one in found] == [
        {"reward": 1.0, "f2p": 0.5},
        {"reward": 0.0},
        None,
    ]
    assert [one.stop.status for one in found] == ["ok", "timed_out", "cancelled"]
    # The only instant in UTC is that of the launch; the job's own times are no one's UTC.
    assert {event.ts for one in found for event in one.events} == {"2026-01-29T05:00:00.000000Z"}
    (tree.folder / "lock.json").unlink()
    found = translations("harbor", tree.folder)
    assert {event.ts for one in found for event in one.events} == {"1970-01-01T00:00:00.000000Z"}
    assert all(one.stop.duration_ms is None for one in found)


@pytest.mark.parametrize("spelt", ["1", "1.0", "1e0"])
def test_reward_values_that_are_keys_are_numbers(tmp_path: Path, spelt: str) -> None:
    tree = JobTree(tmp_path)
    evals = {"a__m__d": {"n_trials": 1, "reward_stats": {"reward": {spelt: ["t__1"]}}}}
    (found,) = translations("harbor", tree.finish(evals=evals, n_completed_trials=1).folder)
    assert found.stop.rewards == {"reward": 1.0}
    assert found.run.labels.policy_id == "a/m"


def test_trials_the_job_does_not_name_are_missed(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    tree.trial("a__1", rewards={"reward": 1.0})
    (found,) = translations("harbor", tree.finish(n_completed_trials=4).folder)
    assert found.noticed == {"trials_missing": 1}


def test_a_broken_trial_is_not_missed_as_well(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    tree.trial("a__1")
    (tree.trial("a__2") / "result.json").write_text("{")
    notices, refused = Notices(), list[ImportRefused]()
    search = Search(overrides=LabelOverrides(), notices=notices, refuse=refused.append)
    found = list(HarborImporter().find([tree.finish().folder], search))
    assert [one.path.name for one in found] == ["a__1"]
    assert ["a__2" in str(error) for error in refused] == [True]
    assert not notices.counts


def test_a_result_of_something_else_makes_no_trial(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    tree.trial("a__1")
    tree.write(tree.folder / "critique" / "result.json", {"verdict": "sound"})
    (found,) = translations("harbor", tree.finish().folder)
    assert found.run.labels.task_id == "a"
    assert not found.noticed


def test_a_trial_under_way_is_an_open_run_that_its_end_replaces(tmp_path: Path) -> None:
    tree = JobTree(tmp_path)
    folder = tree.trial("a__1", rewards={"reward": 1.0}, used=context(5, 0, 1))
    result = (folder / "result.json").read_bytes()
    (folder / "result.json").unlink()
    tree.write(folder / "config.json", {"trial_name": "a__1", "task": {"path": "tasks/a"}})
    atif.write(folder / "agent" / "trajectory.json", atif.trajectory(atif.agent(5, 0, 1)))
    tree.finish(finished=False, evals={}, n_completed_trials=0)
    (running,) = translations("harbor", tree.folder)
    assert (running.tally.runs, running.tally.n_stopped) == (1, 0)
    assert running.tally.usage["input_tokens"] == 5
    assert running.noticed == {"trial_open": 1}
    (folder / "result.json").write_bytes(result)

    def stored(_system: str, source_id: str) -> StoredImport | None:
        known = source_id == running.run.source.source_id
        return StoredImport(labels=running.run.labels, revision=0) if known else None

    tree.finish()
    (done,) = translations("harbor", tree.folder, lookup=stored)
    assert done.run.source.source_id == running.run.source.source_id
    assert (done.run.source.n_records or 0) > (running.run.source.n_records or 0)
    assert done.stop.outcome == "resolved"


def test_a_published_tree_may_hold_trajectories_alone(tmp_path: Path) -> None:
    job = tmp_path / "results"
    document = atif.trajectory(atif.user(), atif.agent(5, 1, 1), final=atif.final(5, 1, 1))
    atif.write(job / "a-task__Ab12345" / "agent" / "trajectory.json", document)
    (found,) = translations("harbor", tmp_path)
    labels = found.run.labels
    assert (labels.experiment_id, labels.job_id) == ("results", "results")
    assert (labels.policy_id, labels.task_id) == ("terminus-2/gpt-5.5", "a-task")
    assert (found.stop.status, found.stop.outcome) == ("ok", "ungraded")
    assert found.tally.usage["input_tokens"] == 4
    assert found.run.source.source_id == "results/a-task__Ab12345"


def test_a_job_that_names_no_model_is_believed(tmp_path: Path) -> None:
    tree = JobTree(tmp_path, agent="oracle", model=None)
    folder = tree.trial("a__1", rewards={"reward": 1.0})
    tree.finish()
    (folder / "result.json").unlink()
    atif.write(folder / "agent" / "trajectory.json", atif.trajectory(atif.user()))
    (found,) = translations("harbor", tree.folder)
    assert found.run.labels.policy_id == "oracle"


def test_trials_without_their_job_still_name_its_launch(tmp_path: Path) -> None:
    tree = JobTree(tmp_path / "nightly", job_id="launch-7")
    tree.trial("a__1")
    (found,) = translations("harbor", tree.folder)
    assert (found.run.labels.experiment_id, found.run.labels.job_id) == ("nightly", "launch-7")


def test_the_same_bytes_give_the_same_run(tmp_path: Path) -> None:
    runs: list[list[str]] = []
    for copy in ("one", "two"):
        tree = JobTree(tmp_path / copy / "nightly")
        tree.trial("a__1", rewards={"reward": 1.0})
        tree.trial("b__1")
        runs.append([one.run.run_id for one in translations("harbor", tree.finish().folder)])
    assert runs[0] == runs[1]
    # Another trial changes the job's files, but not the runs of the others.
    tree.trial("c__1")
    more = [one.run.run_id for one in translations("harbor", tree.finish().folder)]
    assert more[:2] == runs[1]


def test_a_big_job_keeps_every_trial_and_its_declared_mean(tmp_path: Path) -> None:
    tree = JobTree(tmp_path, n_attempts=5)
    for number in range(113):
        kinds: dict[int, tuple[dict[str, float] | None, str | None]] = {
            0: ({"reward": 1.0}, None),
            1: ({"reward": 0.0}, None),
            2: (None, "VerifierTimeoutError"),
            3: ({"reward": 1.0}, "AgentTimeoutError"),
        }
        rewards, error = kinds[number % 4]
        tree.trial(f"task-{number // 5}__{number:07d}", rewards=rewards, error=error)
    found = translations("harbor", tree.finish().folder)
    assert len(found) == 113
    stops = [one.stop for one in found]
    assert sum((stop.rewards or {}).get("reward", 0.0) for stop in stops) / 113 == tree.mean_reward
    assert Counter(stop.status for stop in stops) == {
        "ok": 57,
        "harness_error": 28,
        "timed_out": 28,
    }
    assert sum(stop.outcome == "resolved" and stop.status == "ok" for stop in stops) == 29
    assert max(one.run.labels.trial_no or 0 for one in found) == 5


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("oracle__adhoc", ("oracle", None, "adhoc")),
        ("a__m__d", ("a", "m", "d")),
        ("my__agent__m__d__x", ("my__agent", "m", "d__x")),
        ("a__odd__model__d", ("a", "odd__model", "d")),
    ],
)
def test_eval_keys_are_taken_apart(key: str, expected: tuple[str, str | None, str]) -> None:
    assert split_eval_key(key, [{"name": "my__agent", "model_name": "p/m"}]) == expected


def test_nothing_to_import_is_said_clearly(tmp_path: Path) -> None:
    with pytest.raises(NothingFound, match="no job and no trial"):
        translations("harbor", tmp_path)
    JobTree(tmp_path / "empty").finish()
    with pytest.raises(NothingFound, match="a job without any trial"):
        translations("harbor", tmp_path / "empty")
    with pytest.raises(NothingFound, match="jobs and trials are directories"):
        translations("harbor", tmp_path / "empty" / "config.json")
