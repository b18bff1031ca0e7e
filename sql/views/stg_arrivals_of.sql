-- question:     What has come of some runs, and when?
-- grain:        one row per distinct content of an event of run_ids
-- keys:         experiment_id, run_id, emitter, epoch, seq, row_version
-- units:        received_at in UTC microseconds
-- denominators: none
-- late, duplicate, missing: as stg_events
-- operational:  yes (received_at belongs to a delivery)
-- Duplicates are removed by grouping, not by FINAL, which takes four times as long for a few runs: it merges all parts wherever their
-- granules meet. The filter is run_id alone because a tuple's set is looked up several times slower.
CREATE OR REPLACE VIEW stg_arrivals_of AS
SELECT
    argMin(received_at, stream_seq) AS received_at,
    event_type,
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    bitOr(
        bitShiftLeft(toUInt128(payload_hash), 64),
        toUInt128(envelope_hash)
    ) AS row_version
FROM events
PREWHERE run_id IN {run_ids:Array(UUID)}
GROUP BY
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    payload_hash,
    envelope_hash,
    event_type;
