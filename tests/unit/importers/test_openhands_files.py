"""Files of an OpenHands evaluation: attempts, later grades, copies, and what is not of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.openhands_outputs import METADATA, Instance, Used, write
from tests.support.translations import Translation, translations

from benchwire.producer.importers.errors import ImportRefused
from benchwire.producer.importers.importer import Search
from benchwire.producer.importers.labels import LabelOverrides
from benchwire.producer.importers.openhands import OpenHandsImporter
from benchwire.producer.importers.recognition import recognise


def line(name: str, patch: str = "diff --git a/x b/x\n", **changed: Any) -> dict[str, Any]:
    """A line whose try differs from others by its patch."""
    instance = Instance(name)
    instance.user()
    instance.answer(0, used=Used(10, 0, 0, 2))
    return instance.line(test_result={"git_patch": patch}, **changed)


def attempts(found: list[Translation]) -> list[tuple[str, int]]:
    return [(one.run.labels.task_id, one.run.labels.attempt) for one in found]


def test_critic_attempts_are_attempts_and_the_chosen_one_counts_once(tmp_path: Path) -> None:
    write(tmp_path / "output.critic_attempt_1.jsonl", line("a", "one"), line("b", "only"))
    write(tmp_path / "output.critic_attempt_2.jsonl", line("a", "two"))
    write(tmp_path / "output.jsonl", line("a", "two"), line("b", "only"))
    found = translations("openhands", tmp_path)
    assert attempts(found) == [("a", 1), ("a", 2), ("b", 1)]
    assert not found[0].noticed


def test_the_chosen_attempt_is_the_last(tmp_path: Path) -> None:
    """An empty patch is worse than an earlier attempt with one."""
    write(tmp_path / "output.critic_attempt_1.jsonl", line("a", "good"))
    write(tmp_path / "output.critic_attempt_2.jsonl", line("a", ""))
    write(tmp_path / "output.jsonl", line("a", "good"))
    found = translations("openhands", tmp_path)
    assert attempts(found) == [("a", 1), ("a", 2)]
    assert [one.run.labels.trial_no for one in found] == [1, 1]
    (chosen,) = translations("openhands", tmp_path / "output.jsonl")
    assert chosen.run.run_id == found[1].run.run_id


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("output.jsonl", [("a", 2), ("b", 1)]),
        ("output.critic_attempt_1.jsonl", [("a", 1), ("b", 1)]),
        ("output.critic_attempt_2.jsonl", [("a", 2)]),
        ("output.swebench_eval.jsonl", [("a", 2), ("b", 1)]),
    ],
)
def test_a_file_asked_for_alone_is_seen_among_its_siblings(
    tmp_path: Path, asked: str, expected: list[tuple[str, int]]
) -> None:
    write(tmp_path / "output.critic_attempt_1.jsonl", line("a", "one"), line("b", "only"))
    write(tmp_path / "output.critic_attempt_2.jsonl", line("a", "two"))
    write(tmp_path / "output.jsonl", line("a", "two"), line("b", "only"))
    grade_by_copy(tmp_path)
    whole = {one.run.run_id for one in translations("openhands", tmp_path)}
    found = translations("openhands", tmp_path / asked)
    assert attempts(found) == expected
    assert {one.run.run_id for one in found} <= whole
    graded = {(one.run.labels.task_id, one.run.labels.attempt): one.stop.outcome for one in found}
    assert {key for key, outcome in graded.items() if outcome == "resolved"} <= {("a", 2)}
    assert graded.get(("a", 2), "resolved") == "resolved"


def test_lines_that_say_their_attempt_keep_it(tmp_path: Path) -> None:
    rows = [{"instance_id": "a", "attempt": n, **line("a", str(n))} for n in (1, 2)]
    write(tmp_path / "output.jsonl", *rows)
    assert attempts(translations("openhands", tmp_path)) == [("a", 1), ("a", 2)]


def test_a_line_of_the_newest_form_has_no_history(tmp_path: Path) -> None:
    row = {
        "instance_id": "a",
        "attempt": 1,
        "max_attempts": 3,
        "status": "error",
        "resolved": False,
        "error": None,
        "test_result": {"git_patch": ""},
        "cost": {"input_tokens": 700, "output_tokens": 30, "total_cost": 0.25},
        "artifacts_url": "https://example.org",
        "duration_seconds": 12.5,
    }
    (found,) = translations("openhands", write(tmp_path / "output.jsonl", row))
    usage = found.stop.usage
    assert usage is not None
    assert (usage.input_tokens, usage.cache_read_tokens, usage.output_tokens) == (700, None, 30)
    assert usage.nano_usd == 250_000_000
    assert (found.stop.status, found.stop.outcome) == ("harness_error", "unresolved")
    assert found.stop.duration_ms == 12_500


def test_an_instance_that_comes_again_was_tried_again(tmp_path: Path) -> None:
    rows = [line("a", "one", error="RuntimeError: lost"), line("b"), line("a", "two"), line("b")]
    found = translations("openhands", write(tmp_path / "output.jsonl", *rows))
    assert attempts(found) == [("a", 1), ("a", 2), ("b", 1)]
    assert found[-1].noticed == {"same_line_again": 1}


def test_the_copy_with_completions_is_read_where_it_is_alone(tmp_path: Path) -> None:
    copy = {**line("a"), "raw_completions": [{"messages": ["x" * 1000]}]}
    path = write(tmp_path / "output.with_completions.jsonl", copy)
    (alone,) = translations("openhands", path)
    write(tmp_path / "output.jsonl", line("a"))
    (both,) = translations("openhands", tmp_path)
    assert alone.stop == both.stop


def test_outputs_of_other_names_are_outputs_of_their_own(tmp_path: Path) -> None:
    for name in ("output_hf", "output_torch"):
        write(tmp_path / f"{name}.jsonl", line("a", name))
    found = translations("openhands", tmp_path)
    assert [recording.run.labels.attempt for recording in found] == [1, 1]


def grade_by_copy(folder: Path) -> None:
    report = {"git_patch": "", "report": {"resolved": True}}
    write(folder / "output.swebench_eval.jsonl", {"instance_id": "a", "test_result": report})


def grade_by_old_copy(folder: Path) -> None:
    report = {"fine_grained_report": {"applied": True, "resolved": True}}
    write(folder / "output.merged.jsonl", {**line("a"), **report})


def grade_by_summary(folder: Path) -> None:
    report = {"resolved_ids": ["a"], "unresolved_ids": ["b"], "submitted_ids": ["a", "b"]}
    (folder / "report.json").write_text(json.dumps(report))


def grade_by_report(folder: Path) -> None:
    path = folder / "eval_outputs" / "a" / "report.json"
    path.parent.mkdir(parents=True)
    status = {"FAIL_TO_PASS": {"success": ["t1"], "failure": []}}
    path.write_text(json.dumps({"a": {"resolved": True, "tests_status": status}}))


@pytest.mark.parametrize(
    "grade", [grade_by_copy, grade_by_old_copy, grade_by_summary, grade_by_report]
)
def test_grades_may_come_later_in_other_files(tmp_path: Path, grade: Any) -> None:
    write(tmp_path / "output.jsonl", line("a"), line("b"))
    before = translations("openhands", tmp_path)
    assert [one.stop.outcome for one in before] == ["ungraded", "ungraded"]
    grade(tmp_path)
    after = translations("openhands", tmp_path)
    of_b = "unresolved" if grade is grade_by_summary else "ungraded"
    assert [one.stop.outcome for one in after] == ["resolved", of_b]
    first, graded = before[0].run.source, after[0].run.source
    assert graded.source_id == first.source_id
    assert (graded.n_records or 0) > (first.n_records or 0)  # so it replaces the earlier import
    assert OpenHandsImporter().claims(tmp_path)


def test_the_own_grade_of_a_line_comes_first(tmp_path: Path) -> None:
    instance = Instance("b")
    write(tmp_path / "output.jsonl", instance.line(resolved=True))
    grade_by_summary(tmp_path)
    (found,) = translations("openhands", tmp_path)
    assert found.stop.outcome == "resolved"


def test_graded_copies_alone_are_runs(tmp_path: Path) -> None:
    grade_by_copy(tmp_path)
    (found,) = translations("openhands", tmp_path)
    assert (found.stop.outcome, found.stop.turns, found.stop.usage) == ("resolved", 0, None)


def test_metadata_may_lie_beside_the_output(tmp_path: Path) -> None:
    row = line("a")
    del row["metadata"]
    write(tmp_path / "output.jsonl", row)
    (tmp_path / "metadata.json").write_text(json.dumps(METADATA))
    (found,) = translations("openhands", tmp_path)
    assert found.run.labels.job_id == "sonnet_maxiter_100_N_v0.40.0"
    (tmp_path / "metadata.json").write_text("{broken")
    (broken,) = translations("openhands", tmp_path)
    assert broken.run.labels.job_id == tmp_path.name
    assert broken.noticed == {"broken_metadata": 1}


def test_an_instance_without_metadata_belongs_to_the_others(tmp_path: Path) -> None:
    nothing: dict[str, Any] = {"metadata": None, "history": None, "metrics": None}
    write(tmp_path / "output.jsonl", line("a", **nothing, error="Timeout after 9 s"), line("b"))
    first, second = (one.run.labels for one in translations("openhands", tmp_path))
    assert (first.task_id, second.task_id) == ("a", "b")
    assert (first.experiment_id, first.job_id) == (second.experiment_id, second.job_id)
    assert first.policy_id == second.policy_id


def test_a_broken_first_line_does_not_hide_the_others(tmp_path: Path) -> None:
    path = write(tmp_path / "output.jsonl", line("a"), line("b"))
    path.write_text(f"no JSON\n{path.read_text()}")
    refused: list[ImportRefused] = []
    found = list(OpenHandsImporter().find([tmp_path], Search(refuse=refused.append)))
    assert [one.labels.task_id for one in found] == ["a", "b"]
    assert len(refused) == 1


def test_a_broken_line_is_refused_and_the_others_are_imported(tmp_path: Path) -> None:
    path = write(tmp_path / "output.jsonl", line("a"), line("b"))
    text = path.read_text().splitlines()
    path.write_text("\n".join([text[0], "no object", "", text[1][:300]]))
    refused: list[ImportRefused] = []
    found = list(OpenHandsImporter().find([path], Search(refuse=refused.append)))
    assert [one.labels.task_id for one in found] == ["a", "b"]  # the last breaks off further on
    assert [str(error) for error in refused] == [f"{path}: line 2: not a JSON object"]


def test_labels_of_the_caller_count(tmp_path: Path) -> None:
    path = write(tmp_path / "output.jsonl", line("a"))
    overrides = LabelOverrides(experiment_id="e", policy_id="p", job_id="j", trial_no=4)
    (found,) = translations("openhands", path, overrides=overrides)
    labels = found.run.labels
    assert (labels.experiment_id, labels.policy_id, labels.job_id) == ("e", "p", "j")
    assert (labels.task_id, labels.trial_no) == ("a", 4)


def test_reading_twice_gives_the_same_events(tmp_path: Path) -> None:
    path = write(tmp_path / "output.jsonl", line("a"))
    (once,), (again,) = (translations("openhands", path) for _ in range(2))
    assert (once.events, once.run.run_id) == (again.events, again.run.run_id)


def test_lines_of_other_systems_are_not_claimed(tmp_path: Path) -> None:
    others: dict[str, dict[str, Any]] = {
        "preds.jsonl": {"instance_id": "a", "model_patch": "x", "model_name_or_path": "m"},
        "dataset.jsonl": {"instance_id": "a", "repo": "r", "patch": "x", "problem_statement": "p"},
        "issues.jsonl": {"issue": "a text", "labels": []},
        "events.jsonl": {"type": "session.start", "id": "1", "timestamp": "t", "data": {}},
    }
    for name, row in others.items():
        assert not OpenHandsImporter().claims(write(tmp_path / name, row))
    listed = tmp_path / "spans.json"
    listed.write_text(json.dumps([{"id": "1", "timestamp": "t", "source": "x", "type": "SPAN"}]))
    assert not OpenHandsImporter().claims(listed)
    assert not OpenHandsImporter().claims(tmp_path)


def test_older_benchmarks_have_ids_of_another_name(tmp_path: Path) -> None:
    row = line("unused")
    del row["instance_id"], row["test_result"], row["metrics"], row["instruction"]
    metadata = {"agent_class": "CodeActAgent", "model_name": "gpt-4o", "hub": "hf"}
    older = {"question_id": 1, "text": "t", "correct": True, **row, "metadata": metadata}
    path = write(tmp_path / "output_gpt-4o_hf.jsonl", older)
    assert OpenHandsImporter().claims(path)
    (found,) = translations("openhands", path)
    assert (found.run.labels.task_id, found.stop.outcome) == ("1", "resolved")
    assert found.run.labels.policy_id == "CodeActAgent/gpt-4o"


def test_a_trajectory_inside_an_evaluation_is_no_run_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / "run" / "output.jsonl", line("a"))
    (tmp_path / "run" / "metadata.json").write_text(json.dumps(METADATA))
    trajectory = tmp_path / "run" / "trajectories" / "a.json"
    trajectory.parent.mkdir()
    trajectory.write_text(json.dumps(line("a")["history"]))
    assert len(translations("openhands", tmp_path)) == 1
    assert len(translations("openhands", trajectory)) == 1


def test_an_evaluation_is_recognised_as_a_whole(tmp_path: Path) -> None:
    write(tmp_path / "run" / "output.jsonl", line("a"))
    (tmp_path / "run" / "metadata.json").write_text(json.dumps(METADATA))
    grade_by_summary(tmp_path / "run")
    write(tmp_path / "loose" / "output.jsonl", line("b"))
    refused: list[ImportRefused] = []
    (found,) = recognise([tmp_path], Search(refuse=refused.append))
    assert (found.kind.name, len(found.recordings), refused) == ("openhands", 2, [])
