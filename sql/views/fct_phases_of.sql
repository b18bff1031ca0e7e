-- question:     What did each fifth of a run's turns use, cost and call?
-- grain:        one row per run of five turns or more and phase 1 to 5; of one experiment, of some runs, or of both
-- keys:         experiment_id, run_id, phase
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; _ms in milliseconds; turn_from and turn_to as turn_no
-- denominators: none
-- late, duplicate, missing: turns and their phases as fct_turns_of and sum_turns_of say; the parameters are the same. They are called
--               'early', 'early_mid', 'mid', 'later_mid' and 'later'; a run of fewer turns has none. What no turn states is NULL;
--               context_tokens is the fill after the last turn of the main agent that states one
-- operational:  no
CREATE OR REPLACE VIEW fct_phases_of AS
WITH
    summed AS
    (
        SELECT
            turns.experiment_id AS experiment_id,
            turns.run_id AS run_id,
            turns.phase AS phase,
            min(turns.turn_no) AS turn_from,
            max(turns.turn_no) AS turn_to,
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
            argMaxIf(
                turns.context_tokens,
                turns.turn_no,
                turns.is_main_agent AND isNotNull(turns.context_tokens)
            ) AS context_tokens,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            arraySort(groupArray(turns.duration_ms)) AS durations_ms
        FROM ${database}.fct_turns_of(experiment = {experiment:String}, run_ids = {run_ids:Array(UUID)}) AS turns
        WHERE turns.phase > 0
        GROUP BY
            turns.experiment_id,
            turns.run_id,
            turns.phase
    )
SELECT
    experiment_id,
    run_id,
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
    cost_nano_aiu,
    context_tokens,
    if(empty(durations_ms), NULL, arraySum(durations_ms)) AS duration_ms
FROM summed;
