-- question:     What did each fifth of a run's turns use, cost and call?
-- grain:        one row per run of five turns or more and phase 1 to 5; of one experiment, of some runs, or of both
-- keys:         experiment_id, run_id, phase
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; _ms in milliseconds; turn_from and turn_to as turn_no
-- denominators: none
-- late, duplicate, missing: turns as fct_turns_of says; the parameters are the same. Phases are contiguous groups of turns whose
--               sizes differ by one at most, larger ones first ('early', 'early_mid', 'mid', 'later_mid', 'later': Bai et al., How
--               Do AI Agents Spend Your Money?, finding 6; bounds as numpy.array_split's). A run of fewer turns has none. What no
--               turn states is NULL; context_tokens is the fill after the last turn of the main agent that states one
-- operational:  no
CREATE OR REPLACE VIEW fct_phases_of AS
WITH
    phased AS
    (
        SELECT
            turns.experiment_id AS experiment_id,
            turns.run_id AS run_id,
            turns.turn_no AS turn_no,
            intDiv(turns.n_turns, 5) AS size,
            turns.n_turns % 5 AS n_larger,
            toUInt8(
                if(
                    turns.turn_no <= n_larger * (size + 1),
                    intDiv(turns.turn_no - 1, size + 1),
                    n_larger + intDiv(turns.turn_no - 1 - n_larger * (size + 1), greatest(size, 1))
                ) + 1
            ) AS phase,
            turns.is_main_agent AS is_main_agent,
            turns.n_tool_calls AS n_tool_calls,
            turns.n_tool_failures AS n_tool_failures,
            turns.input_tokens AS input_tokens,
            turns.cache_read_tokens AS cache_read_tokens,
            turns.cache_write_tokens AS cache_write_tokens,
            turns.output_tokens AS output_tokens,
            turns.reasoning_tokens AS reasoning_tokens,
            turns.total_tokens AS total_tokens,
            turns.cost_nano_aiu AS cost_nano_aiu,
            turns.context_tokens AS context_tokens,
            turns.duration_ms AS duration_ms
        FROM ${database}.fct_turns_of(experiment = {experiment:String}, run_ids = {run_ids:Array(UUID)}) AS turns
        WHERE turns.n_turns >= 5
    ),
    summed AS
    (
        SELECT
            phased.experiment_id AS experiment_id,
            phased.run_id AS run_id,
            phased.phase AS phase,
            min(phased.turn_no) AS turn_from,
            max(phased.turn_no) AS turn_to,
            count() AS n_turns,
            sum(phased.n_tool_calls) AS n_tool_calls,
            sum(phased.n_tool_failures) AS n_tool_failures,
            sum(phased.input_tokens) AS input_tokens,
            sum(phased.cache_read_tokens) AS cache_read_tokens,
            sum(phased.cache_write_tokens) AS cache_write_tokens,
            sum(phased.output_tokens) AS output_tokens,
            sum(phased.reasoning_tokens) AS reasoning_tokens,
            sum(phased.total_tokens) AS total_tokens,
            sum(phased.cost_nano_aiu) AS cost_nano_aiu,
            argMaxIf(
                phased.context_tokens,
                phased.turn_no,
                phased.is_main_agent AND isNotNull(phased.context_tokens)
            ) AS context_tokens,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            arraySort(groupArray(phased.duration_ms)) AS durations_ms
        FROM phased
        GROUP BY
            phased.experiment_id,
            phased.run_id,
            phased.phase
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
