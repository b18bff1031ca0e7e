-- question:     Is every event of each epoch of these runs' emitters there, and does it agree with what was sent?
-- grain:        one row per run of run_ids that has an event
-- keys:         run_id
-- units:        counts of events; epochs in order of (emitter, epoch): (emitter, epoch, is_unsequenced, is_sealed, n_events,
--               n_missing, n_declared_lost, n_conflicts); n_contents counts distinct contents; are_all_sealed: of those
--               epochs that have a sequence and are no grader's, of which there are some; times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: n_missing and n_conflicts as fct_emitter_epochs says. Declared ranges are merged; a number is lost only if
--               it precedes the event that declares it and no event with it is stored, so an event that turns up after all is
--               not lost. Of a redelivered event the earliest delivery counts for last_event_received_at, which leaves out
--               what came from a grader
-- operational:  yes (last_event_received_at belongs to a delivery)
CREATE OR REPLACE VIEW sum_run_epochs_of AS
WITH
    parts AS
    (
        SELECT
            run_id,
            toString(emitter) AS emitter,
            epoch,
            groupArray(tuple(seq, payload_hash)) AS contents,
            max(received_at) AS last_received_at,
            CAST([], 'Array(Tuple(UInt64, UInt128, UInt64, UInt64))') AS stops,
            CAST([], 'Array(Tuple(UInt64, UInt64))') AS ranges
        FROM stg_events
        WHERE run_id IN {run_ids:Array(UUID)}
        GROUP BY
            run_id,
            emitter,
            epoch
        UNION ALL
        SELECT
            run_id,
            toString(emitter) AS emitter,
            epoch,
            CAST([], 'Array(Tuple(UInt64, UInt64))') AS contents,
            toDateTime64(0, 6, 'UTC') AS last_received_at,
            [tuple(seq, row_version, n_events, checksum)] AS stops,
            CAST([], 'Array(Tuple(UInt64, UInt64))') AS ranges
        FROM stg_emitter_stops
        WHERE run_id IN {run_ids:Array(UUID)}
        UNION ALL
        SELECT
            run_id,
            toString(emitter) AS emitter,
            epoch,
            CAST([], 'Array(Tuple(UInt64, UInt64))') AS contents,
            toDateTime64(0, 6, 'UTC') AS last_received_at,
            CAST([], 'Array(Tuple(UInt64, UInt128, UInt64, UInt64))') AS stops,
            arrayFilter(
                lost -> lost.1 <= lost.2,
                arrayMap(lost -> tuple(lost.first_seq, least(lost.last_seq, toUInt64(seq - 1))), declared.ranges)
            ) AS ranges
        FROM stg_telemetry_losses AS declared
        WHERE run_id IN {run_ids:Array(UUID)}
            AND seq > 0
    ),
    gathered AS
    (
        SELECT
            run_id,
            emitter,
            epoch,
            groupArrayArray(contents) AS all_contents,
            max(parts.last_received_at) AS received_at,
            arraySort(groupArrayArray(stops)) AS sorted_stops,
            groupArrayArray(ranges) AS all_ranges
        FROM parts
        GROUP BY
            run_id,
            emitter,
            epoch
        HAVING notEmpty(all_contents)
    ),
    marked AS
    (
        SELECT
            run_id,
            emitter,
            epoch,
            received_at,
            emitter IN ('smith', 'otlp') AS is_unsequenced,
            notEmpty(sorted_stops) AS is_sealed,
            sorted_stops[1] AS stop,
            arrayMap(content -> content.1, all_contents) AS seqs,
            arrayDistinct(seqs) AS distinct_seqs,
            arraySum(content -> content.2, all_contents) AS checksum,
            if(is_sealed, arrayFilter(seq -> seq > stop.1, seqs), []) AS seqs_beyond,
            -- Beginnings, events and ends of ranges in order of number: between them, how many ranges are open.
            if(
                empty(all_ranges),
                [],
                arraySort(
                    arrayConcat(
                        arrayMap(lost -> tuple(lost.1, 0, 1), all_ranges),
                        arrayMap(seq -> tuple(seq, 1, 0), distinct_seqs),
                        arrayMap(lost -> tuple(lost.2, 2, -1), all_ranges)
                    )
                )
            ) AS marks,
            arrayCumSum(mark -> mark.3, marks) AS depths
        FROM gathered
    ),
    counted AS
    (
        SELECT
            run_id,
            emitter,
            epoch,
            received_at,
            is_unsequenced,
            is_sealed,
            length(seqs) AS n_rows,
            length(distinct_seqs) AS n_distinct,
            toUInt64(
                arraySum((mark, depth) -> if(mark.2 = 2 AND depth = 0, mark.1 + 1, 0), marks, depths)
                    - arraySum((mark, depth) -> if(mark.2 = 0 AND depth = 1, mark.1, 0), marks, depths)
                    - arrayCount((mark, depth) -> mark.2 = 1 AND depth > 0, marks, depths)
            ) AS n_lost,
            length(seqs_beyond) AS n_rows_beyond,
            length(arrayDistinct(seqs_beyond)) AS n_events_beyond,
            if(is_sealed, stop.1, toUInt64(arrayMax(seqs) + 1)) AS n_expected,
            if(
                is_unsequenced OR n_distinct - n_events_beyond - is_sealed + n_lost >= n_expected,
                0,
                toUInt64(n_expected - (n_distinct - n_events_beyond - is_sealed + n_lost))
            ) AS n_absent,
            is_sealed AND stop.3 != n_expected AS is_miscounted,
            is_sealed AND toUInt64(checksum - toUInt64(bitShiftRight(stop.2, 64))) != stop.4 AS is_checksum_off
        FROM marked
    )
SELECT
    run_id,
    maxOrNullIf(received_at, emitter != 'grader') AS last_event_received_at,
    sum(n_rows) AS n_contents,
    sum(n_distinct) AS n_events,
    countIf(NOT is_unsequenced AND emitter != 'grader') > 0
        AND countIf(NOT is_unsequenced AND emitter != 'grader' AND NOT is_sealed) = 0 AS are_all_sealed,
    arraySort(
        groupArray(
            tuple(
                emitter,
                epoch,
                is_unsequenced,
                is_sealed,
                n_distinct,
                n_absent,
                n_lost,
                toUInt64(
                    (n_rows - n_distinct)
                        - (n_rows_beyond - n_events_beyond)
                        + n_rows_beyond
                        + is_miscounted
                        + (is_checksum_off AND n_absent = 0 AND n_rows = n_distinct AND n_rows_beyond = 0)
                )
            )
        )
    ) AS epochs
FROM counted
GROUP BY run_id;
