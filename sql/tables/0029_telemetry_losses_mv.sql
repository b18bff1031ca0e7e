-- question:     How does a telemetry_loss event become a row of telemetry_losses?
-- grain:        one row per telemetry_loss event of the inserted block
-- keys:         as telemetry_losses
-- units:        as telemetry_losses
-- denominators: none
-- late, duplicate, missing: keeps every row it is given; the table it fills removes duplicates. It never throws: what
--               JSONExtract cannot read becomes NULL or empty, and rpt_store_check compares table and events
-- operational:  no
CREATE MATERIALIZED VIEW IF NOT EXISTS telemetry_losses_mv TO telemetry_losses AS
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    bitOr(
        bitShiftLeft(toUInt128(payload_hash), 64),
        toUInt128(envelope_hash)
    ) AS row_version,
    ts,
    JSONExtract(
        data,
        'Tuple(
            ranges Array(Tuple(first_seq UInt64, last_seq UInt64)),
            event_types Array(String),
            reason LowCardinality(String),
            detail Nullable(String)
        )'
    ) AS payload
FROM events
WHERE event_type = 'telemetry_loss';
