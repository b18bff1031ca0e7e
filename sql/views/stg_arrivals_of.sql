-- question:     What has come of some runs, and when?
-- grain:        one row per distinct content of an event of run_ids
-- keys:         experiment_id, run_id, emitter, epoch, seq, row_version
-- units:        received_at and ts in UTC microseconds
-- denominators: none
-- late, duplicate, missing: as stg_events
-- operational:  yes (received_at belongs to a delivery)
-- PREWHERE on the sort key, which FINAL allows: only the rows of these runs are merged, not whole granules. The filter is
-- run_id alone because a tuple's set is looked up several times slower.
CREATE OR REPLACE VIEW stg_arrivals_of AS
SELECT
    received_at,
    event_type,
    ts,
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
FINAL
PREWHERE run_id IN {run_ids:Array(UUID)};
