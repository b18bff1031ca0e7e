"""The comparison as sections of tables, for a terminal and for Markdown."""

from typing import Final

from benchwire.analysis.comparison.document import Comparison
from benchwire.analysis.comparison.rows import ComparedTask
from benchwire.analysis.report import wording as w
from benchwire.analysis.report.markdown import plain, sentence, table_lines
from benchwire.analysis.report.section import Section, Table

TASKS_MAX: Final = 100
VALUES_MAX: Final = 3
VALUE_CHARS_MAX: Final = 80
SOLVED_BY: Final = {"both": "both", "only_a": "only A", "only_b": "only B", "neither": "neither"}


def sections_of(found: Comparison) -> list[Section]:
    """Success, cost, tasks, and what differs between the two."""
    return [_success(found), _cost(found), _tasks(found), _differences(found)]


def comparison_markdown(found: Comparison) -> str:
    """The whole comparison as Markdown."""
    pair = found.comparison
    lines = [
        f"# {plain(pair.policy_a)} and {plain(pair.policy_b)}",
        "",
        f"- experiment: {plain(found.experiment_id)}",
        f"- A: {plain(pair.policy_a)}",
        f"- B: {plain(pair.policy_b)}",
        "",
        "## What may be concluded",
        "",
        *(f"- {sentence(text)}" for text in found.conclusion),
        "",
    ]
    if found.cautions:
        lines += ["## With care", "", *(f"- {sentence(text)}" for text in found.cautions), ""]
    for section in sections_of(found):
        lines += [f"## {section.title}", "", sentence(section.about), ""]
        for table in section.tables:
            lines += [f"### {plain(table.title)}", "", *table_lines(table)]
        if not section.tables:
            lines += [section.empty, ""]
    return "\n".join(lines).rstrip() + "\n"


def _success(found: Comparison) -> Section:
    pair = found.comparison
    return Section(
        key="success",
        title="Success",
        about="On matched trials: of one task, with the same seed or else the same trial number.",
        tables=[
            Table(
                key="counts",
                title="Matched trials",
                columns=("", "B resolved", "B not resolved"),
                rows=[
                    ("A resolved", w.count(pair.n_both), w.count(pair.n_only_a)),
                    ("A not resolved", w.count(pair.n_only_b), w.count(pair.n_neither)),
                ],
                remark=(
                    f"{w.things(pair.n_pairs, 'pair')} of {w.things(pair.n_tasks, 'task')}; "
                    f"n_incomplete {pair.n_incomplete_a:,} of A and {pair.n_incomplete_b:,} of B, "
                    f"n_excluded {pair.n_excluded_a:,} and {pair.n_excluded_b:,}, without "
                    f"counterpart {pair.n_unmatched_a:,} and {pair.n_unmatched_b:,}."
                ),
            ),
            Table(
                key="difference",
                title="B - A, in percentage points",
                columns=("measure", "value"),
                rows=[
                    ("A resolves", w.percent(pair.success_rate_all_a)),
                    ("B resolves", w.percent(pair.success_rate_all_b)),
                    ("difference", w.points(pair.difference)),
                    (
                        "95 % interval, for other tasks like these",
                        w.points_interval(pair.difference_low, pair.difference_high),
                    ),
                    (
                        "95 % interval, however often one looks",
                        w.points_interval(pair.anytime_low, pair.anytime_high),
                    ),
                    ("p, exact McNemar", w.p_value(pair.mcnemar_p_value)),
                    ("p, mid McNemar", w.p_value(pair.mcnemar_mid_p_value)),
                    (
                        f"p, Holm over {w.things(pair.n_comparisons, 'pair')}",
                        w.p_value(pair.holm_p_value),
                    ),
                    (
                        "smallest detectable difference",
                        w.points(pair.detectable_difference).removeprefix("+"),
                    ),
                ],
            ),
        ]
        if pair.n_pairs
        else [],
        empty="No trials match.",
    )


