"""Says in words what a reader of the numbers should know: what these data lack, and how to read."""

from collections.abc import Iterator
from typing import Final

from benchwire.analysis.report.document import Note, Report
from benchwire.analysis.report.scope import listed
from benchwire.analysis.report.wording import dollars, percent, points, things

FEW_TASKS: Final = 10
_OTHER_LEFT_OUT: Final = {
    "pass_at_k": "pass@k",
    "models": "models",
    "pareto": "success against cost",
    "phases": "phases",
    "comparisons": "comparisons",
    "flaky_tasks": "flaky tasks",
    "tools": "tools",
    "failures": "failures",
    "recoveries": "recoveries",
    "context_decisions": "context decisions",
}


def notes_on(report: Report) -> list[Note]:
    """Warnings about these data first, then how to read them."""
    warnings = [Note(kind="warning", text=text) for text in _warnings(report)]
    return warnings + [Note(kind="reading", text=text) for text in _readings(report)]


def _warnings(report: Report) -> Iterator[str]:
    yield from _on_trials(report)
    yield from _on_records(report)
    yield from _on_comparability(report)
    yield from _on_costs(report)
    if report.too_expensive:
        names = " and ".join(_OTHER_LEFT_OUT[name] for name in report.too_expensive)
        yield (
            f"{names[0].upper()}{names[1:]} are left out: to read every step of so many runs takes "
            "more time or memory than a query may. `benchwire config` names the limits."
        )
    if report.left_out:
        names = ", ".join(_OTHER_LEFT_OUT[name] for name in report.left_out)
        yield (
            f"This is one job of several. {names[0].upper()}{names[1:]} are left out: no view "
            "tells the jobs apart in them. The report without --job has them, over all jobs."
        )


def _on_trials(report: Report) -> Iterator[str]:
    found = report.overview
    if not found.n_runs:
        yield "No runs are in scope: there is nothing to report yet."
        return
    if found.n_incomplete:
        verb = "is" if found.n_incomplete == 1 else "are"
        yield (
            f"{things(found.n_incomplete, 'trial')} {verb} not over and in no rate: "
            "rates and intervals will change when they end."
        )
    if found.n_excluded:
        verb = "was" if found.n_excluded == 1 else "were"
        yield (
            f"{things(found.n_excluded, 'trial')} {verb} excluded by a verdict and "
            "counted in no rate and no cost."
        )
    n_ungraded = found.n_counted - found.n_graded
    if n_ungraded:
        yield (
            f"{things(n_ungraded, 'trial')} ended without a verdict. They are missing from the "
            "graded rate and count as not resolved in the rate over all trials; "
            "`benchwire verdict import` grades them."
        )
    if found.n_errored:
        yield (
            f"{things(found.n_errored, 'trial')} did not end in status ok (the harness failed, the "
            "time was over, the agent gave up). The strict rate takes them as not resolved; the "
            "others go by the verdict."
        )


def _on_records(report: Report) -> Iterator[str]:
    found = report.overview
    n_counting = sum(group.n_runs for group in report.integrity if not group.is_superseded)
    n_open = n_counting - found.n_complete
    n_unsequenced = sum(
        group.n_runs
        for group in report.integrity
        if group.telemetry == "unsequenced" and not group.is_superseded
    )
    if n_open > n_unsequenced:
        yield (
            f"The record of {things(n_open - n_unsequenced, 'run')} of {n_counting:,} is not "
            f"provably complete (missing: {found.n_missing:,} events, declared lost: "
            f"{found.n_declared_lost:,}, contradicting: {found.n_conflicts:,}); tokens, costs and "
            "calls of these runs may be too low. `benchwire integrity` names them."
        )
    if n_unsequenced:
        yield (
            f"{things(n_unsequenced, 'run')} came from a source that does not number its events: "
            "whether anything is missing there cannot be known."
        )
    if found.n_interrupted + found.n_abandoned:
        yield (
            f"{things(found.n_interrupted, 'run')} lost the process that wrote "
            f"{'it' if found.n_interrupted == 1 else 'them'}, and "
            f"{things(found.n_abandoned, 'run')} fell silent for more than a day."
        )
    if found.n_superseded:
        yield (
            f"{things(found.n_superseded, 'import')} of recordings that were imported again "
            "count nowhere."
        )


