-- question:     How many steps and turns did each run take, and what do its steps add up to?
-- grain:        one row per run that has a step
-- keys:         experiment_id, run_id
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, nano_usd in 10^-9 US dollars, both exact; _ms in milliseconds
-- denominators: none
-- late, duplicate, missing: every step counts, of whatever kind, but steps that repeat earlier ones (is_copied_context); a
--               turn is a distinct (agent_id, turn); a bucket that no step states is NULL; is_stated says that
--               any step states a bucket or cost
-- operational:  no
CREATE OR REPLACE VIEW fct_run_step_totals AS
SELECT
    taken.experiment_id AS experiment_id,
    taken.run_id AS run_id,
    count() AS steps,
    nullIf(uniqExactIf(tuple(taken.agent_id, taken.turn), isNotNull(taken.turn)), 0) AS turns,
    sum(taken.input_tokens) AS input_tokens,
    sum(taken.cache_read_tokens) AS cache_read_tokens,
    sum(taken.cache_write_tokens) AS cache_write_tokens,
    sum(taken.output_tokens) AS output_tokens,
    sum(taken.reasoning_tokens) AS reasoning_tokens,
    sum(toUInt128(taken.nano_aiu)) AS nano_aiu,
    sum(toUInt128(taken.nano_usd)) AS nano_usd,
    sum(taken.llm_calls) AS llm_calls,
    max(taken.context_tokens) AS peak_context_tokens,
    -- Added up in order of size: a sum of floats depends on its order, and threads have none.
    if(count(taken.api_time_ms) = 0, NULL, arraySum(arraySort(groupArray(taken.api_time_ms)))) AS api_time_ms,
    if(uniqExact(taken.model) = 1, toNullable(toString(min(taken.model))), NULL) AS only_model,
    count(taken.input_tokens)
        + count(taken.cache_read_tokens)
        + count(taken.cache_write_tokens)
        + count(taken.output_tokens)
        + count(taken.reasoning_tokens)
        + count(taken.nano_aiu)
        + count(taken.nano_usd) > 0 AS is_stated
FROM stg_steps AS taken
WHERE ifNull(taken.is_copied_context, false) = false
GROUP BY
    taken.experiment_id,
    taken.run_id;
