-- question:     Does every typed table hold what events holds?
-- grain:        one row per run, event type and table filled from it
-- keys:         experiment_id, run_id, event_type, table_name
-- units:        counts of rows
-- denominators: none
-- late, duplicate, missing: n_events counts the surviving contents in events, n_rows the surviving rows of the table; is_equal
--               also compares the sum of their row_version, so that a row which survived in one place only is noticed. A
--               difference means that a materialized view missed an insert: send it again, or rebuild the table. The
--               table emitters is compared by epochs seen ('any' event), model_usage by entries of run_stop.models
-- operational:  no
CREATE OR REPLACE VIEW rpt_store_check AS
WITH
    crowded AS
    (
        SELECT
            experiment_id,
            run_id,
            emitter,
            epoch
        FROM stg_events
        GROUP BY
            experiment_id,
            run_id,
            emitter,
            epoch
        HAVING count() > uniqExact(seq)
    ),
    losers AS
    (
        SELECT
            experiment_id,
            run_id,
            event_type,
            count() - 1 AS n_losers,
            toUInt128(sum(row_version) - max(row_version)) AS fingerprint
        FROM stg_events
        WHERE (experiment_id, run_id, emitter, epoch) IN
        (
            SELECT
                experiment_id,
                run_id,
                emitter,
                epoch
            FROM crowded
        )
        GROUP BY
            experiment_id,
            run_id,
            emitter,
            epoch,
            seq,
            event_type
    ),
    sent AS
    (
        SELECT
            transform(
                toString(parts.event_type),
                [
                    'run_start',
                    'step',
                    'tool_call',
                    'context_decision',
                    'failure',
                    'run_stop',
                    'verdict',
                    'optimizer_update',
                    'emitter_stop',
                    'telemetry_loss',
                    'heartbeat'
                ],
                [
                    'run_starts',
                    'steps',
                    'tool_calls',
                    'context_decisions',
                    'failures',
                    'run_stops',
                    'verdicts',
                    'optimizer_updates',
                    'emitter_stops',
                    'telemetry_losses',
                    'heartbeats'
                ],
                'events'
            ) AS table_name,
            toString(parts.event_type) AS event_type,
            toLowCardinality(parts.experiment_id) AS experiment_id,
            parts.run_id AS run_id,
            toInt64(sum(parts.n_rows)) AS n_events,
            sum(parts.fingerprint) AS fingerprint,
            sum(parts.fingerprint_lost) AS fingerprint_lost
        FROM
        (
            SELECT
                experiment_id,
                run_id,
                event_type,
                toInt64(count()) AS n_rows,
                sum(row_version) AS fingerprint,
                toUInt128(0) AS fingerprint_lost
            FROM stg_events
            GROUP BY
                experiment_id,
                run_id,
                event_type
            UNION ALL
            SELECT
                experiment_id,
                run_id,
                event_type,
                -toInt64(n_losers) AS n_rows,
                toUInt128(0) AS fingerprint,
                losers.fingerprint AS fingerprint_lost
            FROM losers
        ) AS parts
        GROUP BY
            parts.experiment_id,
            parts.run_id,
            parts.event_type
        UNION ALL
        SELECT
            'emitters' AS table_name,
            'any' AS event_type,
            toLowCardinality(experiment_id) AS experiment_id,
            run_id,
            toInt64(uniqExact(tuple(emitter, epoch))) AS n_events,
            toUInt128(0) AS fingerprint,
            toUInt128(0) AS fingerprint_lost
        FROM stg_events
        GROUP BY
            experiment_id,
            run_id
        UNION ALL
        SELECT
            'model_usage' AS table_name,
            'run_stop' AS event_type,
            toLowCardinality(experiment_id) AS experiment_id,
            run_id,
            toInt64(sum(n_models)) AS n_events,
            toUInt128(0) AS fingerprint,
            toUInt128(0) AS fingerprint_lost
        FROM
        (
            SELECT
                experiment_id,
                run_id,
                emitter,
                epoch,
                seq,
                argMax(JSONLength(data, 'models'), row_version) AS n_models
            FROM stg_events
            WHERE event_type = 'run_stop'
            GROUP BY
                experiment_id,
                run_id,
                emitter,
                epoch,
                seq
        )
        GROUP BY
            experiment_id,
            run_id
        HAVING sum(n_models) > 0
    ),
    kept AS
    (
        SELECT
            'run_starts' AS table_name,
            'run_start' AS event_type,
            experiment_id,
            run_id,
            count() AS n_rows,
            sum(row_version) AS fingerprint
        FROM stg_run_starts
        GROUP BY
            experiment_id,
            run_id
        UNION ALL
        SELECT
            'steps' AS table_name,
            'step' AS event_type,
            experiment_id,
            run_id,
            count() AS n_rows,
            sum(row_version) AS fingerprint
        FROM stg_steps
        GROUP BY
            experiment_id,
            run_id
        UNION ALL
        SELECT
            'tool_calls' AS table_name,
            'tool_call' AS event_type,
            experiment_id,
            run_id,
            count() AS n_rows,
            sum(row_version) AS fingerprint
        FROM stg_tool_calls
        GROUP BY
            experiment_id,
            run_id
        UNION ALL
        SELECT
            'context_decisions' AS table_name,
            'context_decision' AS event_type,
            experiment_id,
            run_id,
            count() AS n_rows,
            sum(row_version) AS fingerprint
        FROM stg_context_decisions
        GROUP BY
            experiment_id,
            run_id
        UNION ALL
        SELECT
            'failures' AS table_name,
            'failure' AS event_type,
            experiment_id,
            run_id,
            count() AS n_rows,
            sum(row_version) AS fingerprint
        FROM stg_failures
        GROUP BY
            experiment_id,
            run_id
        UNION ALL
        SELECT
            'run_stops' AS table_name,
            'run_stop' AS event_type,
            experiment_id,
            run_id,
            count() AS n_rows,
            sum(row_version) AS fingerprint
        FROM stg_run_stops
        GROUP BY
            experiment_id,
            run_id
        UNION ALL
        SELECT
            'verdicts' AS table_name,
            'verdict' AS event_type,
            experiment_id,
            run_id,
            count() AS n_rows,
            sum(row_version) AS fingerprint
        FROM stg_verdicts
        GROUP BY
            experiment_id,
            run_id
        UNION ALL
        SELECT
            'optimizer_updates' AS table_name,
            'optimizer_update' AS event_type,
            experiment_id,
            run_id,
            count() AS n_rows,
            sum(row_version) AS fingerprint
        FROM stg_optimizer_updates
        GROUP BY
            experiment_id,
            run_id
        UNION ALL
        SELECT
            'emitter_stops' AS table_name,
            'emitter_stop' AS event_type,
            experiment_id,
            run_id,
            count() AS n_rows,
            sum(row_version) AS fingerprint
        FROM stg_emitter_stops
        GROUP BY
            experiment_id,
            run_id
        UNION ALL
        SELECT
            'telemetry_losses' AS table_name,
            'telemetry_loss' AS event_type,
            experiment_id,
            run_id,
            count() AS n_rows,
            sum(row_version) AS fingerprint
        FROM stg_telemetry_losses
        GROUP BY
            experiment_id,
            run_id
        UNION ALL
        SELECT
            'heartbeats' AS table_name,
            'heartbeat' AS event_type,
            experiment_id,
            run_id,
            count() AS n_rows,
            sum(row_version) AS fingerprint
        FROM stg_heartbeats
        GROUP BY
            experiment_id,
            run_id
        UNION ALL
        SELECT
            'emitters' AS table_name,
            'any' AS event_type,
            experiment_id,
            run_id,
            uniqExact(tuple(emitter, epoch)) AS n_rows,
            toUInt128(0) AS fingerprint
        FROM stg_emitters
        GROUP BY
            experiment_id,
            run_id
        UNION ALL
        SELECT
            'model_usage' AS table_name,
            'run_stop' AS event_type,
            experiment_id,
            run_id,
            count() AS n_rows,
            toUInt128(0) AS fingerprint
        FROM stg_model_usage
        GROUP BY
            experiment_id,
            run_id
    ),
    both AS
    (
        SELECT
            table_name,
            event_type,
            experiment_id,
            run_id,
            n_events AS n_events_side,
            toInt64(0) AS n_rows_side,
            fingerprint AS fingerprint_sent,
            fingerprint_lost AS fingerprint_kept
        FROM sent
        UNION ALL
        SELECT
            table_name,
            event_type,
            experiment_id,
            run_id,
            toInt64(0) AS n_events_side,
            toInt64(n_rows) AS n_rows_side,
            toUInt128(0) AS fingerprint_sent,
            fingerprint AS fingerprint_kept
        FROM kept
    )
SELECT
    experiment_id,
    run_id,
    event_type,
    table_name,
    sum(n_events_side) AS n_events,
    sum(n_rows_side) AS n_rows,
    n_rows - n_events AS difference,
    n_rows = n_events AND sum(fingerprint_sent) = sum(fingerprint_kept) AS is_equal
FROM both
GROUP BY
    experiment_id,
    run_id,
    event_type,
    table_name
ORDER BY
    experiment_id,
    toString(run_id),
    event_type,
    table_name;
