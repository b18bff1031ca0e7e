"""The dashboard of one experiment: what is solved, how surely, and at what price."""

from typing import Final

from grafana.boards import variables
from grafana.boards.board import RUN_URL, Board, Line, Section
from grafana.boards.panels import figures, points, rows
from grafana.boards.price_panels import BUCKETS, COST, FRONT, PARETO, PER_SOLVE, TOKENS_SUCCESS
from grafana.boards.question import OF_EXPERIMENT, Question, chosen, text
from grafana.boards.units import RATE

_POLICIES: Final = (OF_EXPERIMENT, chosen("policy"))
_COUNTS: Final = ("n_trials", "n_counted", "n_incomplete", "n_excluded")

_FIGURES = figures(
    "The experiment",
    "All policies together. success_rate_all counts ungraded trials as unsolved, "
    "success_rate_graded leaves them out; incomplete and excluded trials are in neither.",
    Question(
        view="rpt_experiment_success",
        columns=("n_policies", "n_tasks", *_COUNTS, "success_rate_all", "success_rate_graded"),
        where=(OF_EXPERIMENT,),
    ),
)
_SUCCESS = rows(
    "Success of each policy, with 95 % intervals",
    "success_rate_all with an interval for trials clustered in tasks, success_rate_graded with "
    "its Wilson interval; strict: resolved without any exception, of all counted trials.",
    Question(
        view="rpt_success_rates",
        columns=(
            "policy_id",
            "success_rate_all",
            "success_rate_all_low",
            "success_rate_all_high",
            "success_rate_graded",
            "success_rate_graded_low",
            "success_rate_graded_high",
            "success_rate_strict",
            "mean_reward",
            *_COUNTS,
        ),
        where=_POLICIES,
        order_by="success_rate_all DESC NULLS LAST, policy_id",
    ),
    gauges=("success_rate_all", "success_rate_graded"),
)
_TREND = points(
    "Success from job to job",
    "success_rate_graded of each policy in its first, second, … job.",
    Question(
        view="rpt_success_trend",
        columns=("policy_id", "job_no", "success_rate_graded"),
        where=(*_POLICIES, chosen("job")),
        order_by="policy_id, job_no",
    ),
    RATE,
    by="policy_id",
    joined=True,
)
_TREND_ROWS = rows(
    "How sure the trend is",
    "With the Wilson 95 % interval of each job, and the difference to the policy's job before "
    "with its interval: one that holds 0 may be chance.",
    Question(
        view="rpt_success_trend",
        columns=(
            "policy_id",
            "job_no",
            "job_id",
            "success_rate_graded",
            "success_rate_graded_low",
            "success_rate_graded_high",
            "difference",
            "difference_low",
            "difference_high",
            "n_graded",
            "n_incomplete",
            "n_excluded",
        ),
        where=(*_POLICIES, chosen("job")),
        order_by="policy_id, job_no DESC",
        limit=500,
    ),
)
_FLAKY = rows(
    "Flaky tasks",
    "Solved at one time and not at another by the same policy; is_setup_known: under the same "
    "configuration in the same environment, as far as their hashes say.",
    Question(
        view="rpt_flaky_tasks",
        columns=(
            "policy_id",
            "task_id",
            "success_rate_graded",
            "n_resolved",
            "n_unresolved",
            "n_incomplete",
            "n_excluded",
            "if(is_setup_known = 1, 'yes', 'no') AS is_setup_known",
        ),
        where=(*_POLICIES, chosen("task")),
        order_by="abs(success_rate_graded - 0.5), n_graded DESC, policy_id, task_id",
        limit=200,
    ),
)
_PASS = points(
    "Success in k trials",
    "How likely one of k trials solves a task (pass_at_k), and how likely all k do (pass_hat_k); "
    "mean over the tasks with k trials or more.",
    Question(
        view="rpt_pass_at_k",
        columns=("policy_id", "k", "pass_at_k", "pass_hat_k"),
        where=_POLICIES,
        order_by="policy_id, k",
    ),
    RATE,
    by="policy_id",
    joined=True,
)
_COMPARISONS = rows(
    "Policies compared in pairs",
    "policy_b against policy_a over trials matched by task and seed or number: difference of "
    "success_rate_all with its clustered 95 % interval, McNemar's p, Holm's p over all pairs, and "
    "the smallest difference that so many pairs would show. The environments of a pair should "
    "not differ.",
    Question(
        view="rpt_policy_comparisons",
        columns=(
            "policy_a",
            "policy_b",
            "n_pairs",
            "n_only_a",
            "n_only_b",
            "difference",
            "difference_low",
            "difference_high",
            "mcnemar_p_value",
            "holm_p_value",
            "detectable_difference",
            "aiu_ratio",
            "token_ratio",
            "environment_differs",
        ),
        where=(OF_EXPERIMENT, chosen("policy", "policy_a"), chosen("policy", "policy_b")),
        order_by="policy_a, policy_b",
    ),
)
_TASKS = rows(
    "Success of each policy on each task",
    "With the Wilson 95 % interval of success_rate_graded, and what a run of the task takes.",
    Question(
        view="rpt_task_success",
        columns=(
            "task_id",
            "policy_id",
            "success_rate_graded",
            "success_rate_graded_low",
            "success_rate_graded_high",
            "n_graded",
            "n_incomplete",
            "n_excluded",
            "mean_turns",
            "mean_duration_ms",
            "tokens_per_run",
            "cost_aiu_per_run",
        ),
        where=(*_POLICIES, chosen("task")),
        order_by="task_id, policy_id",
        limit=2000,
    ),
    gauges=("success_rate_graded",),
)
_RUNS = rows(
    "Runs",
    "The latest thousand runs of what is chosen, superseded ones left out. run_id leads to all "
    "about the run.",
    Question(
        view="rpt_run_summary",
        columns=(
            text("run_id"),
            "policy_id",
            "task_id",
            "job_id",
            "trial_no",
            "attempt",
            "state",
            "status",
            "outcome",
            "started_at",
            "duration_ms",
            "turns",
            "tool_calls",
            "failures",
            "total_tokens",
            "cost_aiu",
        ),
        where=(*_POLICIES, chosen("task"), chosen("job")),
        order_by="started_at DESC NULLS LAST, run_id",
        limit=1000,
    ),
    links={"run_id": RUN_URL},
)

EXPERIMENTS: Final = Board(
    name="experiments",
    title="Benchwire / Experiments",
    about="What each policy of an experiment solves, how sure that is, and what it costs.",
    variables=(variables.experiment(), variables.policy(), variables.task(), variables.job()),
    refresh="1m",
    sections=(
        Section(
            title="Success",
            lines=(
                Line(3, ((16, _FIGURES), (8, COST))),
                Line(6, ((24, _SUCCESS),)),
                Line(8, ((9, _TREND), (15, _TREND_ROWS))),
                Line(8, ((9, _PASS), (15, _FLAKY))),
            ),
        ),
        Section(
            title="Price",
            lines=(
                Line(8, ((12, PARETO), (12, TOKENS_SUCCESS))),
                Line(8, ((10, FRONT), (7, PER_SOLVE), (7, BUCKETS))),
            ),
        ),
        Section(title="Comparisons", lines=(Line(6, ((24, _COMPARISONS),)),)),
        Section(
            title="Tasks and runs", lines=(Line(10, ((24, _TASKS),)), Line(12, ((24, _RUNS),)))
        ),
    ),
)
