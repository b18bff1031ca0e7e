-- question:     In which phase of a run is what used and spent?
-- grain:        one row per phase, 1 to 5, of the run run_id, superseded or not; none for a run of fewer than five turns
-- keys:         phase
-- units:        tokens as counts; cost_nano_aiu in 10^-9 AIU, exact; aiu in AIU; _ms in milliseconds; shares and ratios 0 to 1;
--               turn_from and turn_to as turn_no of rpt_run_turns
-- denominators: output_share, token_share and cost_share = the phase's / the sum over the run's five phases; cache_hit_ratio =
--               cache_read_tokens / (input_tokens + cache_read_tokens + cache_write_tokens). NULL when the denominator is 0
-- late, duplicate, missing: turns and their phases as fct_turns_of and sum_turns say, the same as those of `benchwire analyze`;
--               of a run that still goes on they are those of its turns so far. What no turn states is NULL; context_tokens is
--               the fill after the last turn of the main agent that states one
-- operational:  no
CREATE OR REPLACE VIEW rpt_run_phases AS
WITH
    summed AS
    (
        SELECT
            phase,
            min(turn_no) AS turn_from,
            max(turn_no) AS turn_to,
            count() AS n_turns,
            sum(turns.n_tool_calls) AS n_tool_calls,
            sum(turns.n_tool_failures) AS n_tool_failures,
            sum(turns.input_tokens) AS input_tokens,
            sum(turns.cache_read_tokens) AS cache_read_tokens,
            sum(turns.cache_write_tokens) AS cache_write_tokens,
            sum(turns.output_tokens) AS output_tokens,
            sum(turns.reasoning_tokens) AS reasoning_tokens,
            sum(turns.total_tokens) AS total_tokens,
            sum(turns.cost_nano_aiu) AS cost_nano_aiu,
            argMaxIf(turns.context_tokens, turn_no, is_main_agent AND isNotNull(turns.context_tokens)) AS context_tokens,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            arraySort(groupArray(duration_ms)) AS durations_ms
        FROM ${database}.fct_turns_of(run_id = {run_id:UUID}) AS turns
        WHERE phase > 0
        GROUP BY phase
    )
SELECT
    phase,
    ['early', 'early_mid', 'mid', 'later_mid', 'later'][phase] AS name,
    turn_from,
    turn_to,
    n_turns,
    n_tool_calls,
    n_tool_failures,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    reasoning_tokens,
    total_tokens,
    cache_read_tokens / nullIf(ifNull(input_tokens, 0) + cache_read_tokens + ifNull(cache_write_tokens, 0), 0) AS cache_hit_ratio,
    cost_nano_aiu,
    cost_nano_aiu / 1000000000 AS cost_aiu,
    output_tokens / nullIf(sum(output_tokens) OVER (), 0) AS output_share,
    total_tokens / nullIf(sum(total_tokens) OVER (), 0) AS token_share,
    cost_nano_aiu / nullIf(sum(cost_nano_aiu) OVER (), 0) AS cost_share,
    context_tokens,
    if(empty(durations_ms), NULL, arraySum(durations_ms)) AS duration_ms
FROM summed
ORDER BY phase;
