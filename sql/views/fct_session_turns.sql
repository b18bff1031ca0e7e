-- question:     What did the turns of an experiment's runs use and cost: turn by turn, in each fifth of a run, and for each tool?
-- grain:        one row per run of the experiment that has a turn and is neither superseded nor of an excluded trial; experiment is
--               a parameter
-- keys:         run_id
-- units:        as sum_session_turns; turn_costs_nano_aiu and phase_costs_nano_aiu in 10^-9 AIU, exact; tool_cost_shares in the unit of
--               shares, of 10^-9 AIU; n_runs, n_incomplete and n_excluded are those of the policy (fct_policy_runs)
-- denominators: none
-- late, duplicate, missing: the cost of a turn is what its steps state; where no step of the run states any, what the price book
--               makes of the tokens of each: unknown unless input and output are known and each bucket with tokens has a price.
--               The price is that of the model that the step names, else of the run's main model, on the day the run started.
--               The cost of several turns adds up those that are known; NULL if none is
-- operational:  no
CREATE OR REPLACE VIEW fct_session_turns AS
WITH
    arrayMap(
        model -> runs.model_prices[indexOf(runs.model_prices.model, ifNull(coalesce(model, runs.model), ''))],
        sessions.priced_models
    ) AS prices,
    usages -> arrayReduce(
        'sum',
        arrayMap(
            (usage, price) -> toUInt128(usage.2) * if(usage.2 = 0, 0, price.3)
                + toUInt128(usage.3) * if(usage.3 = 0, 0, price.4)
                + toUInt128(usage.4) * if(usage.4 = 0, 0, price.5)
                + toUInt128(usage.5) * if(usage.5 = 0, 0, price.6),
            usages,
            arrayMap(usage -> prices[indexOf(sessions.priced_models, usage.1)], usages)
        )
    ) AS derived_cost
SELECT
    sessions.run_id AS run_id,
    runs.policy_id AS policy_id,
    runs.is_stopped AS is_stopped,
    runs.n_runs AS n_runs,
    runs.n_incomplete AS n_incomplete,
    runs.n_excluded AS n_excluded,
    sessions.turn_prompt_tokens AS turn_prompt_tokens,
    sessions.turn_cache_read_tokens AS turn_cache_read_tokens,
    sessions.turn_output_tokens AS turn_output_tokens,
    sessions.turn_context_tokens AS turn_context_tokens,
    arrayMap(
        (stated, usages) -> coalesce(stated, derived_cost(usages)),
        sessions.turn_nano_aiu,
        sessions.turn_usages
    ) AS turn_costs_nano_aiu,
    sessions.phases AS phases,
    arrayMap(
        (stated, usages) -> coalesce(stated, derived_cost(usages)),
        sessions.phases.nano_aiu,
        sessions.phases.usages
    ) AS phase_costs_nano_aiu,
    sessions.tools AS tools,
    arrayMap(
        (stated, usages) -> coalesce(stated, derived_cost(usages)),
        sessions.tools.nano_aiu_shares,
        sessions.tools.usages
    ) AS tool_cost_shares
FROM sum_sessions AS sessions
INNER JOIN ${database}.fct_policy_runs(experiment = {experiment:String}) AS runs ON runs.run_id = sessions.run_id
WHERE sessions.experiment_id = {experiment:String}
    AND NOT runs.is_excluded
    AND notEmpty(sessions.tools);
