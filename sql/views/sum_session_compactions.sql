-- question:     What did the turns of each run use, and what did compactions do to its contexts?
-- grain:        one row per run that has a turn, a call or a decision
-- keys:         experiment_id, run_id
-- units:        as sum_session_turns; compactions: one entry per context_decision whose kind is compaction or truncation, in order of
--               place; tokens as counts, turn_no from 1 (0: before all turns)
-- denominators: none
-- late, duplicate, missing: as sum_session_turns. The turns around a compaction are those of the agent whose context it was; a
--               decision that failed (success false) removes nothing and ends nothing. n_turns_until_next counts the turns until
--               the agent's next decision of these kinds that did not fail, or so far; the sums before and after it are over the
--               n_turns_before and n_turns_after, at most 3, nearest turns that state any tokens that they read. What a
--               decision costs is what it states, else to be derived from its tokens; next_model is the model of the turn
--               after it, if that names one
-- operational:  no
CREATE OR REPLACE VIEW sum_session_compactions AS
WITH
    surrounded AS
    (
        SELECT
            *,
            -- Whether each did not fail, and what the turns of its agent before and after it were.
            arrayMap(made -> ifNull(made.15.1, true), made_compactions) AS are_done,
            arrayMap(
                made -> arrayFilter(turn -> turn.3 = ifNull(made.6, '') AND turn.2 < made.1, contexts),
                made_compactions
            ) AS turns_before,
            arrayMap(
                made -> arrayFilter(turn -> turn.3 = ifNull(made.6, '') AND turn.2 > made.1, contexts),
                made_compactions
            ) AS turns_after,
            arrayMap(
                made -> arrayMin(
                    other -> other.1,
                    arrayFilter(
                        other -> ifNull(other.6, '') = ifNull(made.6, '') AND other.1 > made.1 AND ifNull(other.15.1, true),
                        made_compactions
                    )
                ),
                made_compactions
            ) AS next_places,
            arrayMap(turns -> arraySlice(arrayFilter(turn -> isNotNull(turn.5), turns), -3), turns_before) AS known_before,
            arrayMap(turns -> arraySlice(arrayFilter(turn -> isNotNull(turn.5), turns), 1, 3), turns_after) AS known_after
        FROM sum_session_turns
    )
SELECT
    experiment_id,
    run_id,
    priced_models,
    turn_prompt_tokens,
    turn_cache_read_tokens,
    turn_output_tokens,
    turn_context_tokens,
    turn_nano_aiu,
    turn_usages,
    phases,
    tools,
    CAST(
        arrayMap(
            (made, is_done, before, after, next_place, nearest_before, nearest_after) -> tuple(
                made.1,
                made.2,
                made.3,
                made.4,
                made.5,
                made.6,
                made.7,
                made.15.1,
                made.15.2,
                if(empty(before), 0, before[-1].1),
                if(empty(before), NULL, before[-1].4),
                if(empty(after), NULL, after[1].4),
                made.15.3,
                made.15.4,
                if(is_done, coalesce(toInt64(made.15.5), toInt64(made.15.3) - toInt64(made.15.4)), NULL),
                made.15.8,
                made.15.6,
                made.15.7,
                made.8,
                made.9,
                made.10,
                made.11,
                made.12,
                made.13,
                made.14,
                arrayCount(turn -> next_place = 0 OR turn.2 < next_place, after),
                notEmpty(after),
                if(empty(after), NULL, after[1].7),
                length(nearest_before),
                length(nearest_after),
                arraySum(turn -> assumeNotNull(turn.5), nearest_before),
                arraySum(turn -> assumeNotNull(turn.5), nearest_after),
                arrayReduce('sum', nearest_before.6),
                arrayReduce('sum', nearest_after.6)
            ),
            made_compactions,
            are_done,
            turns_before,
            turns_after,
            next_places,
            known_before,
            known_after
        ),
        'Array(Tuple(
            place UInt64,
            emitter LowCardinality(String),
            epoch UInt64,
            seq UInt64,
            ts DateTime64(6, ''UTC''),
            agent_id Nullable(String),
            kind LowCardinality(String),
            success Nullable(Bool),
            algorithm Nullable(String),
            turn_no UInt64,
            context_tokens_before Nullable(UInt64),
            context_tokens_after Nullable(UInt64),
            tokens_before Nullable(UInt64),
            tokens_after Nullable(UInt64),
            tokens_removed Nullable(Int64),
            token_limit Nullable(UInt64),
            messages_before Nullable(UInt32),
            messages_after Nullable(UInt32),
            model Nullable(String),
            input_tokens Nullable(UInt64),
            cache_read_tokens Nullable(UInt64),
            cache_write_tokens Nullable(UInt64),
            output_tokens Nullable(UInt64),
            nano_aiu Nullable(UInt64),
            duration_ms Nullable(Float64),
            n_turns_until_next UInt64,
            has_turn_after Bool,
            next_model Nullable(String),
            n_turns_before UInt8,
            n_turns_after UInt8,
            prompt_tokens_before UInt64,
            prompt_tokens_after UInt64,
            cache_tokens_before Nullable(UInt64),
            cache_tokens_after Nullable(UInt64)
        ))'
    ) AS compactions
FROM surrounded
SETTINGS analyzer_inline_views = 1;
