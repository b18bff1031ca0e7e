-- question:     What did each compaction or truncation of a context cost, what did it save, and what did it do to the cache?
-- grain:        one row per context_decision of the experiment whose kind is compaction or truncation
-- keys:         run_id, emitter, epoch, seq
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; ratios 0 to 1; turn_no of the turn before it, from 1 (0: before all)
-- denominators: cache_hit_ratio_before and _after = cache_read_tokens / (input_tokens + cache_read_tokens + cache_write_tokens) over
--               the n_turns_before and n_turns_after, at most 3, nearest turns of the same agent that state any of these.
--               NULL when the denominator is 0, and where none of these turns states cache_read_tokens
-- late, duplicate, missing: turns are those of the agent whose context it was, as sum_turns says. context_tokens_before and _after
--               are the fill after the turn before it and the turn after it, tokens_before and tokens_after what the decision says;
--               tokens_removed what it says, else their difference; NULL, as is all that it saved, of a decision that failed
--               (success false), which ends nothing either. n_turns_until_next counts the turns until the agent's next decision
--               of these kinds that did not fail, or so far; tokens_saved = tokens_removed * n_turns_until_next, as if each
--               turn would have read them once. They would have been read from the cache or anew: saved_nano_aiu_cached and
--               saved_nano_aiu_uncached price them so, by the price book, for the model of the turn after it; without a turn
--               after it nothing is saved yet: 0. cost_nano_aiu is what the decision itself cost, stated or derived;
--               net_saved_nano_aiu = saved_nano_aiu_cached - cost_nano_aiu, the least it saved. cache_tokens_lost =
--               cache_hit_ratio_before * what the turns after it read - what they read from the cache. Every attempt counts,
--               also open ones (n_incomplete, of the policy); the attempts of excluded trials (n_excluded) and superseded runs do not
-- operational:  no
CREATE OR REPLACE VIEW rpt_compactions AS
WITH
    made AS
    (
        SELECT
            runs.job_id AS job_id,
            runs.policy_id AS policy_id,
            runs.task_id AS task_id,
            runs.trial_no AS trial_no,
            runs.attempt AS attempt,
            runs.n_incomplete AS n_incomplete,
            runs.n_excluded AS n_excluded,
            sessions.run_id AS run_id,
            decision,
            coalesce(decision.model, runs.model) AS model,
            runs.model_prices[indexOf(runs.model_prices.model, ifNull(model, ''))] AS price,
            runs.model_prices[indexOf(runs.model_prices.model, ifNull(coalesce(decision.next_model, runs.model), ''))] AS next_price,
            if(
                isNotNull(decision.nano_aiu),
                toUInt128(decision.nano_aiu),
                if(isNull(decision.input_tokens) OR isNull(decision.output_tokens), NULL, toUInt128(0))
                    + if(ifNull(decision.input_tokens, 0) = 0, 0, toUInt128(decision.input_tokens) * price.3)
                    + if(ifNull(decision.cache_read_tokens, 0) = 0, 0, toUInt128(decision.cache_read_tokens) * price.4)
                    + if(ifNull(decision.cache_write_tokens, 0) = 0, 0, toUInt128(decision.cache_write_tokens) * price.5)
                    + if(ifNull(decision.output_tokens, 0) = 0, 0, toUInt128(decision.output_tokens) * price.6)
            ) AS cost_nano_aiu,
            toInt128(decision.tokens_removed) * decision.n_turns_until_next AS tokens_saved
        FROM sum_sessions AS sessions
        INNER JOIN ${database}.fct_policy_runs(experiment = {experiment:String}) AS runs ON runs.run_id = sessions.run_id
        ARRAY JOIN sessions.compactions AS decision
        WHERE sessions.experiment_id = {experiment:String} AND NOT runs.is_excluded
    )
SELECT
    job_id,
    policy_id,
    task_id,
    trial_no,
    attempt,
    n_incomplete,
    n_excluded,
    run_id,
    decision.place AS place,
    decision.emitter AS emitter,
    decision.epoch AS epoch,
    decision.seq AS seq,
    decision.ts AS ts,
    decision.agent_id AS agent_id,
    decision.kind AS kind,
    decision.success AS success,
    decision.algorithm AS algorithm,
    decision.turn_no AS turn_no,
    decision.context_tokens_before AS context_tokens_before,
    decision.context_tokens_after AS context_tokens_after,
    decision.tokens_before AS tokens_before,
    decision.tokens_after AS tokens_after,
    decision.tokens_removed AS tokens_removed,
    decision.token_limit AS token_limit,
    decision.messages_before AS messages_before,
    decision.messages_after AS messages_after,
    model,
    decision.input_tokens AS input_tokens,
    decision.cache_read_tokens AS cache_read_tokens,
    decision.cache_write_tokens AS cache_write_tokens,
    decision.output_tokens AS output_tokens,
    cost_nano_aiu,
    cost_nano_aiu / 1000000000 AS cost_aiu,
    decision.duration_ms AS duration_ms,
    decision.n_turns_until_next AS n_turns_until_next,
    tokens_saved,
    if(decision.has_turn_after, tokens_saved * next_price.4, tokens_saved) AS saved_nano_aiu_cached,
    if(decision.has_turn_after, tokens_saved * next_price.3, tokens_saved) AS saved_nano_aiu_uncached,
    saved_nano_aiu_cached - toInt128(cost_nano_aiu) AS net_saved_nano_aiu,
    decision.n_turns_before AS n_turns_before,
    decision.n_turns_after AS n_turns_after,
    decision.cache_tokens_before / nullIf(decision.prompt_tokens_before, 0) AS cache_hit_ratio_before,
    decision.cache_tokens_after / nullIf(decision.prompt_tokens_after, 0) AS cache_hit_ratio_after,
    cache_hit_ratio_after - cache_hit_ratio_before AS cache_hit_ratio_change,
    if(
        decision.n_turns_after = 0,
        NULL,
        cache_hit_ratio_before * decision.prompt_tokens_after - decision.cache_tokens_after
    ) AS cache_tokens_lost
FROM made
ORDER BY
    policy_id,
    task_id,
    toString(run_id),
    place;
