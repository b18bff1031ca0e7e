-- question:     What does each policy spend, on what became of it, and how well does it use the cache?
-- grain:        one row per experiment and policy
-- keys:         experiment_id, policy_id
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; aiu in AIU; ratios and shares 0 to 1
-- denominators: a run that states 0 tokens and no cost asked no model and is in no ratio. cost_aiu_per_run and tokens_per_run
--               divide by the runs whose cost or tokens are known (n_runs_with_cost, n_runs_with_tokens), per_solve the same sums
--               by the solved trials among them (n_resolved_with_cost, n_resolved_with_tokens); percentiles are over the
--               n_runs_with_cost runs, exact, interpolated. cache_hit_ratio = cache_read_tokens / (input_tokens +
--               cache_read_tokens + cache_write_tokens); output_share = output_tokens / total_tokens, over the runs that state
--               output_tokens; cost_aiu_per_1000_output_tokens is over the n_runs_with_cost_and_output that state both.
--               wasted_share = (cost of unresolved trials + cost of earlier attempts) / cost_nano_aiu: whether the cost of
--               ungraded and open trials is wasted, nobody knows yet. NULL when the denominator is 0
-- late, duplicate, missing: every attempt counts, also earlier ones and open ones (n_incomplete); the attempts of excluded trials
--               are left out and counted in n_excluded; superseded runs count nowhere; what nobody states is NULL.
--               cost_nano_aiu is what runs state, else what the price book derives (fct_runs): n_runs = n_cost_declared +
--               n_cost_derived + n_cost_unknown. It is the sum of what resolved, unresolved, ungraded and open trials cost in
--               their final attempts, and of what earlier attempts cost (cost_nano_aiu_of_)
-- operational:  no
CREATE OR REPLACE VIEW rpt_policy_economics AS
WITH
    judged AS
    (
        SELECT
            runs.experiment_id AS experiment_id,
            runs.policy_id AS policy_id,
            runs.is_excluded AS is_excluded,
            runs.is_stopped AS is_stopped,
            runs.is_final_attempt AS is_final_attempt,
            NOT runs.is_excluded AS is_in,
            is_in AND runs.is_final_attempt AND ifNull(runs.success_all, false) AS is_resolved,
            is_in AND runs.is_final_attempt AND ifNull(NOT runs.success_graded, false) AS is_unresolved,
            is_in AND runs.is_final_attempt AND runs.is_stopped AND isNull(runs.success_graded) AS is_ungraded,
            is_in AND (ifNull(runs.total_tokens != 0, true) OR ifNull(runs.cost_nano_aiu != 0, false)) AS is_spender,
            is_spender AND isNotNull(runs.cost_nano_aiu) AS has_cost,
            is_spender AND isNotNull(runs.total_tokens) AS has_tokens,
            has_cost AND isNotNull(runs.output_tokens) AS has_cost_and_output,
            if(is_in, runs.cost_source, NULL) AS cost_source,
            if(is_in, runs.input_tokens, NULL) AS input_tokens,
            if(is_in, runs.cache_read_tokens, NULL) AS cache_read_tokens,
            if(is_in, runs.cache_write_tokens, NULL) AS cache_write_tokens,
            if(is_in, runs.output_tokens, NULL) AS output_tokens,
            if(is_in, runs.reasoning_tokens, NULL) AS reasoning_tokens,
            if(is_in, runs.total_tokens, NULL) AS total_tokens,
            if(is_in, toUInt128(runs.cost_nano_aiu), NULL) AS cost_nano_aiu
        FROM fct_counted_runs AS runs
    ),
    summed AS
    (
        SELECT
            judged.experiment_id AS experiment_id,
            judged.policy_id AS policy_id,
            countIf(judged.is_in) AS n_runs,
            countIf(judged.is_in AND judged.is_final_attempt) AS n_trials,
            countIf(judged.is_resolved) AS n_resolved,
            countIf(judged.is_unresolved) AS n_unresolved,
            countIf(judged.is_ungraded) AS n_ungraded,
            countIf(judged.is_in AND NOT judged.is_stopped) AS n_incomplete,
            countIf(judged.is_excluded) AS n_excluded,
            countIf(ifNull(judged.cost_source = 'declared', false)) AS n_cost_declared,
            countIf(ifNull(judged.cost_source = 'derived', false)) AS n_cost_derived,
            countIf(judged.is_in AND isNull(judged.cost_source)) AS n_cost_unknown,
            countIf(judged.has_cost) AS n_runs_with_cost,
            countIf(judged.has_cost AND judged.is_resolved) AS n_resolved_with_cost,
            countIf(judged.has_tokens) AS n_runs_with_tokens,
            countIf(judged.has_tokens AND judged.is_resolved) AS n_resolved_with_tokens,
            countIf(judged.has_cost_and_output) AS n_runs_with_cost_and_output,
            sum(judged.input_tokens) AS input_tokens,
            sum(judged.cache_read_tokens) AS cache_read_tokens,
            sum(judged.cache_write_tokens) AS cache_write_tokens,
            sum(judged.output_tokens) AS output_tokens,
            sum(judged.reasoning_tokens) AS reasoning_tokens,
            sum(judged.total_tokens) AS total_tokens,
            sumIf(judged.total_tokens, isNotNull(judged.output_tokens)) AS total_tokens_with_output,
            sum(judged.cost_nano_aiu) AS cost_nano_aiu,
            sumIf(judged.cost_nano_aiu, judged.is_resolved) AS cost_nano_aiu_of_resolved,
            sumIf(judged.cost_nano_aiu, judged.is_unresolved) AS cost_nano_aiu_of_unresolved,
            sumIf(judged.cost_nano_aiu, judged.is_ungraded) AS cost_nano_aiu_of_ungraded,
            sumIf(judged.cost_nano_aiu, judged.is_final_attempt AND NOT judged.is_stopped) AS cost_nano_aiu_of_open,
            sumIf(judged.cost_nano_aiu, NOT judged.is_final_attempt) AS cost_nano_aiu_of_earlier_attempts,
            sumIf(judged.cost_nano_aiu, judged.has_cost_and_output) AS cost_nano_aiu_with_output,
            sumIf(judged.output_tokens, judged.has_cost_and_output) AS output_tokens_with_cost,
            arrayMap(
                cost -> cost / 1000000000,
                arraySort(groupArrayIf(assumeNotNull(judged.cost_nano_aiu), judged.has_cost))
            ) AS costs_aiu
        FROM judged
        GROUP BY
            judged.experiment_id,
            judged.policy_id
    )
