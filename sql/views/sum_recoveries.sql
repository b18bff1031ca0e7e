-- question:     Did work go on after each failure, and after how much time, how many steps and how many tokens?
-- grain:        one row per failure event
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        recovery_ms in milliseconds; steps, calls and tokens as counts
-- denominators: none
-- late, duplicate, missing: a failure is recovered from by the next thing in its line that shows it. A failure of a tool (that of
--               the call whose tool_call_id it names, else the root's tool_name) by the next call of that tool which is known not
--               to have failed; any other by the next step without error that no user or system made. A line is what one emitter
--               sends of one agent_id, in order of (epoch, seq), or of (ts, seq) where the emitter does not number its events
--               (smith, otlp); steps that repeat earlier ones (is_copied_context) are left out. When a call failed,
--               sum_call_links_of says. is_recovered is NULL if the line has no such calls or steps at all. Of an open run false
--               means: not yet. recovery_ms is the difference of the emitter's own times, NULL where one is unknown (1970-01-01) or
--               they run backwards; steps, calls and tokens are those of the line after the failure, up to and with what shows the
--               recovery; tokens NULL if none of those steps states any. Ask for few runs, by experiment_id and run_id: what they
--               sent is read event by event
-- operational:  no
CREATE OR REPLACE VIEW sum_recoveries AS
WITH
    -- Lines, calls and tools as numbers: texts sort slowly.
    entries AS
    (
        SELECT
            experiment_id,
            run_id,
            emitter,
            sipHash64(emitter, ifNull(agent_id, '')) AS line,
            epoch,
            seq,
            ts,
            0 AS kind,
            if(isNull(tool_call_id), NULL, sipHash64(assumeNotNull(tool_call_id))) AS call,
            turn,
            ifNull(toString(tool_name), '') AS tool_stated,
            toString(root_kind) AS root_kind,
            false AS seems_good,
            CAST(NULL, 'Nullable(UInt64)') AS tokens
        FROM stg_failures
        UNION ALL
        SELECT
            experiment_id,
            run_id,
            emitter,
            sipHash64(emitter, ifNull(agent_id, '')) AS line,
            epoch,
            seq,
            ts,
            1 AS kind,
            if(isNull(tool_call_id), NULL, sipHash64(assumeNotNull(tool_call_id))) AS call,
            turn,
            toString(name) AS tool_stated,
            '' AS root_kind,
            ifNull(NOT coalesce(failed, exit_kind != 'ok'), false) AS seems_good,
            CAST(NULL, 'Nullable(UInt64)') AS tokens
        FROM stg_tool_calls
        UNION ALL
        SELECT
            experiment_id,
            run_id,
            emitter,
            sipHash64(emitter, ifNull(agent_id, '')) AS line,
            epoch,
            seq,
            ts,
            2 AS kind,
            CAST(NULL, 'Nullable(UInt64)') AS call,
            turn,
            '' AS tool_stated,
            '' AS root_kind,
            ifNull(error, '') = '' AND taken.kind NOT IN ('user', 'system') AS seems_good,
            if(
                isNull(coalesce(input_tokens, cache_read_tokens, cache_write_tokens, output_tokens)),
                NULL,
                ifNull(input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_tokens, 0) + ifNull(output_tokens, 0)
            ) AS tokens
        FROM stg_steps AS taken
        WHERE ifNull(is_copied_context, false) = false
    ),
    known AS
    (
        SELECT
            *,
            seems_good AND (isNull(call) OR countIf(kind = 0) OVER of_call = 0) AS is_good,
            if(kind = 0 AND isNotNull(call), minIf(turn, kind = 1) OVER of_call, NULL) AS turn_of_call,
            if(
                kind = 0 AND isNotNull(call),
                coalesce(nullIf(minIf(tool_stated, kind = 1) OVER of_call, ''), tool_stated),
                tool_stated
            ) AS tool_name
        FROM entries
        WINDOW of_call AS (
            PARTITION BY experiment_id, run_id, call
            ORDER BY kind
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        )
    ),
    placed AS
    (
        SELECT
            *,
            if(emitter IN ('smith', 'otlp'), toUnixTimestamp64Micro(ts), 0) AS clock,
            toUnixTimestamp64Micro(ts) AS ts_us,
            sipHash64(tool_name) AS tool,
            row_number() OVER so_far AS place,
            countIf(kind = 2) OVER so_far AS steps_so_far,
            countIf(kind = 1) OVER so_far AS calls_so_far,
            count(tokens) OVER so_far AS spending_so_far,
            sum(ifNull(tokens, 0)) OVER so_far AS tokens_so_far
        FROM known
        WINDOW so_far AS (
            PARTITION BY experiment_id, run_id, line
            ORDER BY epoch, clock, seq, kind
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        )
    ),
    followed AS
    (
        SELECT
            *,
            countIf(kind != 0) OVER of_its_kind > 0 AS is_comparable,
            countIf(is_good) OVER later > 0 AS is_shown,
            argMinIf(ts_us, place, is_good) OVER later AS shown_us,
            -- What only grows along a line is least at the first thing that is good.
            minIf(steps_so_far, is_good) OVER later AS shown_steps,
            minIf(calls_so_far, is_good) OVER later AS shown_calls,
            minIf(spending_so_far, is_good) OVER later AS shown_spending,
            minIf(tokens_so_far, is_good) OVER later AS shown_tokens
        FROM placed
        WINDOW
            of_its_kind AS (
                PARTITION BY experiment_id, run_id, line, tool
                ORDER BY place DESC
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ),
            -- From the end on, so that the frame of what comes later grows by one row each time.
            later AS (
                PARTITION BY experiment_id, run_id, line, tool
                ORDER BY place DESC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            )
    )
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    ts,
    line,
    root_kind,
    nullIf(tool_name, '') AS tool_name,
    coalesce(turn, turn_of_call) AS turn,
    if(is_comparable, is_shown, NULL) AS is_recovered,
    if(
        is_shown AND shown_us >= ts_us AND least(shown_us, ts_us) >= 86400000000,
        (shown_us - ts_us) / 1000,
        NULL
    ) AS recovery_ms,
    if(is_shown, shown_steps - steps_so_far, NULL) AS steps,
    if(is_shown, shown_calls - calls_so_far, NULL) AS calls,
    if(is_shown AND shown_spending > spending_so_far, shown_tokens - tokens_so_far, NULL) AS tokens
FROM followed
WHERE kind = 0
SETTINGS analyzer_inline_views = 1;
