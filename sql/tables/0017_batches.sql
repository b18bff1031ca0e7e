-- question:     What has the consumer inserted, when, how fast, and how much of it again?
-- grain:        one row per acknowledged batch
-- keys:         batch_id
-- units:        insert_ms in milliseconds; body_bytes in bytes; times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: append-only; a batch that is inserted again after a failure is a batch of its own
-- operational:  yes
-- order by:     batches are read by time
CREATE TABLE IF NOT EXISTS batches
(
    batch_id UUID,
    consumer LowCardinality(String),
    inserted_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    first_stream_seq UInt64 CODEC(Delta, ZSTD(1)),
    last_stream_seq UInt64 CODEC(Delta, ZSTD(1)),
    n_messages UInt32 CODEC(ZSTD(1)),
    n_events UInt32 CODEC(ZSTD(1)),
    n_redelivered UInt32 CODEC(ZSTD(1)),
    n_dead_letters UInt32 CODEC(ZSTD(1)),
    body_bytes UInt64 CODEC(ZSTD(1)),
    insert_ms Float64 CODEC(ZSTD(1)),
    oldest_received_at Nullable(DateTime64(6, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = MergeTree
ORDER BY (inserted_at, consumer, batch_id);
