-- question:     In which phase of a run does each policy use and spend what?
-- grain:        one row per policy and phase, 1 to 5, of the experiment
-- keys:         policy_id, phase
-- units:        tokens as counts; cost_nano_aiu in 10^-9 AIU, exact; AIU in 10^9 nano-AIU; _ms in milliseconds; shares and ratios
--               0 to 1
-- denominators: mean_turns and mean_tool_calls are per run of the n_runs; mean_output_tokens, mean_tokens, mean_cost_aiu,
--               mean_context_tokens and mean_duration_ms over the runs that state them in this phase (n_runs_with_). output_share,
--               token_share and cost_share = the phase's / the sum over the policy's five phases, all runs together;
--               cache_hit_ratio = cache_read_tokens / (input_tokens + cache_read_tokens + cache_write_tokens). NULL when
--               the denominator is 0
-- late, duplicate, missing: phases as sum_turns says. Runs that have ended count, every attempt of them, except those of
--               excluded trials (n_excluded) and superseded ones; the phases of an open run (n_incomplete) are not known yet,
--               and a run of fewer than five turns has none: n_runs is fewer than the policy's. What nobody states is NULL
-- operational:  no
CREATE OR REPLACE VIEW rpt_phase_economics AS
WITH
    phases AS
    (
        SELECT
            policy_id,
            n_incomplete,
            n_excluded,
            toUInt8(phase) AS phase,
            used.n_turns AS n_turns,
            used.n_tool_calls AS n_tool_calls,
            used.n_tool_failures AS n_tool_failures,
            used.input_tokens AS input_tokens,
            used.cache_read_tokens AS cache_read_tokens,
            used.cache_write_tokens AS cache_write_tokens,
            used.output_tokens AS output_tokens,
            used.reasoning_tokens AS reasoning_tokens,
            if(
                isNull(coalesce(input_tokens, cache_read_tokens, cache_write_tokens, output_tokens)),
                NULL,
                ifNull(input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_tokens, 0) + ifNull(output_tokens, 0)
            ) AS total_tokens,
            cost_nano_aiu,
            used.context_tokens AS context_tokens,
            used.duration_ms AS duration_ms
        FROM ${database}.fct_session_turns(experiment = {experiment:String})
        ARRAY JOIN
            arrayEnumerate(phases) AS phase,
            phases AS used,
            phase_costs_nano_aiu AS cost_nano_aiu
        WHERE is_stopped
    ),
    summed AS
    (
        SELECT
            phases.policy_id AS policy_id,
            phases.phase AS phase,
            ['early', 'early_mid', 'mid', 'later_mid', 'later'][phases.phase] AS name,
            max(phases.n_incomplete) AS n_incomplete,
            max(phases.n_excluded) AS n_excluded,
            count() AS n_runs,
            sum(phases.n_turns) AS n_turns,
            sum(phases.n_tool_calls) AS n_tool_calls,
            sum(phases.n_tool_failures) AS n_tool_failures,
            sum(phases.input_tokens) AS input_tokens,
            sum(phases.cache_read_tokens) AS cache_read_tokens,
            sum(phases.cache_write_tokens) AS cache_write_tokens,
            sum(phases.output_tokens) AS output_tokens,
            sum(phases.reasoning_tokens) AS reasoning_tokens,
            sum(phases.total_tokens) AS total_tokens,
            sum(phases.cost_nano_aiu) AS cost_nano_aiu,
            sum(phases.context_tokens) AS context_tokens,
            count(phases.output_tokens) AS n_runs_with_output,
            count(phases.total_tokens) AS n_runs_with_tokens,
            count(phases.cost_nano_aiu) AS n_runs_with_cost,
            count(phases.context_tokens) AS n_runs_with_context,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            arraySort(groupArray(phases.duration_ms)) AS durations_ms
        FROM phases
        GROUP BY
            phases.policy_id,
            phases.phase
    )
SELECT
    summed.policy_id AS policy_id,
    summed.phase AS phase,
    summed.name AS name,
    summed.n_runs AS n_runs,
    summed.n_incomplete AS n_incomplete,
    summed.n_excluded AS n_excluded,
    summed.n_turns / nullIf(summed.n_runs, 0) AS mean_turns,
    summed.n_tool_calls / nullIf(summed.n_runs, 0) AS mean_tool_calls,
    summed.n_tool_calls AS n_tool_calls,
    summed.n_tool_failures AS n_tool_failures,
    summed.input_tokens AS input_tokens,
    summed.cache_read_tokens AS cache_read_tokens,
    summed.cache_write_tokens AS cache_write_tokens,
    summed.output_tokens AS output_tokens,
    summed.reasoning_tokens AS reasoning_tokens,
    summed.total_tokens AS total_tokens,
    summed.cache_read_tokens / nullIf(
        ifNull(summed.input_tokens, 0) + summed.cache_read_tokens + ifNull(summed.cache_write_tokens, 0),
        0
    ) AS cache_hit_ratio,
    summed.n_runs_with_output AS n_runs_with_output,
    summed.output_tokens / nullIf(summed.n_runs_with_output, 0) AS mean_output_tokens,
    summed.output_tokens / nullIf(sum(summed.output_tokens) OVER of_policy, 0) AS output_share,
    summed.n_runs_with_tokens AS n_runs_with_tokens,
    summed.total_tokens / nullIf(summed.n_runs_with_tokens, 0) AS mean_tokens,
    summed.total_tokens / nullIf(sum(summed.total_tokens) OVER of_policy, 0) AS token_share,
    summed.n_runs_with_cost AS n_runs_with_cost,
    summed.cost_nano_aiu AS cost_nano_aiu,
    summed.cost_nano_aiu / nullIf(summed.n_runs_with_cost, 0) / 1000000000 AS mean_cost_aiu,
    summed.cost_nano_aiu / nullIf(sum(summed.cost_nano_aiu) OVER of_policy, 0) AS cost_share,
    summed.n_runs_with_context AS n_runs_with_context,
    summed.context_tokens / nullIf(summed.n_runs_with_context, 0) AS mean_context_tokens,
    length(summed.durations_ms) AS n_runs_with_duration,
    arraySum(summed.durations_ms) / nullIf(n_runs_with_duration, 0) AS mean_duration_ms
FROM summed
WINDOW of_policy AS (PARTITION BY summed.policy_id)
ORDER BY
    policy_id,
    phase;
