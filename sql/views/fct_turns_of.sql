-- question:     What did each turn of a run use, cost and call, and how full was the context after it?
-- grain:        one row per turn of the run run_id
-- keys:         turn_no
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; the rest as sum_turns
-- denominators: none
-- late, duplicate, missing: as sum_turns, of the run's experiment in sum_runs. cost_nano_aiu is what the steps state; where no
--               step of the run states any, what the price book makes of the tokens of each: unknown unless input and output
--               are known and each bucket with tokens has a price. The price is that of the model that the step names, else of
--               the run's main model, on the day the run started. result_bytes adds up the calls that state a size
-- operational:  no
CREATE OR REPLACE VIEW fct_turns_of AS
WITH
    -- As one value, which costs less to plan than a join. Rows lie by experiment: without it all are searched for the run.
    (
        SELECT tuple(max(toString(experiment_id)), max(model), argMax(model_prices, run_id))
        FROM sum_runs
        WHERE run_id = {run_id:UUID}
    ) AS run,
    run.2 AS model_of_run,
    run.3 AS prices
SELECT
    assumeNotNull(turns.turn_no) AS turn_no,
    agent_id,
    turn,
    agent_turn_no,
    is_main_agent,
    phase,
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
    if(isNull(coalesce(prompt_tokens, output_tokens)), NULL, ifNull(prompt_tokens, 0) + ifNull(output_tokens, 0)) AS total_tokens,
    nano_aiu,
    if(
        empty(usages),
        nano_aiu,
        arrayReduce(
            'sum',
            arrayMap(
                (usage, price) -> if(usage.2 = 0, 0, toUInt128(usage.2) * price.3)
                    + if(usage.3 = 0, 0, toUInt128(usage.3) * price.4)
                    + if(usage.4 = 0, 0, toUInt128(usage.4) * price.5)
                    + if(usage.5 = 0, 0, toUInt128(usage.5) * price.6),
                usages,
                arrayMap(usage -> prices[indexOf(prices.1, ifNull(coalesce(usage.1, model_of_run), ''))], usages)
            )
        )
    ) AS cost_nano_aiu,
    context_tokens,
    duration_ms,
    arrayReduce('sum', calls.3) AS result_bytes
FROM sum_turns AS turns
WHERE experiment_id = run.1
    AND run_id = {run_id:UUID}
    AND isNotNull(turns.turn_no);
