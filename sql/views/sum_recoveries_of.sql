-- question:     Did work go on after each failure, and after how much time, how many steps and how many tokens?
-- grain:        one row per failure event of the runs of run_ids
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        recovery_ms in milliseconds; steps, calls and tokens as counts
-- denominators: none
-- late, duplicate, missing: a failure is recovered from by the next thing in its line that shows it. A failure of a tool (that of
--               the call whose tool_call_id it names, else the root's tool_name) by the next call of that tool which is known
--               not to have failed; any other by the next step without error that no user or system made. A line is what one
--               emitter sends of one agent_id, in order of (epoch, seq), or of (ts, seq) where the emitter does not number its
--               events (smith, otlp); steps that repeat earlier ones (is_copied_context) are left out. When a call
--               failed, sum_call_links_of says. is_recovered is NULL if the line has no such calls
--               or steps at all. Of an open run false means: not yet. recovery_ms is the difference of the emitter's own
--               times, NULL where one is unknown (1970-01-01) or they run backwards; steps, calls and tokens are those of the
--               line after the failure, up to and with what shows the recovery; tokens NULL if none of those steps states any
-- operational:  no
CREATE OR REPLACE VIEW sum_recoveries_of AS
WITH
    named AS
    (
        SELECT
            found.experiment_id AS experiment_id,
            found.run_id AS run_id,
            assumeNotNull(found.tool_call_id) AS tool_call_id
        FROM stg_failures AS found
        WHERE found.run_id IN {run_ids:Array(UUID)} AND isNotNull(found.tool_call_id)
    ),
    called AS
    (
        SELECT
            made.experiment_id AS experiment_id,
            made.run_id AS run_id,
            assumeNotNull(made.tool_call_id) AS tool_call_id,
            min(toString(made.name)) AS tool_name
        FROM stg_tool_calls AS made
        WHERE made.run_id IN {run_ids:Array(UUID)}
            AND (made.experiment_id, made.run_id, ifNull(made.tool_call_id, '')) IN (
                SELECT
                    experiment_id,
                    run_id,
                    tool_call_id
                FROM named
            )
        GROUP BY
            made.experiment_id,
            made.run_id,
            tool_call_id
    ),
    -- Lines and tools as numbers: texts sort slowly.
    entries AS
    (
        SELECT
            found.experiment_id AS experiment_id,
            found.run_id AS run_id,
            found.emitter AS emitter,
            sipHash64(found.emitter, ifNull(found.agent_id, '')) AS line,
            found.epoch AS epoch,
            found.seq AS seq,
            found.ts AS ts,
            0 AS kind,
            toString(found.root_kind) AS root_kind,
            coalesce(nullIf(called.tool_name, ''), toString(found.tool_name), '') AS tool_of_failure,
            sipHash64(tool_of_failure) AS tool,
            false AS is_good,
            CAST(NULL, 'Nullable(UInt64)') AS tokens
        FROM stg_failures AS found
        LEFT JOIN called
            ON called.experiment_id = found.experiment_id
            AND called.run_id = found.run_id
            AND called.tool_call_id = ifNull(found.tool_call_id, '')
        WHERE found.run_id IN {run_ids:Array(UUID)}
        UNION ALL
        SELECT
            made.experiment_id AS experiment_id,
            made.run_id AS run_id,
            made.emitter AS emitter,
            sipHash64(made.emitter, ifNull(made.agent_id, '')) AS line,
            made.epoch AS epoch,
            made.seq AS seq,
            made.ts AS ts,
            1 AS kind,
            '' AS root_kind,
            '' AS tool_of_failure,
            sipHash64(toString(made.name)) AS tool,
            ifNull(NOT coalesce(made.failed, made.exit_kind != 'ok'), false)
                AND (made.experiment_id, made.run_id, ifNull(made.tool_call_id, '')) NOT IN (
                    SELECT
                        experiment_id,
                        run_id,
                        tool_call_id
                    FROM named
                ) AS is_good,
            CAST(NULL, 'Nullable(UInt64)') AS tokens
        FROM stg_tool_calls AS made
        WHERE made.run_id IN {run_ids:Array(UUID)}
            AND (made.experiment_id, made.run_id) IN (
                SELECT
                    found.experiment_id,
                    found.run_id
                FROM stg_failures AS found
                WHERE found.run_id IN {run_ids:Array(UUID)}
            )
        UNION ALL
        SELECT
            taken.experiment_id AS experiment_id,
            taken.run_id AS run_id,
            taken.emitter AS emitter,
            sipHash64(taken.emitter, ifNull(taken.agent_id, '')) AS line,
            taken.epoch AS epoch,
            taken.seq AS seq,
            taken.ts AS ts,
            2 AS kind,
            '' AS root_kind,
            '' AS tool_of_failure,
            sipHash64('') AS tool,
            ifNull(taken.error, '') = '' AND taken.kind NOT IN ('user', 'system') AS is_good,
            if(
                isNull(
                    coalesce(
                        taken.input_tokens,
                        taken.cache_read_tokens,
                        taken.cache_write_tokens,
                        taken.output_tokens
                    )
                ),
                NULL,
                ifNull(taken.input_tokens, 0) + ifNull(taken.cache_read_tokens, 0)
                    + ifNull(taken.cache_write_tokens, 0) + ifNull(taken.output_tokens, 0)
            ) AS tokens
        FROM stg_steps AS taken
        WHERE taken.run_id IN {run_ids:Array(UUID)}
            AND ifNull(taken.is_copied_context, false) = false
            AND (taken.experiment_id, taken.run_id) IN (
                SELECT
                    found.experiment_id,
                    found.run_id
                FROM stg_failures AS found
                WHERE found.run_id IN {run_ids:Array(UUID)}
            )
    ),
    placed AS
    (
        SELECT
            *,
            if(emitter IN ('smith', 'otlp'), toUnixTimestamp64Micro(ts), 0) AS clock,
            toUnixTimestamp64Micro(ts) AS ts_us,
            row_number() OVER so_far AS place,
            countIf(kind = 2) OVER so_far AS steps_so_far,
            countIf(kind = 1) OVER so_far AS calls_so_far,
            count(tokens) OVER so_far AS spending_so_far,
            sum(ifNull(tokens, 0)) OVER so_far AS tokens_so_far
        FROM entries
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
    root_kind,
    nullIf(tool_of_failure, '') AS tool_name,
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
WHERE kind = 0;
