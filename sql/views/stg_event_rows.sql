-- question:     When was each stored row emitted, and when received?
-- grain:        one row per row of events; a redelivered event has several until the engine merges them
-- keys:         none
-- units:        received_at and ts in UTC microseconds
-- denominators: none
-- late, duplicate, missing: duplicates are not removed, which costs four times as much as reading: for times and distinct contents,
--               not for counts that have to add up
-- operational:  yes
CREATE OR REPLACE VIEW stg_event_rows AS
SELECT
    received_at,
    event_type,
    ts,
    run_id,
    emitter,
    epoch,
    seq,
    payload_hash,
    envelope_hash
FROM events;
