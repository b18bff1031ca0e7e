"""The comparison as one document: what `--json` prints."""

from dataclasses import dataclass

from benchwire.analysis.asked_together import asked_together
from benchwire.analysis.comparison.conclusion import cautions, conclusion
from benchwire.analysis.comparison.pair import NotComparable, Pair
from benchwire.analysis.comparison.rows import (
    COMPARISON,
    DIFFERENCES,
    TASKS,
    ComparedTask,
    Difference,
)
from benchwire.analysis.report.comparison_rows import PolicyComparison
from benchwire.analysis.rows import Rows

COMPARISON_VERSION = 1
"""Raised when a member of the document goes or changes its meaning; new members do not raise it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything that is said of two policies."""

    comparison_version: int
    experiment_id: str
    conclusion: list[str]
    """What may be concluded and what may not, in sentences."""
    cautions: list[str]
    """What about these data calls for care."""
    comparison: PolicyComparison
    tasks: list[ComparedTask]
    differences: list[Difference]


def compare(rows: Rows, pair: Pair, *, at_once: int = 1) -> Comparison:
    """Ask the views for all of it, from `at_once` threads.

    Raises:
        NotComparable: The experiment lost one of the policies in the meantime.
    """
    with asked_together(rows, pair.params(), at_once) as asked:
        comparison, tasks, differing = (
            asked.put(COMPARISON),
            asked.put(TASKS),
            asked.put(DIFFERENCES),
        )
        found, compared_tasks, differences = comparison.result(), tasks.result(), differing.result()
    if not found:
        raise NotComparable(
            f"{pair.policy_a!r} and {pair.policy_b!r} have no trials in {pair.experiment_id!r}",
            hint="`benchwire report` shows which policies have any",
        )
    return Comparison(
        comparison_version=COMPARISON_VERSION,
        experiment_id=pair.experiment_id,
        conclusion=conclusion(found[0]),
        cautions=cautions(found[0]),
        comparison=found[0],
        tasks=compared_tasks,
        differences=differences,
    )
