-- question:     What did each turn use, cost and call, and how full was the context after it?
-- grain:        one row per turn; of one experiment, of some runs, or of both
-- keys:         experiment_id, run_id, turn_no
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; the rest as sum_turns_of
-- denominators: none
-- late, duplicate, missing: as sum_turns_of; the parameters are the same. cost_nano_aiu is what the steps state; where no step of the run
--               states any, what the price book makes of the tokens of each: unknown unless input and output are known and each
--               bucket with tokens has a price. The price is that of the model that the step names, else of the run's
--               main model, on the day the run started. result_bytes adds up the calls that state a size
-- operational:  no
CREATE OR REPLACE VIEW fct_turns_of AS
WITH
    runs AS
    (
        SELECT
            experiment_id,
            run_id,
            model,
            model_prices
        FROM sum_runs
        WHERE ({experiment:String} = '' OR experiment_id = {experiment:String})
            AND (empty({run_ids:Array(UUID)}) OR run_id IN {run_ids:Array(UUID)})
    )
SELECT
    turns.experiment_id AS experiment_id,
    turns.run_id AS run_id,
    assumeNotNull(turns.turn_no) AS turn_no,
    turns.agent_id AS agent_id,
    turns.turn AS turn,
    turns.agent_turn_no AS agent_turn_no,
    turns.is_main_agent AS is_main_agent,
    turns.phase AS phase,
    turns.n_steps AS n_steps,
    turns.n_tool_calls AS n_tool_calls,
    turns.n_tool_failures AS n_tool_failures,
    turns.input_tokens AS input_tokens,
    turns.cache_read_tokens AS cache_read_tokens,
    turns.cache_write_tokens AS cache_write_tokens,
    turns.output_tokens AS output_tokens,
    turns.reasoning_tokens AS reasoning_tokens,
    if(
        isNull(coalesce(turns.input_tokens, turns.cache_read_tokens, turns.cache_write_tokens)),
        NULL,
        ifNull(turns.input_tokens, 0) + ifNull(turns.cache_read_tokens, 0) + ifNull(turns.cache_write_tokens, 0)
    ) AS prompt_tokens,
    if(isNull(coalesce(prompt_tokens, turns.output_tokens)), NULL, ifNull(prompt_tokens, 0) + ifNull(turns.output_tokens, 0))
        AS total_tokens,
    turns.nano_aiu AS nano_aiu,
    if(
        empty(turns.usages),
        turns.nano_aiu,
        arrayReduce(
            'sum',
            arrayMap(
                (usage, price) -> if(usage.2 = 0, 0, toUInt128(usage.2) * price.3)
                    + if(usage.3 = 0, 0, toUInt128(usage.3) * price.4)
                    + if(usage.4 = 0, 0, toUInt128(usage.4) * price.5)
                    + if(usage.5 = 0, 0, toUInt128(usage.5) * price.6),
                turns.usages,
                arrayMap(
                    usage -> runs.model_prices[indexOf(runs.model_prices.model, ifNull(coalesce(usage.1, runs.model), ''))],
                    turns.usages
                )
            )
        )
    ) AS cost_nano_aiu,
    turns.context_tokens AS context_tokens,
    turns.duration_ms AS duration_ms,
    arrayReduce('sum', turns.calls.3) AS result_bytes
FROM ${database}.sum_turns_of(
    experiment = {experiment:String},
    run_ids = {run_ids:Array(UUID)}
) AS turns
INNER JOIN runs
    ON runs.experiment_id = turns.experiment_id
    AND runs.run_id = turns.run_id
WHERE isNotNull(turns.turn_no);