def _on_comparability(report: Report) -> Iterator[str]:
    tasks_of: dict[str, set[str]] = {}
    for task in report.tasks:
        if task.n_counted:
            tasks_of.setdefault(task.policy_id, set()).add(task.task_id)
    if len({frozenset(tasks) for tasks in tasks_of.values()}) > 1:
        yield (
            "The policies were not tried on the same tasks, so their success rates speak of "
            "different things; the comparisons use only the trials that both policies have."
        )
    differing = [pair for pair in report.comparisons if pair.environment_differs]
    if differing:
        keys = sorted({key for pair in differing for key in pair.differing_environment_keys})
        what = f" in {listed(keys)}" if keys else ""
        yield (
            f"In {things(len(differing), 'comparison')} some trials ran in environments that "
            f"differ{what}: part of the difference may be the environment's."
        )
    unknown = sum(1 for pair in report.comparisons if pair.environment_differs is None)
    if unknown and report.comparisons:
        yield (
            f"In {things(unknown, 'comparison')} nobody recorded in which environment all trials "
            "ran; they may differ."
        )
    if 0 < report.overview.n_tasks < FEW_TASKS:
        yield (
            f"There {'is' if report.overview.n_tasks == 1 else 'are'} only "
            f"{things(report.overview.n_tasks, 'task')}: what holds for them may not hold for "
            "others, and the intervals for other tasks like these are wide or cannot be given."
        )


def _on_costs(report: Report) -> Iterator[str]:
    n_runs = sum(spent.n_runs for spent in report.spending)
    n_with_cost = sum(spent.n_runs_with_cost for spent in report.spending)
    n_derived = sum(spent.n_cost_derived for spent in report.spending)
    if report.overview.nano_usd is not None:
        yield (
            f"Runs state costs of {dollars(report.overview.nano_usd)}, which may be what was "
            "billed; they are not turned into AIU and in no figure below."
        )
    if n_runs and not n_with_cost:
        yield (
            "No run states what it cost in AIU, and the price book knows no price for it; "
            "`benchwire prices` takes prices of your own."
        )
    elif n_with_cost < n_runs:
        yield (
            f"The cost of {n_runs - n_with_cost:,} of {things(n_runs, 'run')} is not known or "
            "nothing was spent; means are over the others."
        )
    if n_derived:
        yield (
            f"The cost of {things(n_derived, 'run')} is derived from tokens by the price book, "
            "not stated by the run."
        )


def _readings(report: Report) -> Iterator[str]:
    if not report.overview.n_runs:
        return
    yield (
        "The narrow interval of a success rate (Wilson, 95 %) takes all trials as independent: it "
        "speaks of these tasks tried again. The wide one takes trials as clustered in tasks: it "
        "speaks of other tasks like these."
    )
    if len(report.success) > 1:
        yield (
            "Whether two intervals overlap is no test of a difference. The comparisons pair the "
            "trials of two policies task by task and test the pairs."
        )
    if report.comparisons:
        n_comparisons = report.comparisons[0].n_comparisons
        yield (
            f"Holm's p accounts for all {things(n_comparisons, 'pair')} of policies in the "
            "experiment: below 0.05 the policies differ on these trials. Above it nothing is shown "
            "either way: a difference smaller than the smallest detectable one goes unnoticed "
            f"more often than once in five times{_smallest(report)}."
        )
    if report.pass_at_k and max(row.k for row in report.pass_at_k) > 1:
        yield (
            "pass@k is how likely the best of k trials solves a task, pass^k how likely all k do. "
            "Rows with different numbers of tasks left out speak of different tasks."
        )
    if report.n_runs_not_in_timeline and report.timeline:
        yield (
            f"The timeline has the {things(len(report.timeline), 'run')} that started last; "
            f"{report.n_runs_not_in_timeline:,} more are older or do not tell their time."
        )
    yield (
        "Cost counts every attempt, also repeated and unfinished ones; a solve is a trial whose "
        "last attempt was resolved."
    )


def _smallest(report: Report) -> str:
    known = [
        pair.detectable_difference
        for pair in report.comparisons
        if pair.detectable_difference is not None
    ]
    if not known:
        return ""
    low, high = points(min(known)).lstrip("+"), points(max(known)).lstrip("+")
    between = low if low == high else f"{low} to {high}"
    return f" (here {between} percentage points)" if min(known) < 1 else f" (here {percent(1.0)})"
