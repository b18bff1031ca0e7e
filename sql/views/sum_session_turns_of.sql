-- question:     What did each turn of these runs use and call, and how full was the context after it?
-- grain:        one row per run of run_ids that has a turn
-- keys:         experiment_id, run_id
-- units:        arrays have an entry per turn, in order of turn_no: turn_agent_nos counts the turns of its agent from 1; tokens as
--               counts; turn_nano_aiu in 10^-9 AIU as steps state it, exact; turn_durations_ms in milliseconds; turn_calls in order
--               of name; turn_usages: (model, input, cache_read, cache_write and output tokens) of each step whose cost is to
--               be derived
-- denominators: none
-- late, duplicate, missing: what a turn is and what belongs to it, sum_turn_entries_of says; the main agent is the one whose turn
--               comes first. A bucket that none of the turn's steps states is NULL; the fill of the context is that which the
--               last step with any states, turn_context_tokens_added how much fuller it is after the agent's next turn. Only
--               steps that state input and output can have a cost derived, where no step of the run states one; a
--               model that a step does not name is NULL. Durations add up the steps, not the calls
-- operational:  no
CREATE OR REPLACE VIEW sum_session_turns_of AS
WITH
    summed AS
    (
        SELECT
            entries.experiment_id AS experiment_id,
            entries.run_id AS run_id,
            assumeNotNull(entries.turn_no) AS turn_no,
            min(entries.agent_id) AS agent_id,
            arraySort(
                groupArrayIf(
                    tuple(entries.name, ifNull(entries.has_failed, false), entries.result_bytes),
                    entries.entry = 'tool_call'
                )
            ) AS calls,
            sum(entries.input_tokens) AS input_tokens,
            sum(entries.cache_read_tokens) AS cache_read_tokens,
            sum(entries.cache_write_tokens) AS cache_write_tokens,
            sum(entries.output_tokens) AS output_tokens,
            sum(entries.reasoning_tokens) AS reasoning_tokens,
            sum(toUInt128(entries.nano_aiu)) AS nano_aiu,
            arraySort(
                groupArrayIf(
                    tuple(
                        entries.model,
                        ifNull(entries.input_tokens, 0),
                        ifNull(entries.cache_read_tokens, 0),
                        ifNull(entries.cache_write_tokens, 0),
                        ifNull(entries.output_tokens, 0)
                    ),
                    NOT entries.has_stated_costs AND isNotNull(entries.input_tokens) AND isNotNull(entries.output_tokens)
                )
            ) AS usages,
            argMaxIf(entries.context_tokens, entries.place, isNotNull(entries.context_tokens)) AS context_tokens,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            arraySort(groupArrayIf(entries.duration_ms, entries.entry = 'step')) AS durations_ms
        FROM ${database}.sum_turn_entries_of(
            experiment = '',
            -- No runs at all would mean all; there is none with this id.
            run_ids = arrayPushFront({run_ids:Array(UUID)}, toUUIDOrZero(''))
        ) AS entries
        WHERE isNotNull(entries.turn_no)
        GROUP BY
            entries.experiment_id,
            entries.run_id,
            entries.turn_no
    ),
    turns AS
    (
        SELECT
            *,
            row_number() OVER of_agent AS agent_turn_no,
            min(turn_no) OVER of_agent = 1 AS is_main_agent,
            if(empty(durations_ms), NULL, arraySum(durations_ms)) AS duration_ms,
            if(
                turn_no = max(turn_no) OVER (PARTITION BY experiment_id, run_id, agent_id),
                NULL,
                toInt64(leadInFrame(context_tokens) OVER until_end) - toInt64(context_tokens)
            ) AS context_tokens_added
        FROM summed
        WINDOW
            of_agent AS (
                PARTITION BY experiment_id, run_id, agent_id
                ORDER BY turn_no
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ),
            until_end AS (
                PARTITION BY experiment_id, run_id, agent_id
                ORDER BY turn_no
                ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
            )
    ),
    sessions AS
    (
        SELECT
            experiment_id,
            run_id,
            arraySort(
                turn -> turn.1,
                groupArray(
                    tuple(
                        turn_no,
                        agent_turn_no,
                        is_main_agent,
                        calls,
                        input_tokens,
                        cache_read_tokens,
                        cache_write_tokens,
                        output_tokens,
                        reasoning_tokens,
                        nano_aiu,
                        usages,
                        context_tokens,
                        context_tokens_added,
                        duration_ms
                    )
                )
            ) AS turns
        FROM turns
        GROUP BY
            experiment_id,
            run_id
    )
SELECT
    experiment_id,
    run_id,
    CAST(turns.2, 'Array(UInt32)') AS turn_agent_nos,
    CAST(turns.3, 'Array(Bool)') AS turn_are_main,
    CAST(turns.4, 'Array(Array(Tuple(tool_name LowCardinality(String), has_failed Bool, result_bytes Nullable(UInt64))))') AS turn_calls,
    CAST(turns.5, 'Array(Nullable(UInt64))') AS turn_input_tokens,
    CAST(turns.6, 'Array(Nullable(UInt64))') AS turn_cache_read_tokens,
    CAST(turns.7, 'Array(Nullable(UInt64))') AS turn_cache_write_tokens,
    CAST(turns.8, 'Array(Nullable(UInt64))') AS turn_output_tokens,
    CAST(turns.9, 'Array(Nullable(UInt64))') AS turn_reasoning_tokens,
    CAST(turns.10, 'Array(Nullable(UInt128))') AS turn_nano_aiu,
    CAST(
        turns.11,
        'Array(Array(Tuple(
            model LowCardinality(Nullable(String)),
            input_tokens UInt64,
            cache_read_tokens UInt64,
            cache_write_tokens UInt64,
            output_tokens UInt64
        )))'
    ) AS turn_usages,
    CAST(turns.12, 'Array(Nullable(UInt64))') AS turn_context_tokens,
    CAST(turns.13, 'Array(Nullable(Int64))') AS turn_context_tokens_added,
    CAST(turns.14, 'Array(Nullable(Float64))') AS turn_durations_ms
FROM sessions;
