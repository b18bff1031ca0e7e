-- question:     In which order did the steps, tool calls and context decisions of a run come?
-- grain:        one row per step that counts, tool_call and context_decision; of one experiment, of some runs, or of both
-- keys:         experiment_id, run_id, entry, emitter, epoch, seq
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; _ms in milliseconds; place from 1
-- denominators: none
-- late, duplicate, missing: experiment '' means any, no run_ids means all; superseded runs are here, steps that repeat earlier ones
--               (is_copied_context) are not. place: by time, but no clock changes the order in which one epoch of an emitter sent (an entry
--               stands at the latest time it had reached; smith and otlp do not number their events: time alone counts), then
--               by (epoch, emitter, seq). name is the kind of a step or decision, the tool of a call; decision is what only
--               decisions say: (success, algorithm, tokens before, after and removed, messages before and after, token limit).
--               Of what an event does not say the column is NULL
-- operational:  no
CREATE OR REPLACE VIEW sum_entries_of AS
WITH
    entries AS
    (
        SELECT
            experiment_id,
            run_id,
            'step' AS entry,
            1 AS entry_order,
            emitter,
            epoch,
            seq,
            ts,
            step_id,
            agent_id,
            turn,
            toString(kind) AS name,
            toNullable(toString(model)) AS model,
            input_tokens,
            cache_read_tokens,
            cache_write_tokens,
            output_tokens,
            reasoning_tokens,
            nano_aiu,
            context_tokens,
            duration_ms,
            CAST(NULL, 'Nullable(Bool)') AS has_failed,
            CAST(NULL, 'Nullable(UInt64)') AS result_bytes,
            tuple(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) AS decision,
            ifNull(is_copied_context, false) AS is_copied
        FROM stg_steps
        WHERE ({experiment:String} = '' OR experiment_id = {experiment:String})
            AND (empty({run_ids:Array(UUID)}) OR run_id IN {run_ids:Array(UUID)})
        UNION ALL
        SELECT
            experiment_id,
            run_id,
            'tool_call' AS entry,
            2 AS entry_order,
            emitter,
            epoch,
            seq,
            ts,
            step_id,
            agent_id,
            turn,
            toString(name) AS name,
            CAST(NULL, 'Nullable(String)') AS model,
            CAST(NULL, 'Nullable(UInt64)') AS input_tokens,
            CAST(NULL, 'Nullable(UInt64)') AS cache_read_tokens,
            CAST(NULL, 'Nullable(UInt64)') AS cache_write_tokens,
            CAST(NULL, 'Nullable(UInt64)') AS output_tokens,
            CAST(NULL, 'Nullable(UInt64)') AS reasoning_tokens,
            CAST(NULL, 'Nullable(UInt64)') AS nano_aiu,
            CAST(NULL, 'Nullable(UInt64)') AS context_tokens,
            latency_ms AS duration_ms,
            coalesce(failed, exit_kind != 'ok') AS has_failed,
            result_bytes,
            tuple(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) AS decision,
            false AS is_copied
        FROM stg_tool_calls
        WHERE ({experiment:String} = '' OR experiment_id = {experiment:String})
            AND (empty({run_ids:Array(UUID)}) OR run_id IN {run_ids:Array(UUID)})
        UNION ALL
        SELECT
            experiment_id,
            run_id,
            'context_decision' AS entry,
            3 AS entry_order,
            emitter,
            epoch,
            seq,
            ts,
            step_id,
            agent_id,
            turn,
            toString(kind) AS name,
            toNullable(toString(model)) AS model,
            input_tokens,
            cache_read_tokens,
            cache_write_tokens,
            output_tokens,
            reasoning_tokens,
            nano_aiu,
            CAST(NULL, 'Nullable(UInt64)') AS context_tokens,
            duration_ms,
            CAST(NULL, 'Nullable(Bool)') AS has_failed,
            CAST(NULL, 'Nullable(UInt64)') AS result_bytes,
            tuple(
                success,
                toNullable(toString(algorithm)),
                tokens_before,
                tokens_after,
                tokens_removed,
                messages_before,
                messages_after,
                token_limit
            ) AS decision,
            false AS is_copied
        FROM stg_context_decisions
        WHERE ({experiment:String} = '' OR experiment_id = {experiment:String})
            AND (empty({run_ids:Array(UUID)}) OR run_id IN {run_ids:Array(UUID)})
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
                    entry_order
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS reached_at
        FROM entries
    )
SELECT
    row_number() OVER
    (
        PARTITION BY
            experiment_id,
            run_id
        ORDER BY
            reached_at,
            epoch,
            emitter,
            seq,
            entry_order
    ) AS place,
    experiment_id,
    run_id,
    entry,
    emitter,
    epoch,
    seq,
    ts,
    step_id,
    agent_id,
    turn,
    name,
    model,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    reasoning_tokens,
    nano_aiu,
    context_tokens,
    duration_ms,
    has_failed,
    result_bytes,
    decision
FROM reached
WHERE NOT is_copied;
