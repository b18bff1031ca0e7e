-- question:     Which messages or lines could not be stored, why, and what has become of them?
-- grain:        one row per refused line (line_no 0 is the whole message)
-- keys:         stream, stream_seq, line_no
-- units:        times in UTC microseconds; raw holds the bytes as they came
-- denominators: none
-- late, duplicate, missing: a line refused again replaces itself; the row with the highest state_version says whether
--               it is open, replayed or discarded
-- operational:  yes
-- order by:     letters are read and replayed in stream order
CREATE TABLE IF NOT EXISTS dead_letters
(
    stream LowCardinality(String),
    stream_seq UInt64 CODEC(Delta, ZSTD(1)),
    line_no UInt32 CODEC(ZSTD(1)),
    subject String CODEC(ZSTD(1)),
    reason LowCardinality(String),
    detail String CODEC(ZSTD(1)),
    raw String CODEC(ZSTD(1)),
    state LowCardinality(String) DEFAULT 'open',
    state_at DateTime64(6, 'UTC') CODEC(ZSTD(1)),
    received_at DateTime64(6, 'UTC') CODEC(ZSTD(1)),
    consumer String CODEC(ZSTD(1)),
    state_version UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(state_version)
ORDER BY (stream, stream_seq, line_no);
