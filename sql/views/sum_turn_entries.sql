-- question:     In which order did the steps, tool calls and context decisions of a run come, and which turn does each belong to?
-- grain:        one row per step that counts, tool_call and context_decision
-- keys:         experiment_id, run_id, place
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; _ms in milliseconds; place from 1
-- denominators: none
-- late, duplicate, missing: superseded runs are here, steps that repeat earlier ones (is_copied_context) are not. place: by time,
--               but no clock changes the order in which one epoch of an emitter sent (an entry stands at the latest time it had
--               reached; smith and otlp do not number their events: time alone counts), then by (epoch, emitter, seq). A turn is
--               that of an agent: (agent_id, turn_key). A call that names none belongs to that of its agent's last step before it
--               which has its step_id and names one; decisions, users' and systems' steps and what names no turn belong to none. In
--               a run that names no turns at all each step (step_id) of an agent is one. said is what only some entries say, and is
--               only handed on: (model; input, cache_read, cache_write, output and reasoning tokens; context tokens; duration_ms;
--               name: the kind of a step or decision, the tool of a call; of a call whether it has failed, bytes of its result; of
--               a decision success, algorithm, tokens before, after and removed, messages before and after, token limit). Of what
--               an event does not say the column is NULL. Ask for few runs, by experiment_id and run_id: what they sent is read
--               event by event.
-- operational:  no
CREATE OR REPLACE VIEW sum_turn_entries AS
WITH
    -- One tuple instead of columns: planning pays for each column at each level.
    entries AS
    (
        SELECT
            experiment_id,
            run_id,
            CAST('step', 'Enum8(''step'' = 1, ''tool_call'' = 2, ''context_decision'' = 3)') AS entry,
            emitter,
            epoch,
            seq,
            ts,
            step_id,
            agent_id,
            turn,
            kind NOT IN ('user', 'system') AS is_of_turns,
            nano_aiu,
            tuple(
                toNullable(toString(model)),
                input_tokens,
                cache_read_tokens,
                cache_write_tokens,
                output_tokens,
                reasoning_tokens,
                context_tokens,
                duration_ms,
                toString(kind),
                CAST(NULL, 'Nullable(Bool)'),
                CAST(NULL, 'Nullable(UInt64)'),
                tuple(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
            ) AS said,
            ifNull(is_copied_context, false) AS is_copied
        FROM stg_steps
        UNION ALL
        SELECT
            experiment_id,
            run_id,
            CAST('tool_call', 'Enum8(''step'' = 1, ''tool_call'' = 2, ''context_decision'' = 3)') AS entry,
            emitter,
            epoch,
            seq,
            ts,
            step_id,
            agent_id,
            turn,
            true AS is_of_turns,
            CAST(NULL, 'Nullable(UInt64)') AS nano_aiu,
            tuple(
                CAST(NULL, 'Nullable(String)'),
                CAST(NULL, 'Nullable(UInt64)'),
                CAST(NULL, 'Nullable(UInt64)'),
                CAST(NULL, 'Nullable(UInt64)'),
                CAST(NULL, 'Nullable(UInt64)'),
                CAST(NULL, 'Nullable(UInt64)'),
                CAST(NULL, 'Nullable(UInt64)'),
                latency_ms,
                toString(name),
                coalesce(failed, exit_kind != 'ok'),
                result_bytes,
                tuple(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
            ) AS said,
            false AS is_copied
        FROM stg_tool_calls
        UNION ALL
        SELECT
            experiment_id,
            run_id,
            CAST('context_decision', 'Enum8(''step'' = 1, ''tool_call'' = 2, ''context_decision'' = 3)') AS entry,
            emitter,
            epoch,
            seq,
            ts,
            step_id,
            agent_id,
            turn,
            false AS is_of_turns,
            nano_aiu,
            tuple(
                toNullable(toString(model)),
                input_tokens,
                cache_read_tokens,
                cache_write_tokens,
                output_tokens,
                reasoning_tokens,
                CAST(NULL, 'Nullable(UInt64)'),
                duration_ms,
                toString(kind),
                CAST(NULL, 'Nullable(Bool)'),
                CAST(NULL, 'Nullable(UInt64)'),
                tuple(
                    success,
                    toNullable(toString(algorithm)),
                    tokens_before,
                    tokens_after,
                    tokens_removed,
                    messages_before,
                    messages_after,
                    token_limit
                )
            ) AS said,
            false AS is_copied
        FROM stg_context_decisions
    ),
    reached AS
    (
        SELECT
            *,
            max(ts) OVER
            (
                PARTITION BY
                    experiment_id,
                    run_id,
                    epoch,
                    emitter
                ORDER BY
                    -- Emitters of foreign streams do not count their events: their seq is a digest.
                    if(emitter IN ('smith', 'otlp'), toUInt64(toUnixTimestamp64Micro(ts)), seq),
                    entry
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS reached_at
        FROM entries
    ),
    placed AS
    (
        SELECT
            *,
            row_number() OVER of_run AS place,
            -- A turn that a call takes over from a step is one that the step names itself.
            countIf(is_of_turns AND isNotNull(turn)) OVER of_run > 0 AS has_turns
        FROM reached
        WHERE NOT is_copied
        WINDOW of_run AS (
            PARTITION BY experiment_id, run_id
            ORDER BY reached_at, epoch, emitter, seq, entry
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        )
    )
SELECT
    experiment_id,
    run_id,
    place,
    entry,
    emitter,
    epoch,
    seq,
    ts,
    agent_id,
    turn,
    if(
        is_of_turns,
        coalesce(
            concat(
                'turn ',
                toString(
                    coalesce(
                        turn,
                        if(
                            entry = 'tool_call' AND isNotNull(step_id),
                            argMaxIf(turn, place, entry = 'step' AND is_of_turns) OVER earlier,
                            NULL
                        )
                    )
                )
            ),
            multiIf(
                has_turns, NULL,
                isNotNull(step_id) AND countIf(entry = 'step' AND is_of_turns) OVER earlier > 0, concat('step ', step_id),
                entry = 'step', concat('place ', toString(place)),
                NULL
            )
        ),
        NULL
    ) AS turn_key,
    nano_aiu,
    said
FROM placed
WINDOW earlier AS (
    PARTITION BY experiment_id, run_id, agent_id, step_id
    ORDER BY place
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
);
