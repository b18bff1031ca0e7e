"""Scores of Inspect samples: which one decides, when, and what takes it back."""

from pathlib import Path
from typing import Any

import pytest
from tests.support import inspect_logs as logs
from tests.support.inspect_samples import Document, imported
from tests.support.translations import Translation

from benchwire.schemas.verdict import Verdict


def verdicts(found: Translation) -> list[Verdict]:
    return [one.payload for one in found.events if isinstance(one.payload, Verdict)]


@pytest.mark.parametrize(
    ("value", "score", "outcome"),
    [
        ("C", 1.0, "resolved"),
        ("I", 0.0, "unresolved"),
        ("P", 0.5, "unresolved"),
        ("N", 0.0, "unresolved"),
        ("yes", 1.0, "resolved"),
        ("False", 0.0, "unresolved"),
        ("0.25", 0.25, "unresolved"),
        ("c", 0.0, "unresolved"),
        (True, 1.0, "resolved"),
        (False, 0.0, "unresolved"),
        (0.99, 0.99, "unresolved"),
        (7, 7.0, "resolved"),
        (float("nan"), None, "ungraded"),
        (None, None, "ungraded"),
        ([1, 0], None, "ungraded"),
        ([1], 1.0, "resolved"),
        ({"a": 1, "b": 0}, None, "ungraded"),
        ({"only": "C"}, 1.0, "resolved"),
        ([], None, "ungraded"),
    ],
    ids=repr,
)
def test_values_are_numbers_as_inspect_counts_them(
    tmp_path: Path, value: Any, score: float | None, outcome: str
) -> None:
    found = imported(tmp_path, logs.sample(scores={"grade": {"value": value}}))
    assert (found.stop.score, found.stop.outcome) == (score, outcome)


def test_the_first_result_decides_among_several_scorers(tmp_path: Path) -> None:
    scores = {"other": {"value": "I"}, "main": {"value": 0.5}, "parts": {"value": {"a": 1, "b": 2}}}
    said = logs.results(("main", "mean", 0.5), ("other", "accuracy", 0.0))
    found = imported(tmp_path, logs.sample(scores=scores), results=said)
    assert (found.stop.score, found.stop.outcome) == (0.5, "unresolved")
    expected = {"other": 0.0, "main": 0.5, "parts.a": 1.0, "parts.b": 2.0, "reward": 0.5}
    assert found.stop.rewards == expected


def test_a_declared_headline_decides_over_the_first_result(tmp_path: Path) -> None:
    headline = {"scorer": "parts", "score": "b", "metric": "mean"}
    said = logs.results(("a", "mean", 0.0), headline=headline)
    scores = {"parts": {"value": {"a": 0, "b": 1}}}
    assert imported(tmp_path, logs.sample(scores=scores), results=said).stop.score == 1.0


def test_a_result_for_each_part_names_the_deciding_part(tmp_path: Path) -> None:
    said: Document = {"scores": [{"name": "b", "scorer": "parts", "metrics": {}}]}
    scores = {"parts": {"value": {"a": 0, "b": "C"}}}
    assert imported(tmp_path, logs.sample(scores=scores), results=said).stop.outcome == "resolved"


def test_old_logs_have_a_single_score_that_only_the_results_name(tmp_path: Path) -> None:
    one = logs.sample(score={"value": "C", "explanation": "right"})
    del one["scores"]
    said = {"scorer": {"name": "match"}, "metrics": {"accuracy": {"name": "accuracy", "value": 1}}}
    found = imported(tmp_path, one, results=said, version=1)
    assert found.stop.rewards == {"match": 1.0}
    assert imported(tmp_path, one, version=1).stop.rewards == {"score": 1.0}


def test_a_verdict_bears_the_time_of_the_last_score(tmp_path: Path) -> None:
    events = [logs.scored(0, second=9, intermediate=True), logs.scored("C", second=30)]
    found = imported(tmp_path, logs.sample(events=events))
    (verdict,) = verdicts(found)
    assert (verdict.grader, verdict.outcome, verdict.score) == ("match", "resolved", 1.0)
    assert verdict.graded_at == "2026-03-01T10:00:30.000000Z"


def test_without_any_time_the_end_of_the_run_has_the_outcome(tmp_path: Path) -> None:
    found = imported(tmp_path, logs.sample())
    assert not verdicts(found)
    assert found.stop.outcome == "resolved"


def test_an_edited_score_is_a_second_verdict(tmp_path: Path) -> None:
    provenance = {"timestamp": "2026-04-01T00:00:00+00:00", "author": "ann", "reason": "wrong key"}
    history = [{"value": "I"}, {"value": "C", "provenance": provenance}]
    scores = {"match": {"value": "C", "history": history}}
    found = imported(tmp_path, logs.sample(scores=scores, completed_at=logs.at(50)))
    first, second = verdicts(found)
    assert (first.grader, first.outcome, second.grader, second.outcome) == (
        "match", "unresolved", "ann", "resolved",
    )  # fmt: skip
    assert (second.graded_at, second.reason) == ("2026-04-01T00:00:00.000000Z", "wrong key")
    assert found.stop.outcome == "resolved"


def test_an_invalidated_sample_is_excluded(tmp_path: Path) -> None:
    said = {"timestamp": logs.at(90), "author": "bob", "reason": "leaked"}
    found = imported(tmp_path, logs.sample(invalidation=said, completed_at=logs.at(50)))
    assert [one.outcome for one in verdicts(found)] == ["resolved", "excluded"]
