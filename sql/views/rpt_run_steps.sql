-- question:     What did each step of a run do, use and cost, and how full was the context after it?
-- grain:        one row per step that counts of the run run_id, superseded or not
-- keys:         place
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; aiu in AIU; _ms in milliseconds; reward in the environment's own
--               scale; place and turn_no from 1
-- denominators: cache_hit_ratio = cache_read_tokens / (input_tokens + cache_read_tokens + cache_write_tokens). NULL when the
--               denominator is 0
-- late, duplicate, missing: steps that repeat earlier ones (is_copied_context) are left out. place counts steps, tool calls and
--               context decisions in their order (sum_turn_entries), so steps leave numbers to the others; turn_no is that of
--               rpt_run_turns, NULL for users' and systems' steps and where no turn is named. model is the one the step names,
--               else the run's. cost_nano_aiu is what the step states; where no step of the run states any, what the price book
--               makes of it: NULL unless input and output are known and each bucket with tokens has a price.
--               total_tokens_so_far and cost_nano_aiu_so_far add up the steps until here
-- operational:  no
CREATE OR REPLACE VIEW rpt_run_steps AS
WITH
    -- As one value, which costs less to plan than a join. Rows lie by experiment: without it all are searched for the run.
    (
        SELECT tuple(max(toString(experiment_id)), max(model), argMax(model_prices, run_id))
        FROM sum_runs
        WHERE run_id = {run_id:UUID}
    ) AS run,
    run.2 AS model_of_run,
    run.3 AS prices,
    entries AS
    (
        SELECT
            place,
            turn_no,
            emitter,
            epoch,
            seq
        FROM sum_entry_turns
        WHERE experiment_id = run.1 AND run_id = {run_id:UUID} AND entry = 'step'
    ),
    priced AS
    (
        SELECT
            *,
            coalesce(toNullable(toString(steps.model)), model_of_run) AS model_priced,
            prices[indexOf(prices.1, ifNull(model_priced, ''))] AS price,
            if(
                isNull(coalesce(input_tokens, cache_read_tokens, cache_write_tokens, output_tokens)),
                NULL,
                ifNull(input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_tokens, 0) + ifNull(output_tokens, 0)
            ) AS total_tokens,
            if(
                countIf(isNotNull(nano_aiu)) OVER () > 0,
                toUInt128(nano_aiu),
                if(isNull(input_tokens) OR isNull(output_tokens), NULL, toUInt128(0))
                    + if(ifNull(input_tokens, 0) = 0, 0, toUInt128(input_tokens) * price.3)
                    + if(ifNull(cache_read_tokens, 0) = 0, 0, toUInt128(cache_read_tokens) * price.4)
                    + if(ifNull(cache_write_tokens, 0) = 0, 0, toUInt128(cache_write_tokens) * price.5)
                    + if(ifNull(output_tokens, 0) = 0, 0, toUInt128(output_tokens) * price.6)
            ) AS cost_nano_aiu
        FROM stg_steps AS steps
        WHERE experiment_id = run.1
            AND run_id = {run_id:UUID}
            AND ifNull(is_copied_context, false) = false
    )
SELECT
    entries.place AS place,
    entries.turn_no AS turn_no,
    steps.step_no AS step_no,
    steps.ts AS ts,
    steps.emitter AS emitter,
    steps.epoch AS epoch,
    steps.seq AS seq,
    steps.step_id AS step_id,
    steps.agent_id AS agent_id,
    toString(steps.kind) AS kind,
    steps.model_priced AS model,
    steps.llm_calls AS llm_calls,
    steps.input_tokens AS input_tokens,
    steps.cache_read_tokens AS cache_read_tokens,
    steps.cache_write_tokens AS cache_write_tokens,
    steps.output_tokens AS output_tokens,
    steps.reasoning_tokens AS reasoning_tokens,
    steps.total_tokens AS total_tokens,
    steps.cache_read_tokens / nullIf(
        ifNull(steps.input_tokens, 0) + steps.cache_read_tokens + ifNull(steps.cache_write_tokens, 0),
        0
    ) AS cache_hit_ratio,
    steps.nano_aiu AS nano_aiu,
    steps.cost_nano_aiu AS cost_nano_aiu,
    steps.cost_nano_aiu / 1000000000 AS cost_aiu,
    sum(steps.total_tokens) OVER so_far AS total_tokens_so_far,
    sum(steps.cost_nano_aiu) OVER so_far AS cost_nano_aiu_so_far,
    steps.context_tokens AS context_tokens,
    steps.context_limit_tokens AS context_limit_tokens,
    steps.duration_ms AS duration_ms,
    steps.api_time_ms AS api_time_ms,
    steps.time_to_first_token_ms AS time_to_first_token_ms,
    steps.finish_reason AS finish_reason,
    steps.content_bytes AS content_bytes,
    steps.action_type AS action_type,
    steps.action_path AS action_path,
    steps.reward AS reward,
    steps.cumulative_reward AS cumulative_reward,
    steps.test_pass_rate AS test_pass_rate,
    steps.error AS error,
    steps.security_flags AS security_flags
FROM priced AS steps
INNER JOIN entries
    ON entries.emitter = steps.emitter
    AND entries.epoch = steps.epoch
    AND entries.seq = steps.seq
WINDOW so_far AS (ORDER BY entries.place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
ORDER BY place;
