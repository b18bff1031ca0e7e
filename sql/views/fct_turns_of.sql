-- question:     What did each turn use, cost and call, and how full was the context after it?
-- grain:        one row per turn; of one experiment, of some runs, or of both
-- keys:         experiment_id, run_id, turn_no
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; _ms in milliseconds; turn_no and agent_turn_no from 1; calls in
--               order of name: (tool, whether it failed, bytes of its result); token_prices as fct_turn_entries_of has them
-- denominators: none
-- late, duplicate, missing: what a turn is and what belongs to it, fct_turn_entries_of says; the parameters are the same. turn is the
--               source's own number, turn_no the place among the run's turns in the order in which they begin, agent_turn_no
--               that among the turns of its agent; the main agent is the one whose turn comes first. Usage and cost add up what
--               is known of its steps; a bucket that none of them states is NULL. context_tokens is the fill that its last step
--               with any states; duration_ms adds up its steps, not its calls; token_prices
--               are those of its last step, else of the run's main model
-- operational:  no
CREATE OR REPLACE VIEW fct_turns_of AS
WITH
    summed AS
    (
        SELECT
            entries.experiment_id AS experiment_id,
            entries.run_id AS run_id,
            assumeNotNull(entries.turn_no) AS turn_no,
            min(entries.turn_place) AS place,
            min(entries.agent_id) AS agent_id,
            min(entries.turn) AS turn,
            countIf(entries.entry = 'step') AS n_steps,
            countIf(entries.entry = 'tool_call') AS n_tool_calls,
            countIf(ifNull(entries.has_failed, false)) AS n_tool_failures,
            sum(entries.input_tokens) AS input_tokens,
            sum(entries.cache_read_tokens) AS cache_read_tokens,
            sum(entries.cache_write_tokens) AS cache_write_tokens,
            sum(entries.output_tokens) AS output_tokens,
            sum(entries.reasoning_tokens) AS reasoning_tokens,
            sum(toUInt128(entries.nano_aiu)) AS nano_aiu,
            sum(entries.cost_nano_aiu) AS cost_nano_aiu,
            argMaxIf(entries.context_tokens, entries.place, isNotNull(entries.context_tokens)) AS context_tokens,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            arraySort(groupArrayIf(entries.duration_ms, entries.entry = 'step')) AS durations_ms,
            sum(entries.result_bytes) AS result_bytes,
            argMax(entries.token_prices, tuple(entries.entry = 'step', entries.place)) AS token_prices,
            arraySort(
                groupArrayIf(
                    tuple(
                        entries.name,
                        ifNull(entries.has_failed, false),
                        entries.result_bytes
                    ),
                    entries.entry = 'tool_call'
                )
            ) AS calls
        FROM ${database}.fct_turn_entries_of(
            experiment = {experiment:String},
            run_ids = {run_ids:Array(UUID)}
        ) AS entries
        WHERE isNotNull(entries.turn_no)
        GROUP BY
            entries.experiment_id,
            entries.run_id,
            entries.turn_no
    )
SELECT
    experiment_id,
    run_id,
    turn_no,
    place,
    agent_id,
    turn,
    row_number() OVER (PARTITION BY experiment_id, run_id, agent_id ORDER BY turn_no) AS agent_turn_no,
    min(turn_no) OVER (PARTITION BY experiment_id, run_id, agent_id) = 1 AS is_main_agent,
    count() OVER (PARTITION BY experiment_id, run_id) AS n_turns,
    n_steps,
    n_tool_calls,
    n_tool_failures,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    reasoning_tokens,
    if(
        isNull(coalesce(input_tokens, cache_read_tokens, cache_write_tokens)),
        NULL,
        ifNull(input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_tokens, 0)
    ) AS prompt_tokens,
    if(isNull(coalesce(prompt_tokens, output_tokens)), NULL, ifNull(prompt_tokens, 0) + ifNull(output_tokens, 0))
        AS total_tokens,
    nano_aiu,
    cost_nano_aiu,
    context_tokens,
    if(empty(durations_ms), NULL, arraySum(durations_ms)) AS duration_ms,
    result_bytes,
    token_prices,
    calls
FROM summed;
