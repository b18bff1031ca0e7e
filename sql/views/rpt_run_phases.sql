-- question:     In which phase of a run is what used and spent?
-- grain:        one row per phase, 1 to 5, of the run run_id, superseded or not; none for a run of fewer than five turns
-- keys:         phase
-- units:        tokens as counts; cost_nano_aiu in 10^-9 AIU, exact; aiu in AIU; _ms in milliseconds; shares and ratios 0 to 1;
--               turn_from and turn_to as turn_no of rpt_run_turns
-- denominators: output_share, token_share and cost_share = the phase's / the sum over the run's five phases; cache_hit_ratio =
--               cache_read_tokens / (input_tokens + cache_read_tokens + cache_write_tokens). NULL when the denominator is 0
-- late, duplicate, missing: phases as fct_phases_of says, the same as those of `benchwire analyze`; of a run that still goes on they
--               are those of its turns so far. What no turn states is NULL
-- operational:  no
CREATE OR REPLACE VIEW rpt_run_phases AS
SELECT
    phases.phase AS phase,
    phases.name AS name,
    phases.turn_from AS turn_from,
    phases.turn_to AS turn_to,
    phases.n_turns AS n_turns,
    phases.n_tool_calls AS n_tool_calls,
    phases.n_tool_failures AS n_tool_failures,
    phases.input_tokens AS input_tokens,
    phases.cache_read_tokens AS cache_read_tokens,
    phases.cache_write_tokens AS cache_write_tokens,
    phases.output_tokens AS output_tokens,
    phases.reasoning_tokens AS reasoning_tokens,
    phases.total_tokens AS total_tokens,
    phases.cache_read_tokens / nullIf(
        ifNull(phases.input_tokens, 0) + phases.cache_read_tokens + ifNull(phases.cache_write_tokens, 0),
        0
    ) AS cache_hit_ratio,
    phases.cost_nano_aiu AS cost_nano_aiu,
    phases.cost_nano_aiu / 1000000000 AS cost_aiu,
    phases.output_tokens / nullIf(sum(phases.output_tokens) OVER (), 0) AS output_share,
    phases.total_tokens / nullIf(sum(phases.total_tokens) OVER (), 0) AS token_share,
    phases.cost_nano_aiu / nullIf(sum(phases.cost_nano_aiu) OVER (), 0) AS cost_share,
    phases.context_tokens AS context_tokens,
    phases.duration_ms AS duration_ms
FROM ${database}.fct_phases_of(
    experiment = (SELECT max(toString(experiment_id)) FROM sum_runs WHERE run_id = {run_id:UUID}),
    run_ids = [{run_id:UUID}]
) AS phases
ORDER BY phase;
