-- question:     How does a heartbeat event become a row of heartbeats?
-- grain:        one row per heartbeat event of the inserted block
-- keys:         as heartbeats
-- units:        as heartbeats
-- denominators: none
-- late, duplicate, missing: keeps every row it is given; the table it fills removes duplicates. It never throws: what
--               JSONExtract cannot read becomes NULL or empty, and rpt_store_check compares table and events
-- operational:  no
CREATE MATERIALIZED VIEW IF NOT EXISTS heartbeats_mv TO heartbeats AS
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
            phase LowCardinality(Nullable(String)),
            events_emitted Nullable(UInt64),
            turn Nullable(UInt32)
        )'
    ) AS payload
FROM events
WHERE event_type = 'heartbeat';
