-- question:     Which tools did each of these runs call one after the other, and was what came next a failure?
-- grain:        one row per run of run_ids, kind and tools that it called one after the other
-- keys:         experiment_id, run_id, kind ('transition', 'sequence'), first, second, third
-- units:        counts of calls
-- denominators: none
-- late, duplicate, missing: the calls of one emitter and agent_id are a line: consecutive in order of (epoch, seq), or of
--               (ts, seq) where the emitter does not number its events (smith, otlp); where a call is missing its neighbours
--               count as consecutive. A call failed if it says so, if it does not say and its exit_kind is not 'ok', or,
--               whatever it says, if a failure event of its run names its tool_call_id; nothing is known if none says
--               anything. Any other failure event without a tool_call_id stands in the line where it was sent. A transition
--               goes from first (NULL: the line begins) to second (NULL: it ends); n_known and n_failed are of the call of
--               second. A sequence is of two (third NULL) or three calls, and followed by a failure if the next thing in its
--               line is such an event or a failed call (n_failed); n_known counts those of which the next thing says whether
--               it failed, n_last those that the line ends with: what becomes of these is known once the run has stopped.
--               Occurrences overlap: a, a, a is twice a, a
-- operational:  no
CREATE OR REPLACE VIEW sum_call_links_of AS
WITH
    -- Lines as numbers: texts sort slowly.
    entries AS
    (
        SELECT
            made.experiment_id AS experiment_id,
            made.run_id AS run_id,
            tuple(
                sipHash64(made.emitter, ifNull(made.agent_id, '')),
                made.epoch,
                if(made.emitter IN ('smith', 'otlp'), toUnixTimestamp64Micro(made.ts), 0),
                made.seq,
                0,
                toString(made.name),
                if(
                    (made.experiment_id, made.run_id, ifNull(made.tool_call_id, '')) IN (
                        SELECT
                            named.experiment_id,
                            named.run_id,
                            assumeNotNull(named.tool_call_id)
                        FROM stg_failures AS named
                        WHERE named.run_id IN {run_ids:Array(UUID)} AND isNotNull(named.tool_call_id)
                    ),
                    true,
                    coalesce(made.failed, made.exit_kind != 'ok')
                )::Nullable(Bool)
            ) AS entry
        FROM stg_tool_calls AS made
        WHERE made.run_id IN {run_ids:Array(UUID)}
        UNION ALL
        SELECT
            found.experiment_id AS experiment_id,
            found.run_id AS run_id,
            tuple(
                sipHash64(found.emitter, ifNull(found.agent_id, '')),
                found.epoch,
                if(found.emitter IN ('smith', 'otlp'), toUnixTimestamp64Micro(found.ts), 0),
                found.seq,
                1,
                '',
                true::Nullable(Bool)
            ) AS entry
        FROM stg_failures AS found
        WHERE found.run_id IN {run_ids:Array(UUID)} AND isNull(found.tool_call_id)
    ),
    lines AS
    (
        SELECT
            experiment_id,
            run_id,
            arraySort(groupArray(entry)) AS ordered,
            -- (line, tool, has_failed, has_next, next_has_failed)
            arrayFilter(
                call -> call.1 != 0,
                arrayMap(
                    (entry, next) -> tuple(
                        if(entry.5 = 0, entry.1, 0),
                        entry.6,
                        entry.7,
                        entry.1 = next.1,
                        if(entry.1 = next.1, next.7, NULL)::Nullable(Bool)
                    ),
                    ordered,
                    arrayPushBack(arrayPopFront(ordered), tuple(0, 0, 0, 0, 0, '', NULL))
                )
            ) AS calls
        FROM entries
        GROUP BY
            experiment_id,
            run_id
        HAVING min(entry.5) = 0
    )
SELECT
    experiment_id,
    run_id,
    link.1 AS kind,
    link.2 AS first,
    link.3 AS second,
    link.4 AS third,
    count() AS n,
    count(link.5) AS n_known,
    countIf(ifNull(link.5, false)) AS n_failed,
    countIf(link.6) AS n_last
FROM lines
ARRAY JOIN arrayConcat(
    -- Each call with the one before it, if that is of the same line.
    arrayMap(
        (before, call) -> tuple(
            'transition',
            if(before.1 = call.1, toNullable(before.2), NULL),
            toNullable(call.2),
            CAST(NULL, 'Nullable(String)'),
            call.3,
            false,
            true
        ),
        arrayPushFront(arrayPopBack(calls), tuple(0, '', NULL, false, NULL)),
        calls
    ),
    -- The last call of each line, with nothing after it.
    arrayMap(
        (call, after) -> tuple(
            'transition',
            toNullable(call.2),
            CAST(NULL, 'Nullable(String)'),
            CAST(NULL, 'Nullable(String)'),
            CAST(NULL, 'Nullable(Bool)'),
            false,
            call.1 != after.1
        ),
        calls,
        arrayPushBack(arrayPopFront(calls), tuple(0, '', NULL, false, NULL))
    ),
    arrayMap(
        (one, two) -> tuple(
            'sequence',
            toNullable(one.2),
            toNullable(two.2),
            CAST(NULL, 'Nullable(String)'),
            two.5,
            NOT two.4,
            one.1 = two.1
        ),
        arrayPopBack(calls),
        arrayPopFront(calls)
    ),
    arrayMap(
        (one, two, three) -> tuple(
            'sequence',
            toNullable(one.2),
            toNullable(two.2),
            toNullable(three.2),
            three.5,
            NOT three.4,
            one.1 = three.1
        ),
        arrayPopBack(arrayPopBack(calls)),
        arrayPopBack(arrayPopFront(calls)),
        arrayPopFront(arrayPopFront(calls))
    )
) AS link
WHERE link.7
GROUP BY
    experiment_id,
    run_id,
    kind,
    first,
    second,
    third;
