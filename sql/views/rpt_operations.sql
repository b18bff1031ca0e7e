-- question:     How well does the pipeline work: how much, how late, how often again, and what went wrong?
-- grain:        one row per minute (of the stream's and the consumer's clock) in which anything below happened
-- keys:         minute
-- units:        minute in UTC; _ms in milliseconds; _bytes in bytes; everything else counts
-- denominators: none
-- late, duplicate, missing: each fact stands in the minute it happened in. A minute without batches has counts 0 and times NULL.
--               By received_at: n_events_received; emission_lag_ms_* from ts to received_at, of events with an epoch (imports
--               and foreign streams, epoch 0, tell of the past); below 0 the emitter's clock is ahead. Of n events p50 and p99
--               are the smallest that at least 0.5 n and 0.99 n do not exceed, rounded towards 0 by less than 1/32; max is
--               exact. A redelivered event may count twice in these until the engine merges its rows.
--               By the batch's inserted_at: n_batches, n_messages_stored, n_events_stored (whatever was inserted, also
--               again), n_messages_redelivered (of n_messages_stored, delivered more than once), body_bytes, insert_ms_*,
--               storage_lag_ms_* from the received_at of a batch's oldest message to inserted_at. The log of batches is
--               best effort: a killed consumer takes up to two seconds of it along, and a batch repeated after a kill is two.
--               By the dead letter's received_at: n_dead_letters, split by what has become of them up to now.
--               By the received_at of an epoch's last telemetry_loss: n_declared_lost, all that epoch declared and that did
--               not turn up. By the received_at of the later content: n_conflicts (fct_conflicts: two contents of one
--               identity; the other contradictions of rpt_run_integrity belong to no moment)
-- operational:  yes
CREATE OR REPLACE VIEW rpt_operations AS
WITH
    declarations AS
    (
        SELECT
            run_id,
            toLowCardinality(emitter) AS emitter,
            epoch,
            max(received_at) AS declared_at
        FROM stg_event_rows
        WHERE event_type = 'telemetry_loss'
            AND run_id IN (SELECT run_id FROM stg_telemetry_losses)
        GROUP BY
            run_id,
            emitter,
            epoch
    ),
    facts AS
    (
        SELECT
            'received' AS fact,
            received.minute AS minute,
            [sum(received.n_events), sumIf(received.n_events, received.is_live)] AS counts,
            arrayMap(
                lag_us -> lag_us / 1000,
                arrayPushBack(
                    quantilesExactWeightedIf(0.5, 0.99)(received.lag_us, received.n_events, received.is_live),
                    maxIf(received.lag_us_max, received.is_live)
                )
            ) AS times_ms
        FROM stg_events_by_minute AS received
        GROUP BY received.minute
        UNION ALL
        SELECT
            'stored' AS fact,
            toStartOfMinute(batches.inserted_at) AS minute,
            [
                count(),
                sum(batches.n_messages),
                sum(batches.n_redelivered),
                sum(batches.n_events),
                sum(batches.body_bytes)
            ] AS counts,
            quantilesExactInclusive(0.5, 0.99, 1)(batches.insert_ms) AS times_ms
        FROM stg_batches AS batches
        GROUP BY toStartOfMinute(batches.inserted_at)
        UNION ALL
        SELECT
            'lagged' AS fact,
            toStartOfMinute(batches.inserted_at) AS minute,
            [count()] AS counts,
            quantilesExactInclusive(0.5, 0.99, 1)(
                dateDiff('microsecond', assumeNotNull(batches.oldest_received_at), batches.inserted_at) / 1000
            ) AS times_ms
        FROM stg_batches AS batches
        WHERE isNotNull(batches.oldest_received_at)
        GROUP BY toStartOfMinute(batches.inserted_at)
        UNION ALL
        SELECT
            'refused' AS fact,
            toStartOfMinute(letters.received_at) AS minute,
            [
                count(),
                countIf(letters.state = 'open'),
                countIf(letters.state = 'replayed'),
                countIf(letters.state = 'discarded')
            ] AS counts,
            CAST([], 'Array(Float64)') AS times_ms
        FROM stg_dead_letters AS letters
        GROUP BY toStartOfMinute(letters.received_at)
        UNION ALL
        SELECT
            'lost' AS fact,
            toStartOfMinute(declarations.declared_at) AS minute,
            [sum(losses.n_declared_lost)] AS counts,
            CAST([], 'Array(Float64)') AS times_ms
        FROM fct_emitter_epochs AS losses
        INNER JOIN declarations
            ON declarations.run_id = losses.run_id
            AND declarations.emitter = losses.emitter
            AND declarations.epoch = losses.epoch
        WHERE losses.n_declared_lost > 0
            AND losses.run_id IN (SELECT run_id FROM stg_telemetry_losses)
        GROUP BY toStartOfMinute(declarations.declared_at)
        UNION ALL
        SELECT
            'contradicted' AS fact,
            toStartOfMinute(conflicts.seen_at) AS minute,
            [sum(conflicts.n_conflicts)] AS counts,
            CAST([], 'Array(Float64)') AS times_ms
        FROM fct_conflicts AS conflicts
        GROUP BY toStartOfMinute(conflicts.seen_at)
    )
SELECT
    minute,
    sumIf(counts[1], fact = 'received') AS n_events_received,
    maxOrNullIf(times_ms[1], fact = 'received' AND counts[2] > 0) AS emission_lag_ms_p50,
    maxOrNullIf(times_ms[2], fact = 'received' AND counts[2] > 0) AS emission_lag_ms_p99,
    maxOrNullIf(times_ms[3], fact = 'received' AND counts[2] > 0) AS emission_lag_ms_max,
    sumIf(counts[1], fact = 'stored') AS n_batches,
    sumIf(counts[2], fact = 'stored') AS n_messages_stored,
    sumIf(counts[3], fact = 'stored') AS n_messages_redelivered,
    sumIf(counts[4], fact = 'stored') AS n_events_stored,
    sumIf(counts[5], fact = 'stored') AS body_bytes,
    maxOrNullIf(times_ms[1], fact = 'stored') AS insert_ms_p50,
    maxOrNullIf(times_ms[2], fact = 'stored') AS insert_ms_p99,
    maxOrNullIf(times_ms[3], fact = 'stored') AS insert_ms_max,
    maxOrNullIf(times_ms[1], fact = 'lagged') AS storage_lag_ms_p50,
    maxOrNullIf(times_ms[2], fact = 'lagged') AS storage_lag_ms_p99,
    maxOrNullIf(times_ms[3], fact = 'lagged') AS storage_lag_ms_max,
    sumIf(counts[1], fact = 'refused') AS n_dead_letters,
    sumIf(counts[2], fact = 'refused') AS n_dead_letters_open,
    sumIf(counts[3], fact = 'refused') AS n_dead_letters_replayed,
    sumIf(counts[4], fact = 'refused') AS n_dead_letters_discarded,
    sumIf(counts[1], fact = 'lost') AS n_declared_lost,
    sumIf(counts[1], fact = 'contradicted') AS n_conflicts
FROM facts
GROUP BY minute
ORDER BY minute;
