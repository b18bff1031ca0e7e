-- question:     What did each turn of an experiment's runs use, cost and call, and how full was the context after it?
-- grain:        one row per run of the experiment that has a turn and is neither superseded nor of an excluded trial; experiment is
--               a parameter
-- keys:         run_id
-- units:        as sum_session_turns_of; turn_prompt_tokens = input + cache_read + cache_write tokens as far as stated;
--               turn_costs_nano_aiu in 10^-9 AIU, exact; n_runs, n_incomplete and n_excluded are those of the policy
--               (fct_policy_runs)
-- denominators: none
-- late, duplicate, missing: the cost of a turn is what its steps state; where no step of the run states any, what the price book
--               makes of the tokens of each: unknown unless input and output are known and each bucket with tokens has a price.
--               The price is that of the model that the step names, else of the run's main model, on the day the run started
-- operational:  no
CREATE OR REPLACE VIEW fct_session_turns AS
WITH
    arrayDistinct(arrayMap(usage -> usage.1, arrayFlatten(sessions.turn_usages))) AS models,
    arrayMap(
        model -> runs.model_prices[indexOf(runs.model_prices.model, ifNull(coalesce(model, runs.model), ''))],
        models
    ) AS prices
SELECT
    sessions.run_id AS run_id,
    runs.policy_id AS policy_id,
    runs.is_stopped AS is_stopped,
    runs.n_runs AS n_runs,
    runs.n_incomplete AS n_incomplete,
    runs.n_excluded AS n_excluded,
    sessions.turn_agent_nos AS turn_agent_nos,
    sessions.turn_are_main AS turn_are_main,
    sessions.turn_phases AS turn_phases,
    sessions.turn_calls AS turn_calls,
    sessions.turn_tool_calls AS turn_tool_calls,
    sessions.turn_tool_failures AS turn_tool_failures,
    sessions.turn_input_tokens AS turn_input_tokens,
    sessions.turn_cache_read_tokens AS turn_cache_read_tokens,
    sessions.turn_cache_write_tokens AS turn_cache_write_tokens,
    sessions.turn_output_tokens AS turn_output_tokens,
    sessions.turn_reasoning_tokens AS turn_reasoning_tokens,
    arrayMap(
        (input, cache_read, cache_write) -> if(
            isNull(coalesce(input, cache_read, cache_write)),
            NULL,
            ifNull(input, 0) + ifNull(cache_read, 0) + ifNull(cache_write, 0)
        ),
        turn_input_tokens,
        turn_cache_read_tokens,
        turn_cache_write_tokens
    ) AS turn_prompt_tokens,
    arrayMap(
        (stated, usages) -> if(
            empty(usages),
            stated,
            arrayReduce(
                'sum',
                arrayMap(
                    (usage, price) -> if(usage.2 = 0, 0, toUInt128(usage.2) * price.3)
                        + if(usage.3 = 0, 0, toUInt128(usage.3) * price.4)
                        + if(usage.4 = 0, 0, toUInt128(usage.4) * price.5)
                        + if(usage.5 = 0, 0, toUInt128(usage.5) * price.6),
                    usages,
                    arrayMap(usage -> prices[indexOf(models, usage.1)], usages)
                )
            )
        ),
        sessions.turn_nano_aiu,
        sessions.turn_usages
    ) AS turn_costs_nano_aiu,
    sessions.turn_context_tokens AS turn_context_tokens,
    sessions.turn_context_tokens_added AS turn_context_tokens_added,
    sessions.turn_durations_ms AS turn_durations_ms
FROM sum_sessions AS sessions
INNER JOIN ${database}.fct_policy_runs(experiment = {experiment:String}) AS runs ON runs.run_id = sessions.run_id
WHERE sessions.experiment_id = {experiment:String}
    AND NOT runs.is_excluded
    AND notEmpty(sessions.turn_agent_nos);
