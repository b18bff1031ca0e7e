-- question:     What has the consumer inserted, when, how fast, and how much of it again?
-- grain:        one row per acknowledged batch
-- keys:         batch_id
-- units:        insert_ms in milliseconds; body_bytes in bytes; times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: append-only; nothing is removed
-- operational:  yes
CREATE OR REPLACE VIEW stg_batches AS
SELECT
    batch_id,
    consumer,
    inserted_at,
    first_stream_seq,
    last_stream_seq,
    n_messages,
    n_events,
    n_redelivered,
    n_dead_letters,
    body_bytes,
    insert_ms,
    oldest_received_at
FROM batches;
