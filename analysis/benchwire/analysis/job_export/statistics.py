"""What the views say of an experiment, for one job of it: the same formulas, fewer runs.

`rpt_success_rates`, `rpt_token_economics` and `rpt_tool_calls` speak of all jobs of an experiment.
These statements ask the same of the same facts; where an experiment has one job, the answers are
equal to the last digit, which a test holds them to.

No view serves them. Of the grains that `summary.json` has (the job, its policies, its tasks, each
task under each policy; models and tools by policy), `rpt_job_success` has one, for rates alone. The
others would be seven views of one reader each, made anew in every database at every change, and
views with the job as a parameter cannot group by what is asked for.
"""

from typing import Any, Final

from benchwire.analysis.job_export.selection import Job, params_of
from benchwire.analysis.rows import Rows, text_param

Record = dict[str, Any]
"""A row by the names of its columns."""

_OF_JOB: Final = "experiment_id = {experiment:String} AND job_id = {job:String}"
_RUN_OF_JOB: Final = f"""experiment_id = {{experiment:String}}
        AND run_id IN (SELECT run_id FROM fct_attempts WHERE {_OF_JOB})"""  # noqa: S608 - constants

_RATES: Final = (
    "n_tasks",
    "n_trials",
    "n_runs",
    "n_counted",
    "n_graded",
    "n_resolved",
    "n_unresolved",
    "n_ungraded",
    "n_errored",
    "n_incomplete",
    "n_excluded",
    "success_rate_graded",
    "success_rate_graded_low",
    "success_rate_graded_high",
    "success_rate_all",
    "success_rate_strict",
    "mean_reward",
    "n_rewarded",
    "n_reward_invalid",
)
_RATES_SQL: Final = """
WITH
    counted AS
    (
        SELECT
            %(keys)s,
            uniqExact(task_id) AS n_tasks,
            countIf(is_final_attempt) AS n_trials,
            count() AS n_runs,
            countIf(is_final_attempt AND is_excluded) AS n_excluded,
            countIf(is_final_attempt AND NOT is_excluded AND NOT is_stopped) AS n_incomplete,
            countIf(is_final_attempt AND isNotNull(success_all)) AS n_counted,
            countIf(is_final_attempt AND isNotNull(success_graded)) AS n_graded,
            countIf(is_final_attempt AND ifNull(success_graded, false)) AS n_resolved,
            countIf(is_final_attempt AND ifNull(success_strict, false)) AS n_resolved_strict,
            countIf(is_final_attempt AND isNotNull(success_all) AND ifNull(status != 'ok', false))
                AS n_errored,
            arraySort(
                groupArrayIf(
                    assumeNotNull(reward),
                    is_final_attempt AND isNotNull(success_all) AND isNotNull(reward)
                )
            ) AS ordered_rewards,
            countIf(
                is_final_attempt AND isNotNull(success_all) AND ifNull(reward_valid = false, false)
            ) AS n_reward_invalid
        FROM fct_attempts
        WHERE %(job)s
        GROUP BY %(keys)s
    ),
    rated AS
    (
        SELECT
            *,
            length(ordered_rewards) AS n_rewarded,
            arraySum(ordered_rewards) AS sum_reward,
            n_resolved / nullIf(n_graded, 0) AS rate,
            pow(1.959963984540054, 2) / nullIf(n_graded, 0) AS shrinkage
        FROM counted
    ),
    bounded AS
    (
        SELECT
            *,
            (rate + shrinkage / 2) / (1 + shrinkage) AS centre,
            sqrt(rate * (1 - rate) * shrinkage + pow(shrinkage, 2) / 4) / (1 + shrinkage)
                AS half_width
        FROM rated
    )
SELECT
    %(keys)s,
    n_tasks,
    n_trials,
    n_runs,
    n_counted,
    n_graded,
    n_resolved,
    toUInt64(n_graded - n_resolved),
    toUInt64(n_counted - n_graded),
    n_errored,
    n_incomplete,
    n_excluded,
    rate,
    if(isNull(rate), NULL, greatest(0.0, centre - half_width)),
    if(isNull(rate), NULL, least(1.0, centre + half_width)),
    n_resolved / nullIf(n_counted, 0),
    n_resolved_strict / nullIf(n_counted, 0),
    if(n_rewarded = 0, NULL, sum_reward / nullIf(n_counted, 0)),
    n_rewarded,
    n_reward_invalid
FROM bounded
ORDER BY %(keys)s
"""