SELECT
    experiment_id,
    policy_id,
    n_runs,
    n_trials,
    n_resolved,
    n_unresolved,
    n_ungraded,
    n_incomplete,
    n_excluded,
    n_cost_declared,
    n_cost_derived,
    n_cost_unknown,
    n_runs_with_cost,
    n_resolved_with_cost,
    n_runs_with_tokens,
    n_resolved_with_tokens,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    reasoning_tokens,
    total_tokens,
    cache_read_tokens
        / nullIf(ifNull(input_tokens, 0) + cache_read_tokens + ifNull(cache_write_tokens, 0), 0) AS cache_hit_ratio,
    output_tokens / nullIf(total_tokens_with_output, 0) AS output_share,
    cost_nano_aiu,
    cost_nano_aiu / 1000000000 AS cost_aiu,
    cost_nano_aiu_of_resolved,
    cost_nano_aiu_of_unresolved,
    cost_nano_aiu_of_ungraded,
    cost_nano_aiu_of_open,
    cost_nano_aiu_of_earlier_attempts,
    (ifNull(cost_nano_aiu_of_unresolved, 0) + ifNull(cost_nano_aiu_of_earlier_attempts, 0))
        / nullIf(cost_nano_aiu, 0) AS wasted_share,
    cost_nano_aiu / nullIf(n_runs_with_cost, 0) / 1000000000 AS cost_aiu_per_run,
    if(n_runs_with_cost = 0, NULL, arrayReduce('quantileExactInclusive(0.5)', costs_aiu)) AS cost_aiu_p50,
    if(n_runs_with_cost = 0, NULL, arrayReduce('quantileExactInclusive(0.9)', costs_aiu)) AS cost_aiu_p90,
    if(n_runs_with_cost = 0, NULL, costs_aiu[-1]) AS cost_aiu_max,
    cost_nano_aiu / nullIf(n_resolved_with_cost, 0) / 1000000000 AS cost_aiu_per_solve,
    total_tokens / nullIf(n_runs_with_tokens, 0) AS tokens_per_run,
    total_tokens / nullIf(n_resolved_with_tokens, 0) AS tokens_per_solve,
    n_runs_with_cost_and_output,
    cost_nano_aiu_with_output / nullIf(output_tokens_with_cost, 0) / 1000000 AS cost_aiu_per_1000_output_tokens
FROM summed
ORDER BY
    experiment_id,
    policy_id;
