-- question:     How does an emitter_stop event become a row of emitter_stops?
-- grain:        one row per emitter_stop event of the inserted block
-- keys:         as emitter_stops
-- units:        as emitter_stops
-- denominators: none
-- late, duplicate, missing: keeps every row it is given; the table it fills removes duplicates. It never throws: what
--               JSONExtract cannot read becomes NULL or empty, and rpt_store_check compares table and events
-- operational:  no
CREATE MATERIALIZED VIEW IF NOT EXISTS emitter_stops_mv TO emitter_stops AS
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
            n_events UInt64,
            checksum UInt64,
            sealed_by LowCardinality(String)
        )'
    ) AS payload
FROM events
WHERE event_type = 'emitter_stop';
