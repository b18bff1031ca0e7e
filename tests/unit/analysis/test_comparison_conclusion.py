"""What is concluded from a comparison: no more than the tests and intervals show."""

from dataclasses import replace

import pytest
from tests.support.report_rows import comparison

from benchwire.analysis.comparison.conclusion import cautions, conclusion
from benchwire.analysis.comparison.document import Comparison
from benchwire.analysis.comparison.rows import ComparedTask, Difference
from benchwire.analysis.comparison.sections import comparison_markdown
from benchwire.analysis.report.comparison_rows import PolicyComparison

EQUAL = comparison("a", "b", 60, 0.5, 0.5, 1)
BETTER = replace(
    comparison("a", "b", 60, 0.2, 0.8, 1),
    mcnemar_p_value=0.0001,
    difference_low=0.3,
    difference_high=0.9,
    anytime_low=0.2,
    anytime_high=0.95,
)


WORSE = replace(BETTER, difference=-0.6, difference_low=-0.9, difference_high=-0.3)


def said_of(found: PolicyComparison) -> str:
    return " ".join(conclusion(found))


def test_a_difference_is_told_with_its_direction() -> None:
    better, worse = said_of(BETTER), said_of(WORSE)
    assert "B (b) solves more than A (a): 60.0 percentage points on 60 matched trials" in better
    assert "exact McNemar p < 0.001" in better
    assert "For other tasks like these B is better" in better
    assert "A (a) solves more than B (b): 60.0" in worse
    assert "For other tasks like these A is better" in worse


@pytest.mark.parametrize("difference", [0.0, 0.1, -0.1])
def test_no_difference_is_not_equality(difference: float) -> None:
    found = replace(EQUAL, difference=difference, mcnemar_p_value=0.6)
    said = conclusion(found)[0]
    assert said.startswith("No difference is s")
    assert "equally good is not shown either" in said
    assert "25.0 points" in said
    assert "hardly find" in conclusion(replace(found, detectable_difference=None))[0]


def test_what_is_unknown_is_said() -> None:
    (said,) = conclusion(replace(EQUAL, n_pairs=0, difference=None, mcnemar_p_value=None))
    assert "nothing can be concluded" in said
    assert cautions(replace(EQUAL, n_pairs=0)) == []
    found = replace(BETTER, difference_low=None, difference_high=None, aiu_ratio=None)
    text = " ".join(conclusion(found))
    assert "For other tasks nothing can be said" in text
    assert "No matched trials state their AIU" in text


def test_looking_and_stopping_is_warned_of() -> None:
    assert "The difference holds however often one looked" in said_of(BETTER)
    assert "no difference is shown" in conclusion(EQUAL)[2]


def test_cautions_name_what_weakens_it() -> None:
    weak = replace(
        BETTER,
        n_comparisons=28,
        holm_p_value=0.3,
        n_tasks=4,
        n_unmatched_b=2,
        n_incomplete_a=1,
        n_excluded_b=3,
        n_ungraded_a=4,
        environment_differs=True,
        n_pairs_in_other_environments=5,
    )
    said = " ".join(cautions(weak))
    for words in (
        "28 pairs of policies",
        "and then no difference is shown",
        "rests on 4 tasks",
        "tried several times",
        "no counterpart and are left out: 0 of A, 2 of B",
        "not over: 1 of A, 0 of B",
        "excluded: 0 of A, 3 of B",
        "no verdict and count as not solved: 4 of A, 0 of B",
        "5 pairs ran in environments that differ",
    ):
        assert words in said
    assert cautions(replace(BETTER, n_tasks=60)) == []
    unknown = replace(weak, environment_differs=None, n_pairs_in_unknown_environments=6)
    assert "In which environment 6 pairs ran is not recorded" in " ".join(cautions(unknown))


def test_the_comparison_is_written_as_markdown() -> None:
    task = ComparedTask("t|1", 3, 3, 0, 2, 0, 0, 0, 0, 2 / 3, "only_b", *[None] * 6)
    found = Comparison(
        comparison_version=1,
        experiment_id="e",
        conclusion=conclusion(BETTER),
        cautions=cautions(BETTER),
        comparison=BETTER,
        tasks=[task, replace(task, task_id="t2", solved_by=None, difference=None)],
        differences=[Difference("config", "model", 60, 60, 0, 0, ['"x"'], [])],
    )
    text = comparison_markdown(found)
    assert r"| t\|1 | only B | 0 / 3 | 2 / 3 | +66.7 | - | - | - | - |" in text
    assert "| A not resolved | 36 | 12 |" in text
    assert r'| config | model | "x" | (none) | 60 / 60 |' in text
    assert "by B only: 1; by A only: 0; by both: 0; by neither: 0; tried by one only: 1" in text
