-- question:     How many steps and turns did each of these runs take, and what do its steps add up to?
-- grain:        one row per run of run_ids that has a step that counts
-- keys:         experiment_id, run_id
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, nano_usd in 10^-9 US dollars, both exact; _ms in milliseconds;
--               usages in order of model: (0, model, tokens of input, cache_read, cache_write, output, reasoning,
--               nano_aiu, nano_usd, requests)
-- denominators: none
-- late, duplicate, missing: every step counts, of whatever kind, but steps that repeat earlier ones (is_copied_context); a
--               turn is a distinct (agent_id, turn); a bucket that no step states is NULL; is_stated says that
--               any step states a bucket or cost. models are those that any step names. usages has what steps state of each
--               model, with an entry whose model is NULL for steps without one; cost_source is 'derived' where who emitted any
--               cost derived it
-- operational:  no
CREATE OR REPLACE VIEW sum_run_steps_of AS
WITH
    per_model AS
    (
        SELECT
            taken.experiment_id AS experiment_id,
            taken.run_id AS run_id,
            toNullable(toString(taken.model)) AS step_model,
            count() AS n_steps,
            uniqExactStateIf(tuple(taken.agent_id, taken.turn), isNotNull(taken.turn)) AS turn_states,
            sum(taken.input_tokens) AS sum_input_tokens,
            sum(taken.cache_read_tokens) AS sum_cache_read_tokens,
            sum(taken.cache_write_tokens) AS sum_cache_write_tokens,
            sum(taken.output_tokens) AS sum_output_tokens,
            sum(taken.reasoning_tokens) AS sum_reasoning_tokens,
            sum(toUInt128(taken.nano_aiu)) AS sum_nano_aiu,
            sum(toUInt128(taken.nano_usd)) AS sum_nano_usd,
            -- 'derived' is the greater of the two words.
            maxIf(taken.cost_source, isNotNull(taken.nano_aiu)) AS max_cost_source,
            sum(taken.llm_calls) AS sum_llm_calls,
            sumIf(
                taken.llm_calls,
                isNotNull(
                    coalesce(
                        taken.input_tokens,
                        taken.cache_read_tokens,
                        taken.cache_write_tokens,
                        taken.output_tokens,
                        taken.reasoning_tokens,
                        taken.nano_aiu,
                        taken.nano_usd
                    )
                )
            ) AS sum_stated_llm_calls,
            max(taken.context_tokens) AS max_context_tokens,
            groupArray(taken.api_time_ms) AS api_times_ms
        FROM stg_steps AS taken
        WHERE taken.run_id IN {run_ids:Array(UUID)}
            AND ifNull(taken.is_copied_context, false) = false
        GROUP BY
            taken.experiment_id,
            taken.run_id,
            taken.model
    )
SELECT
    experiment_id,
    run_id,
    1 AS is_there,
    sum(n_steps) AS steps,
    nullIf(uniqExactMerge(turn_states), 0) AS turns,
    sum(sum_input_tokens) AS input_tokens,
    sum(sum_cache_read_tokens) AS cache_read_tokens,
    sum(sum_cache_write_tokens) AS cache_write_tokens,
    sum(sum_output_tokens) AS output_tokens,
    sum(sum_reasoning_tokens) AS reasoning_tokens,
    sum(sum_nano_aiu) AS nano_aiu,
    sum(sum_nano_usd) AS nano_usd,
    toNullable(toString(max(max_cost_source))) AS cost_source,
    sum(sum_llm_calls) AS llm_calls,
    max(max_context_tokens) AS peak_context_tokens,
    -- Added up in order of size: a sum of floats depends on its order, and threads have none.
    if(empty(groupArrayArray(api_times_ms) AS times_ms), NULL, arraySum(arraySort(times_ms))) AS api_time_ms,
    arraySort(groupArray(step_model)) AS models,
    count(step_model) AS n_models,
    if(n_models = 1, min(step_model), NULL) AS only_model,
    arraySort(
        each -> each.2,
        groupArrayIf(
            tuple(
                toUInt32(0),
                step_model,
                sum_input_tokens,
                sum_cache_read_tokens,
                sum_cache_write_tokens,
                sum_output_tokens,
                sum_reasoning_tokens,
                sum_nano_aiu,
                sum_nano_usd,
                sum_stated_llm_calls
            ),
            isNotNull(
                coalesce(
                    sum_input_tokens,
                    sum_cache_read_tokens,
                    sum_cache_write_tokens,
                    sum_output_tokens,
                    sum_reasoning_tokens,
                    sum_nano_aiu,
                    sum_nano_usd
                )
            )
        )
    ) AS usages,
    isNotNull(
        coalesce(
            input_tokens,
            cache_read_tokens,
            cache_write_tokens,
            output_tokens,
            reasoning_tokens,
            nano_aiu,
            nano_usd
        )
    ) AS is_stated
FROM per_model
GROUP BY
    experiment_id,
    run_id;