def _cost(found: Comparison) -> Section:
    pair = found.comparison
    cost_a, cost_b = (
        None if nano is None else nano / 1_000_000_000
        for nano in (pair.cost_nano_aiu_a, pair.cost_nano_aiu_b)
    )
    return Section(
        key="cost",
        title="Cost",
        about="Sums over the matched trials where both sides are known, all attempts of each.",
        tables=[
            Table(
                key="cost",
                title="Cost of matched trials",
                columns=("measure", "pairs", "A", "B", "B / A", "95 %"),
                rows=[
                    (
                        "AIU",
                        w.count(pair.n_pairs_with_cost),
                        w.aiu(cost_a),
                        w.aiu(cost_b),
                        w.ratio(pair.aiu_ratio),
                        _ratios(pair.aiu_ratio_low, pair.aiu_ratio_high),
                    ),
                    (
                        "tokens",
                        w.count(pair.n_pairs_with_tokens),
                        w.short(pair.total_tokens_a),
                        w.short(pair.total_tokens_b),
                        w.ratio(pair.token_ratio),
                        _ratios(pair.token_ratio_low, pair.token_ratio_high),
                    ),
                ],
            )
        ]
        if pair.n_pairs
        else [],
        empty="No trials match.",
    )


def _tasks(found: Comparison) -> Section:
    order = ("only_b", "only_a", "both", "neither", None)
    tasks = sorted(found.tasks, key=lambda task: (order.index(task.solved_by), task.task_id))
    by = {name: sum(1 for task in tasks if task.solved_by == name) for name in order}
    hidden = len(tasks) - TASKS_MAX
    return Section(
        key="tasks",
        title="Tasks",
        about=(
            f"Solved at least once by B only: {by['only_b']:,}; by A only: {by['only_a']:,}; by "
            f"both: {by['both']:,}; by neither: {by['neither']:,}; tried by one only: "
            f"{by[None]:,}. All counted trials, matched or not."
        ),
        tables=[
            Table(
                key="tasks",
                title="Who solves what",
                names=2,
                columns=(
                    "task",
                    "solved by",
                    "A resolved",
                    "B resolved",
                    "B - A",
                    "AIU of A",
                    "AIU of B",
                    "time of A",
                    "time of B",
                ),
                rows=[_task(task) for task in tasks[:TASKS_MAX]],
                remark=f"{hidden:,} more: --json has all." if hidden > 0 else "",
            )
        ]
        if tasks
        else [],
        empty="Neither has a task.",
    )


def _task(task: ComparedTask) -> tuple[str, ...]:
    return (
        task.task_id,
        w.UNKNOWN if task.solved_by is None else SOLVED_BY[task.solved_by],
        f"{task.n_resolved_a:,} / {task.n_counted_a:,}",
        f"{task.n_resolved_b:,} / {task.n_counted_b:,}",
        w.points(task.difference),
        w.aiu(task.mean_cost_aiu_a),
        w.aiu(task.mean_cost_aiu_b),
        w.milliseconds(task.mean_duration_ms_a),
        w.milliseconds(task.mean_duration_ms_b),
    )


def _differences(found: Comparison) -> Section:
    return Section(
        key="differences",
        title="What differs between them",
        about="Entries of configuration and environment that differ in some matched pair.",
        tables=[
            Table(
                key="differences",
                title="Differences",
                names=4,
                columns=("of", "key", "A", "B", "in pairs"),
                rows=[
                    (
                        each.kind,
                        each.key,
                        _values(each.values_a),
                        _values(each.values_b),
                        f"{each.n_pairs_differing:,} / {each.n_pairs_compared:,}",
                    )
                    for each in found.differences
                ],
            )
        ]
        if found.differences
        else [],
        empty="Nothing, as far as configurations and environments are recorded.",
    )


def _values(values: list[str]) -> str:
    shown = [
        value if len(value) <= VALUE_CHARS_MAX else f"{value[:VALUE_CHARS_MAX]}…"
        for value in values[:VALUES_MAX]
    ]
    more = len(values) - VALUES_MAX
    return (", ".join(shown) or "(none)") + (f" and {more} more" if more > 0 else "")


def _ratios(low: float | None, high: float | None) -> str:
    return w.UNKNOWN if low is None or high is None else f"{low:.2f} to {high:.2f}"
