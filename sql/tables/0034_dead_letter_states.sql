-- question:     What has become of each dead letter, when, by whom and why?
-- grain:        one row per change of a letter's state
-- keys:         stream, stream_seq, line_no, received_at (the letter's); changed_at, state_seq (the change's)
-- units:        times in UTC microseconds; state_seq is the change's place in BENCH_DEAD_LETTERS
-- denominators: none
-- late, duplicate, missing: a change that is delivered again replaces itself; the latest by (changed_at, state_seq) counts,
--               in whatever order they arrive; a letter without any is open
-- operational:  yes
-- order by:     the changes of one letter lie together, in order
-- received_at is part of the name because a stream that was made anew counts from 1 again.
CREATE TABLE IF NOT EXISTS dead_letter_states
(
    stream LowCardinality(String),
    stream_seq UInt64 CODEC(Delta, ZSTD(1)),
    line_no UInt32 CODEC(ZSTD(1)),
    received_at DateTime64(6, 'UTC') CODEC(ZSTD(1)),
    state LowCardinality(String),
    detail String CODEC(ZSTD(1)),
    changed_by String CODEC(ZSTD(1)),
    changed_at DateTime64(6, 'UTC') CODEC(ZSTD(1)),
    state_seq UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (stream, stream_seq, line_no, received_at, changed_at, state_seq);
