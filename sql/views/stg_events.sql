-- question:     What exactly was sent, each distinct content once?
-- grain:        one row per distinct content of an event; two rows of one identity are a conflict
-- keys:         experiment_id, run_id, emitter, epoch, seq, payload_hash, envelope_hash
-- units:        received_at and ts in UTC microseconds
-- denominators: none
-- late, duplicate, missing: of a redelivered event the delivery with the lowest stream_seq remains; row_version orders
--               conflicting contents as the typed tables do; missing events have no row
-- operational:  yes (received_at and stream_seq belong to a delivery)
CREATE OR REPLACE VIEW stg_events AS
SELECT
    received_at,
    stream_seq,
    schema_version,
    event_id,
    event_type,
    ts,
    experiment_id,
    job_id,
    policy_id,
    task_id,
    run_id,
    emitter,
    epoch,
    seq,
    step_id,
    cfg_hash,
    env_hash,
    seed,
    trace_id,
    span_id,
    payload_hash,
    envelope_hash,
    bitOr(
        bitShiftLeft(toUInt128(payload_hash), 64),
        toUInt128(envelope_hash)
    ) AS row_version,
    data
FROM events
FINAL;
