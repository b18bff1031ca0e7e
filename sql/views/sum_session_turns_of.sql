-- question:     What did each turn of these runs use and call, how full was the context after it, and what did compactions do to it?
-- grain:        one row per run of run_ids that has a turn, a call or a decision
-- keys:         experiment_id, run_id
-- units:        arrays that begin with turn_ have an entry per turn, in order of turn_no: what sum_turns_of says of it (turn_agent_nos:
--               agent_turn_no). compactions have one per context_decision whose kind is compaction or truncation, in order of
--               place; tokens as counts, turn_no from 1 (0: before all turns)
-- denominators: none
-- late, duplicate, missing: as sum_turns_of. The turns around a compaction are those of the agent whose context it was; a decision that
--               failed (success false) removes nothing and ends nothing. n_turns_until_next counts the turns until the agent's
--               next decision of these kinds that did not fail, or so far; the sums before and after it are over the
--               n_turns_before and n_turns_after, at most 3, nearest turns that state any tokens that they read. What a
--               decision costs is what it states, else to be derived from its tokens; next_model is the model of the turn
--               after it, if that names one
-- operational:  no
CREATE OR REPLACE VIEW sum_session_turns_of AS
WITH
    sessions AS
    (
        SELECT
            turns.experiment_id AS experiment_id,
            turns.run_id AS run_id,
            arraySort(
                turn -> turn.1,
                groupArrayIf(
                    tuple(
                        assumeNotNull(turns.turn_no),
                        turns.agent_turn_no,
                        turns.is_main_agent,
                        turns.phase,
                        turns.calls,
                        turns.input_tokens,
                        turns.cache_read_tokens,
                        turns.cache_write_tokens,
                        turns.output_tokens,
                        turns.reasoning_tokens,
                        turns.nano_aiu,
                        turns.usages,
                        turns.context_tokens,
                        turns.context_tokens_added,
                        turns.duration_ms,
                        turns.n_tool_calls,
                        turns.n_tool_failures
                    ),
                    isNotNull(turns.turn_no)
                )
            ) AS turns,
            arraySort(
                turn -> turn.1,
                groupArrayIf(
                    tuple(
                        assumeNotNull(turns.turn_no),
                        turns.place,
                        ifNull(turns.agent_id, ''),
                        turns.context_tokens,
                        if(
                            isNull(coalesce(turns.input_tokens, turns.cache_read_tokens, turns.cache_write_tokens)),
                            NULL,
                            ifNull(turns.input_tokens, 0) + ifNull(turns.cache_read_tokens, 0) + ifNull(turns.cache_write_tokens, 0)
                        ),
                        turns.cache_read_tokens,
                        turns.model
                    ),
                    isNotNull(turns.turn_no)
                )
            ) AS contexts,
            groupArrayArray(turns.compactions) AS made_compactions
        FROM ${database}.sum_turns_of(
            experiment = '',
            -- No runs at all would mean all; there is none with this id.
            run_ids = arrayPushFront({run_ids:Array(UUID)}, toUUIDOrZero(''))
        ) AS turns
        GROUP BY
            turns.experiment_id,
            turns.run_id
    ),
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
        FROM sessions
    )
SELECT
    experiment_id,
    run_id,
    CAST(turns.2, 'Array(UInt32)') AS turn_agent_nos,
    CAST(turns.3, 'Array(Bool)') AS turn_are_main,
    turns.4 AS turn_phases,
    CAST(turns.5, 'Array(Array(Tuple(tool_name LowCardinality(String), has_failed Bool, result_bytes Nullable(UInt64))))') AS turn_calls,
    CAST(turns.16, 'Array(UInt32)') AS turn_tool_calls,
    CAST(turns.17, 'Array(UInt32)') AS turn_tool_failures,
    CAST(turns.6, 'Array(Nullable(UInt64))') AS turn_input_tokens,
    CAST(turns.7, 'Array(Nullable(UInt64))') AS turn_cache_read_tokens,
    CAST(turns.8, 'Array(Nullable(UInt64))') AS turn_cache_write_tokens,
    CAST(turns.9, 'Array(Nullable(UInt64))') AS turn_output_tokens,
    CAST(turns.10, 'Array(Nullable(UInt64))') AS turn_reasoning_tokens,
    CAST(turns.11, 'Array(Nullable(UInt128))') AS turn_nano_aiu,
    CAST(
        turns.12,
        'Array(Array(Tuple(
            model LowCardinality(Nullable(String)),
            input_tokens UInt64,
            cache_read_tokens UInt64,
            cache_write_tokens UInt64,
            output_tokens UInt64
        )))'
    ) AS turn_usages,
    CAST(turns.13, 'Array(Nullable(UInt64))') AS turn_context_tokens,
    CAST(turns.14, 'Array(Nullable(Int64))') AS turn_context_tokens_added,
    CAST(turns.15, 'Array(Nullable(Float64))') AS turn_durations_ms,
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
FROM surrounded;
