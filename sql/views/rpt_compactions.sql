-- question:     What did each compaction or truncation of a context cost, what did it save, and what did it do to the cache?
-- grain:        one row per context_decision of the experiment whose kind is compaction or truncation
-- keys:         run_id, emitter, epoch, seq
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; ratios 0 to 1; turn_no of the turn before it, from 1 (0: before all)
-- denominators: cache_hit_ratio_before and _after = cache_read_tokens / (input_tokens + cache_read_tokens + cache_write_tokens) over
--               the n_turns_before and n_turns_after, at most 3, nearest turns of the same agent that state any of these.
--               NULL when the denominator is 0, and where none of these turns states cache_read_tokens
-- late, duplicate, missing: turns are those of the agent whose context it was, as fct_turns_of says. context_tokens_before and _after
--               are the fill after the turn before it and the turn after it, tokens_before and tokens_after what the decision says;
--               tokens_removed what it says, else their difference; NULL, as is all that it saved, of a decision that failed
--               (success false), which ends nothing either. n_turns_until_next counts the turns until the agent's next decision
--               of these kinds that did not fail, or so far; tokens_saved = tokens_removed * n_turns_until_next, as if each
--               turn would have read them once. They would have been read from the cache or anew: saved_nano_aiu_cached and
--               saved_nano_aiu_uncached price them so, by the price book, for the model of the turn after it; without a turn
--               after it nothing is saved yet: 0. cost_nano_aiu is what the decision itself cost, stated or derived;
--               net_saved_nano_aiu = saved_nano_aiu_cached - cost_nano_aiu, the least it saved. cache_tokens_lost =
--               cache_hit_ratio_before * what the turns after it read - what they read from the cache. Every attempt counts,
--               also open ones; the attempts of excluded trials and superseded runs do not
-- operational:  no
CREATE OR REPLACE VIEW rpt_compactions AS
WITH
    stated AS
    (
        SELECT
            run_id,
            emitter,
            epoch,
            seq,
            success,
            algorithm,
            tokens_before,
            tokens_after,
            coalesce(
                toInt64(tokens_removed),
                toInt64(tokens_before) - toInt64(tokens_after)
            ) AS removed,
            messages_before,
            messages_after,
            token_limit
        FROM stg_context_decisions
        WHERE experiment_id = {experiment:String}
            AND kind IN ('compaction', 'truncation')
    ),
    decided AS
    (
        SELECT
            runs.job_id AS job_id,
            runs.policy_id AS policy_id,
            runs.task_id AS task_id,
            runs.trial_no AS trial_no,
            runs.attempt AS attempt,
            entries.run_id AS run_id,
            entries.place AS place,
            entries.emitter AS emitter,
            entries.epoch AS epoch,
            entries.seq AS seq,
            entries.ts AS ts,
            entries.agent_id AS agent_id,
            entries.name AS kind,
            entries.model AS model,
            entries.input_tokens AS input_tokens,
            entries.cache_read_tokens AS cache_read_tokens,
            entries.cache_write_tokens AS cache_write_tokens,
            entries.output_tokens AS output_tokens,
            entries.cost_nano_aiu AS cost_nano_aiu,
            entries.duration_ms AS duration_ms,
            stated.success AS success,
            ifNull(stated.success, true) AS is_done,
            stated.algorithm AS algorithm,
            stated.tokens_before AS tokens_before,
            stated.tokens_after AS tokens_after,
            if(is_done, stated.removed, NULL) AS tokens_removed,
            stated.messages_before AS messages_before,
            stated.messages_after AS messages_after,
            stated.token_limit AS token_limit,
            minIf(entries.place, is_done) OVER
            (
                PARTITION BY
                    entries.run_id,
                    entries.agent_id
                ORDER BY entries.place
                ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
            ) AS next_place
        FROM ${database}.fct_turn_entries_of(
            experiment = {experiment:String},
            -- No runs at all would mean all; there is none with this id.
            run_ids = (SELECT arrayPushFront(groupUniqArray(stated.run_id), toUUIDOrZero('')) FROM stated)
        ) AS entries
        INNER JOIN stated
            ON stated.run_id = entries.run_id
            AND stated.emitter = entries.emitter
            AND stated.epoch = entries.epoch
            AND stated.seq = entries.seq
        INNER JOIN fct_attempts AS runs
            ON runs.experiment_id = entries.experiment_id
            AND runs.run_id = entries.run_id
        WHERE entries.entry = 'context_decision'
            AND NOT runs.is_excluded
    ),
    agents AS
    (
        SELECT
            turns.run_id AS run_id,
            ifNull(turns.agent_id, '') AS agent,
            arraySort(
                groupArray(
                    tuple(
                        turns.place,
                        turns.turn_no,
                        turns.context_tokens,
                        turns.prompt_tokens,
                        turns.cache_read_tokens,
                        turns.token_prices
                    )
                )
            ) AS turns
        FROM ${database}.fct_turns_of(
            experiment = {experiment:String},
            run_ids = (SELECT arrayPushFront(groupUniqArray(stated.run_id), toUUIDOrZero('')) FROM stated)
        ) AS turns
        GROUP BY
            turns.run_id,
            turns.agent_id
    ),
    surrounded AS
    (
        SELECT
            decided.*,
            arrayFilter(turn -> turn.1 < decided.place, agents.turns) AS turns_before,
            arrayFilter(turn -> turn.1 > decided.place, agents.turns) AS turns_after,
            arrayCount(turn -> decided.next_place = 0 OR turn.1 < decided.next_place, turns_after) AS n_turns_until_next,
            arraySlice(arrayFilter(turn -> isNotNull(turn.4), turns_before), -3) AS known_before,
            arraySlice(arrayFilter(turn -> isNotNull(turn.4), turns_after), 1, 3) AS known_after,
            arraySum(turn -> assumeNotNull(turn.4), known_before) AS prompt_before,
            arraySum(turn -> assumeNotNull(turn.4), known_after) AS prompt_after,
            arrayFilter(turn -> isNotNull(turn.5), known_before) AS cached_known_before,
            arrayFilter(turn -> isNotNull(turn.5), known_after) AS cached_known_after,
            if(empty(cached_known_before), NULL, arraySum(turn -> assumeNotNull(turn.5), cached_known_before)) AS cached_before,
            if(empty(cached_known_after), NULL, arraySum(turn -> assumeNotNull(turn.5), cached_known_after)) AS cached_after,
            toInt128(decided.tokens_removed) * n_turns_until_next AS tokens_saved
        FROM decided
        LEFT JOIN agents
            ON agents.run_id = decided.run_id
            AND agents.agent = ifNull(decided.agent_id, '')
    )