_SPENT: Final = (
    "n_runs_with_tokens",
    "n_runs_with_aiu",
    "n_runs_with_cost",
    "n_runs_with_derived_cost",
    "requests",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "total_tokens",
    "cache_hit_ratio",
    "nano_aiu",
    "aiu",
    "nano_usd",
    "tokens_per_run",
    "aiu_per_run",
    "tokens_per_solve",
    "aiu_per_solve",
    "cost_nano_aiu",
    "cost_aiu",
    "cost_aiu_per_run",
    "cost_aiu_per_solve",
)
_SPENT_SQL: Final = """
WITH summed AS
(
    SELECT
        %(keys)s,
        countIf(isNotNull(facts.total_tokens)) AS n_runs_with_tokens,
        countIf(isNotNull(facts.nano_aiu)) AS n_runs_with_aiu,
        countIf(isNotNull(facts.cost_nano_aiu)) AS n_runs_with_cost,
        countIf(
            isNull(facts.nano_aiu)
            AND isNotNull(facts.cost_nano_aiu)
        ) AS n_runs_with_derived_cost,
        countIf(
            facts.is_final_attempt
            AND ifNull(facts.success_all, false)
            AND isNotNull(facts.total_tokens)
        ) AS n_resolved_with_tokens,
        countIf(
            facts.is_final_attempt
            AND ifNull(facts.success_all, false)
            AND isNotNull(facts.nano_aiu)
        ) AS n_resolved_with_aiu,
        countIf(
            facts.is_final_attempt
            AND ifNull(facts.success_all, false)
            AND isNotNull(facts.cost_nano_aiu)
        ) AS n_resolved_with_cost,
        sum(facts.requests) AS requests,
        sum(facts.input_tokens) AS input_tokens,
        sum(facts.cache_read_tokens) AS cache_read_tokens,
        sum(facts.cache_write_tokens) AS cache_write_tokens,
        sum(facts.output_tokens) AS output_tokens,
        sum(facts.reasoning_tokens) AS reasoning_tokens,
        sum(facts.total_tokens) AS total_tokens,
        sum(facts.nano_aiu) AS nano_aiu,
        sum(facts.nano_usd) AS nano_usd,
        sum(facts.cost_nano_aiu) AS cost_nano_aiu
    FROM %(facts)s AS facts
    WHERE %(job)s
        AND NOT facts.is_excluded
    GROUP BY %(keys)s
)
SELECT
    %(keys)s,
    n_runs_with_tokens,
    n_runs_with_aiu,
    n_runs_with_cost,
    n_runs_with_derived_cost,
    requests,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    reasoning_tokens,
    total_tokens,
    cache_read_tokens
        / nullIf(ifNull(input_tokens, 0) + cache_read_tokens + ifNull(cache_write_tokens, 0), 0),
    nano_aiu,
    nano_aiu / 1000000000,
    nano_usd,
    total_tokens / nullIf(n_runs_with_tokens, 0),
    nano_aiu / nullIf(n_runs_with_aiu, 0) / 1000000000,
    total_tokens / nullIf(n_resolved_with_tokens, 0),
    nano_aiu / nullIf(n_resolved_with_aiu, 0) / 1000000000,
    cost_nano_aiu,
    cost_nano_aiu / 1000000000,
    cost_nano_aiu / nullIf(n_runs_with_cost, 0) / 1000000000,
    cost_nano_aiu / nullIf(n_resolved_with_cost, 0) / 1000000000
FROM summed
ORDER BY %(keys)s
"""

