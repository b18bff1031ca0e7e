-- question:     How does the context grow from turn to turn, and what does each turn cost?
-- grain:        one row per policy of the experiment and turn 1 to 500 of the main agent, as far as any run comes
-- keys:         policy_id, agent_turn_no
-- units:        tokens as counts; AIU in 10^9 nano-AIU; ratio and share 0 to 1; agent_turn_no from 1, as in rpt_run_turns
-- denominators: n_runs come to this turn; run_share = n_runs / the n_runs of turn 1. context_tokens_ are over the n_with_context runs
--               that state the fill after the turn, percentiles exact, interpolated; mean_prompt_tokens, mean_output_tokens and
--               mean_cost_aiu over those that state them (n_with_prompt, n_with_output, n_with_cost), with prompt_tokens =
--               input_tokens + cache_read_tokens + cache_write_tokens as far as stated; cache_hit_ratio =
--               cache_read_tokens / prompt_tokens, all runs together. NULL when the denominator is 0
-- late, duplicate, missing: turns as fct_session_turns says; sub-agents have contexts of their own and are left out. Later turns are those
--               of long runs: compare only what has the same runs. Every attempt counts, also open ones (n_incomplete, of the
--               whole policy); the attempts of excluded trials (n_excluded) and superseded runs do not
-- operational:  no
CREATE OR REPLACE VIEW rpt_context_growth AS
WITH
    turns AS
    (
        SELECT
            policy_id,
            n_incomplete,
            n_excluded,
            agent_turn_no,
            context_tokens,
            prompt_tokens,
            cache_read_tokens,
            output_tokens,
            cost_nano_aiu
        FROM ${database}.fct_session_turns(experiment = {experiment:String})
        ARRAY JOIN
            arrayEnumerate(turn_context_tokens) AS agent_turn_no,
            turn_context_tokens AS context_tokens,
            turn_prompt_tokens AS prompt_tokens,
            turn_cache_read_tokens AS cache_read_tokens,
            turn_output_tokens AS output_tokens,
            turn_costs_nano_aiu AS cost_nano_aiu
        WHERE agent_turn_no <= 500
    ),
    summed AS
    (
        SELECT
            turns.policy_id AS policy_id,
            turns.agent_turn_no AS agent_turn_no,
            max(turns.n_incomplete) AS n_incomplete,
            max(turns.n_excluded) AS n_excluded,
            count() AS n_runs,
            arraySort(groupArray(turns.context_tokens)) AS contexts,
            count(turns.prompt_tokens) AS n_with_prompt,
            sum(turns.prompt_tokens) AS prompt_tokens,
            sum(turns.cache_read_tokens) AS cache_read_tokens,
            count(turns.output_tokens) AS n_with_output,
            sum(turns.output_tokens) AS output_tokens,
            count(turns.cost_nano_aiu) AS n_with_cost,
            sum(turns.cost_nano_aiu) AS cost_nano_aiu
        FROM turns
        GROUP BY
            turns.policy_id,
            turns.agent_turn_no
    ),
    measured AS
    (
        SELECT
            *,
            max(n_runs) OVER (PARTITION BY policy_id) AS n_runs_of_policy,
            length(contexts) AS n_with_context,
            arrayReduce('quantilesExactInclusive(0.1, 0.5, 0.9)', contexts) AS quantiles
        FROM summed
    )
SELECT
    measured.policy_id AS policy_id,
    measured.agent_turn_no AS agent_turn_no,
    measured.n_runs AS n_runs,
    measured.n_runs / nullIf(measured.n_runs_of_policy, 0) AS run_share,
    measured.n_incomplete AS n_incomplete,
    measured.n_excluded AS n_excluded,
    measured.n_with_context AS n_with_context,
    arraySum(measured.contexts) / nullIf(measured.n_with_context, 0) AS context_tokens_mean,
    if(measured.n_with_context = 0, NULL, measured.quantiles[1]) AS context_tokens_p10,
    if(measured.n_with_context = 0, NULL, measured.quantiles[2]) AS context_tokens_p50,
    if(measured.n_with_context = 0, NULL, measured.quantiles[3]) AS context_tokens_p90,
    if(measured.n_with_context = 0, NULL, measured.contexts[-1]) AS context_tokens_max,
    measured.n_with_prompt AS n_with_prompt,
    measured.prompt_tokens / nullIf(measured.n_with_prompt, 0) AS mean_prompt_tokens,
    measured.cache_read_tokens / nullIf(measured.prompt_tokens, 0) AS cache_hit_ratio,
    measured.n_with_output AS n_with_output,
    measured.output_tokens / nullIf(measured.n_with_output, 0) AS mean_output_tokens,
    measured.n_with_cost AS n_with_cost,
    measured.cost_nano_aiu / nullIf(measured.n_with_cost, 0) / 1000000000 AS mean_cost_aiu
FROM measured
ORDER BY
    policy_id,
    agent_turn_no;