SELECT
    made.job_id AS job_id,
    made.policy_id AS policy_id,
    made.task_id AS task_id,
    made.trial_no AS trial_no,
    made.attempt AS attempt,
    made.run_id AS run_id,
    made.place AS place,
    made.emitter AS emitter,
    made.epoch AS epoch,
    made.seq AS seq,
    made.ts AS ts,
    made.agent_id AS agent_id,
    made.kind AS kind,
    made.success AS success,
    made.algorithm AS algorithm,
    if(empty(made.turns_before), 0, made.turns_before[-1].2) AS turn_no,
    if(empty(made.turns_before), NULL, made.turns_before[-1].3) AS context_tokens_before,
    if(empty(made.turns_after), NULL, made.turns_after[1].3) AS context_tokens_after,
    made.tokens_before AS tokens_before,
    made.tokens_after AS tokens_after,
    made.tokens_removed AS tokens_removed,
    made.token_limit AS token_limit,
    made.messages_before AS messages_before,
    made.messages_after AS messages_after,
    made.model AS model,
    made.input_tokens AS input_tokens,
    made.cache_read_tokens AS cache_read_tokens,
    made.cache_write_tokens AS cache_write_tokens,
    made.output_tokens AS output_tokens,
    made.cost_nano_aiu AS cost_nano_aiu,
    made.cost_nano_aiu / 1000000000 AS cost_aiu,
    made.duration_ms AS duration_ms,
    made.n_turns_until_next AS n_turns_until_next,
    made.tokens_saved AS tokens_saved,
    if(empty(made.turns_after), made.tokens_saved, made.tokens_saved * made.turns_after[1].6.3) AS saved_nano_aiu_cached,
    if(empty(made.turns_after), made.tokens_saved, made.tokens_saved * made.turns_after[1].6.2) AS saved_nano_aiu_uncached,
    saved_nano_aiu_cached - toInt128(made.cost_nano_aiu) AS net_saved_nano_aiu,
    length(made.known_before) AS n_turns_before,
    length(made.known_after) AS n_turns_after,
    made.cached_before / nullIf(made.prompt_before, 0) AS cache_hit_ratio_before,
    made.cached_after / nullIf(made.prompt_after, 0) AS cache_hit_ratio_after,
    cache_hit_ratio_after - cache_hit_ratio_before AS cache_hit_ratio_change,
    if(n_turns_after = 0, NULL, cache_hit_ratio_before * made.prompt_after - made.cached_after) AS cache_tokens_lost
FROM surrounded AS made
ORDER BY
    policy_id,
    task_id,
    toString(run_id),
    place;
