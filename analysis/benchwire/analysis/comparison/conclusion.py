"""Says in words what the comparison of two policies shows, and what it does not.

The verdict is that of the exact McNemar test on the matched trials, at 5 %, uncorrected: one pair
was asked for. Where the pair was picked out of many, Holm's p is the one to go by, and is named.
"""

from typing import Final

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.comparison_rows import PolicyComparison

SIGNIFICANT: Final = 0.05
FEW_TASKS: Final = 10
NOTHING_MATCHES: Final = (
    "No trial of one has a counterpart of the other (same task, and same seed or trial number) "
    "that is over as well: nothing can be concluded."
)


def conclusion(found: PolicyComparison) -> list[str]:
    """Success first, then other tasks, then cost."""
    if not found.n_pairs or found.difference is None or found.mcnemar_p_value is None:
        return [NOTHING_MATCHES]
    return [
        _on_these_trials(found, found.difference, found.mcnemar_p_value),
        _on_other_tasks(found),
        *_on_peeking(found),
        *_on_cost(found),
    ]


def cautions(found: PolicyComparison) -> list[str]:
    """What a reader has to know before believing it."""
    if not found.n_pairs:
        return []
    return [
        *_on_many_pairs(found),
        *_on_trials(found),
        *_on_environments(found),
    ]


def _on_these_trials(found: PolicyComparison, difference: float, p_value: float) -> str:
    n_pairs = w.things(found.n_pairs, "matched trial")
    counts = f"{found.n_only_b:,} solved by B alone, {found.n_only_a:,} by A alone"
    p_text = w.p_value(p_value)
    p_is = f"p {p_text}" if p_text.startswith("<") else f"p = {p_text}"
    if p_value < SIGNIFICANT:
        more, less = ("B", "A") if difference > 0 else ("A", "B")
        name = found.policy_b if difference > 0 else found.policy_a
        other = found.policy_a if difference > 0 else found.policy_b
        size = w.points(abs(difference)).lstrip("+")
        return (
            f"{more} ({name}) solves more than {less} ({other}): {size} percentage points on "
            f"{n_pairs} ({counts}; exact McNemar {p_is})."
        )
    if difference == 0:
        seen = f"No difference is seen on {n_pairs} ({counts})"
    else:
        more = "B" if difference > 0 else "A"
        size = w.points(abs(difference)).lstrip("+")
        seen = (
            f"No difference is shown: {more} solves {size} percentage points more on {n_pairs}, "
            f"but that may be chance ({counts}; exact McNemar {p_is})"
        )
    return f"{seen}. That they are equally good is not shown either{_detectable(found)}."


def _detectable(found: PolicyComparison) -> str:
    if found.detectable_difference is None:
        return ": so few trials differ that the test could hardly find anything"
    size = w.points(found.detectable_difference).lstrip("+")
    found_so_often = "four times in five, and a smaller one less often"
    return f": so many trials find a difference of {size} points {found_so_often}"


def _on_other_tasks(found: PolicyComparison) -> str:
    low, high = found.difference_low, found.difference_high
    if low is None or high is None:
        return (
            f"For other tasks nothing can be said from {w.things(found.n_tasks, 'task')}"
            f"{' that all go alike' if found.n_tasks > 1 else ''}."
        )
    interval = f"95 % interval {w.points_interval(low, high)} points, {_tasks(found)}"
    if low > 0:
        return f"For other tasks like these B is better ({interval})."
    if high < 0:
        return f"For other tasks like these A is better ({interval})."
    return f"For other tasks like these it remains open which is better ({interval})."


def _on_peeking(found: PolicyComparison) -> list[str]:
    low, high = found.anytime_low, found.anytime_high
    if low is None or high is None:
        return []
    interval = f"{w.points_interval(low, high)} points"
    if low > 0 or high < 0:
        said = "The difference holds however often one looked, and whenever one stopped"
        return [f"{said} (anytime-valid 95 % interval {interval})."]
    said = "If trials were stopped, or added, for what they showed so far, no difference is shown"
    return [f"{said} (anytime-valid 95 % interval {interval})."]


def _on_cost(found: PolicyComparison) -> list[str]:
    sentences: list[str] = []
    for unit, ratio, low, high, n_pairs in (
        (
            "AIU",
            found.aiu_ratio,
            found.aiu_ratio_low,
            found.aiu_ratio_high,
            found.n_pairs_with_cost,
        ),
        (
            "tokens",
            found.token_ratio,
            found.token_ratio_low,
            found.token_ratio_high,
            found.n_pairs_with_tokens,
        ),
    ):
        if ratio is None:
            sentences.append(f"No matched trials state their {unit} on both sides.")
            continue
        said = f"B takes {ratio:.2f} times the {unit} of A, on {w.things(n_pairs, 'matched trial')}"
        if low is None or high is None:
            sentences.append(f"{said}; how sure that is cannot be said.")
            continue
        interval = f"95 % interval {low:.2f} to {high:.2f}"
        sure = "" if low > 1 or high < 1 else ": which takes more remains open"
        sentences.append(f"{said} ({interval}){sure}.")
    return sentences


def _on_many_pairs(found: PolicyComparison) -> list[str]:
    if found.n_comparisons <= 1:
        return []
    holm, exact = found.holm_p_value, found.mcnemar_p_value
    said = (
        f"The experiment has {found.n_comparisons:,} pairs of policies; if this one was picked "
        f"because it looked best, Holm's p counts: {w.p_value(holm)}"
    )
    if exact is not None and exact < SIGNIFICANT and holm is not None and holm >= SIGNIFICANT:
        return [f"{said}, and then no difference is shown."]
    return [f"{said}."]


def _on_trials(found: PolicyComparison) -> list[str]:
    sentences: list[str] = []
    if found.n_tasks < FEW_TASKS:
        sentences.append(
            f"All of it rests on {w.things(found.n_tasks, 'task')}: intervals for other tasks are "
            "rough."
        )
    if found.n_pairs > found.n_tasks:
        sentences.append(
            "Tasks were tried several times. McNemar's test takes the trials of a task as "
            "independent, so its p speaks of these tasks only."
        )
    for n_a, n_b, what in (
        (found.n_unmatched_a, found.n_unmatched_b, "have no counterpart and are left out"),
        (found.n_incomplete_a, found.n_incomplete_b, "are not over"),
        (found.n_excluded_a, found.n_excluded_b, "were excluded"),
        (found.n_ungraded_a, found.n_ungraded_b, "have no verdict and count as not solved"),
    ):
        if n_a or n_b:
            sentences.append(f"Trials that {what}: {n_a:,} of A, {n_b:,} of B.")
    return sentences


def _on_environments(found: PolicyComparison) -> list[str]:
    if found.environment_differs:
        n = w.things(found.n_pairs_in_other_environments, "pair")
        return [
            f"{n} ran in environments that differ: part of the difference may be the environment's."
        ]
    if found.environment_differs is None:
        n = w.things(found.n_pairs_in_unknown_environments, "pair")
        return [f"In which environment {n} ran is not recorded; they may differ."]
    return []


def _tasks(found: PolicyComparison) -> str:
    return f"from {w.things(found.n_tasks, 'task')}"