_TOOLS: Final = (
    "n_calls",
    "n_failure_known",
    "n_failed",
    "failure_rate",
    "n_nonzero_exit_known",
    "n_nonzero_exits",
    "nonzero_exit_rate",
    "n_retry_known",
    "n_retries",
    "n_timed",
    "latency_ms_p50",
    "latency_ms_p90",
    "latency_ms_p99",
)
_TOOLS_SQL: Final = """
WITH
    runs AS
    (
        SELECT
            run_id,
            policy_id
        FROM fct_attempts
        WHERE %(job)s
            AND NOT is_excluded
    ),
    called AS
    (
        SELECT
            runs.policy_id AS policy_id,
            tools.tool_name AS tool_name,
            sum(tools.n_calls) AS n_calls,
            sum(tools.n_failure_known) AS n_failure_known,
            sum(tools.n_failed) AS n_failed,
            sum(tools.n_nonzero_exit_known) AS n_nonzero_exit_known,
            sum(tools.n_nonzero_exits) AS n_nonzero_exits,
            sum(tools.n_retry_known) AS n_retry_known,
            sum(tools.n_retries) AS n_retries,
            sum(length(tools.latencies_ms)) AS n_timed,
            quantilesExactInclusiveArray(0.5, 0.9, 0.99)(tools.latencies_ms) AS latency_quantiles
        FROM fct_run_tools AS tools
        INNER JOIN runs ON runs.run_id = tools.run_id
        WHERE tools.experiment_id = {experiment:String}
        GROUP BY
            runs.policy_id,
            tools.tool_name
    )
SELECT
    policy_id,
    tool_name,
    n_calls,
    n_failure_known,
    n_failed,
    n_failed / nullIf(n_failure_known, 0),
    n_nonzero_exit_known,
    n_nonzero_exits,
    n_nonzero_exits / nullIf(n_nonzero_exit_known, 0),
    n_retry_known,
    n_retries,
    n_timed,
    if(n_timed = 0, NULL, latency_quantiles[1]),
    if(n_timed = 0, NULL, latency_quantiles[2]),
    if(n_timed = 0, NULL, latency_quantiles[3])
FROM called
ORDER BY
    policy_id,
    tool_name
"""


def rates(rows: Rows, job: Job, *keys: str) -> list[Record]:
    """Success rates of the job's trials by policy, task, both or neither."""
    return _ask(rows, job, _RATES_SQL, keys, _RATES)


def spent(rows: Rows, job: Job, *keys: str) -> list[Record]:
    """Tokens and cost of the job's runs by policy, task, both or neither."""
    return _ask(rows, job, _SPENT_SQL, keys, _SPENT, facts="fct_runs")


def spent_on_models(rows: Rows, job: Job) -> list[Record]:
    """Tokens and cost by policy and model."""
    sql = _SPENT_SQL.replace("%(job)s", _RUN_OF_JOB)
    return _ask(rows, job, sql, ("policy_id", "model"), _SPENT, facts="fct_run_model_usage")


def tools(rows: Rows, job: Job) -> list[Record]:
    """How each policy used each tool."""
    return _ask(rows, job, _TOOLS_SQL, ("policy_id", "tool_name"), _TOOLS)


def _ask(  # noqa: PLR0913, PLR0917 - a statement and the names of what it answers
    rows: Rows,
    job: Job,
    sql: str,
    keys: tuple[str, ...],
    names: tuple[str, ...],
    facts: str = "",
) -> list[Record]:
    by = keys or ("{job:String}",)
    text = sql % {"keys": ", ".join(by), "job": _OF_JOB, "facts": facts}
    params = {name: text_param(value) for name, value in params_of(job).items()}
    found = rows(text, params)
    columns = (*(keys or ("job_id",)), *names)
    return [dict(zip(columns, row, strict=True)) for row in found]
