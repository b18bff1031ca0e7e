-- question:     Which sequence numbers carry no event, and why?
-- grain:        one row per telemetry_loss event; ranges may overlap or repeat; readers merge them
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: a later row of the same key replaces an earlier one only if its row_version is
--               greater, so the survivor does not depend on arrival; an absent field is NULL (an absent list is empty)
-- operational:  no
-- order by:     one run's rows lie together in emission order; every view reads run by run
-- payload keeps the fields as one Tuple, each part stored and read by itself, and the ALIAS columns name them: a
-- materialized view that lists every field costs 40 to 120 ms of query analysis on each insert, this one about 3 ms.
CREATE TABLE IF NOT EXISTS telemetry_losses
(
    experiment_id LowCardinality(String),
    run_id UUID,
    emitter LowCardinality(String),
    epoch UInt64 CODEC(ZSTD(1)),
    seq UInt64 CODEC(Delta, ZSTD(1)),
    row_version UInt128 CODEC(NONE),
    ts DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    payload Tuple(
        ranges Array(Tuple(first_seq UInt64, last_seq UInt64)),
        event_types Array(String),
        reason LowCardinality(String),
        detail Nullable(String)
    ) CODEC(ZSTD(1)),
    ranges Array(Tuple(first_seq UInt64, last_seq UInt64)) ALIAS payload.ranges,
    event_types Array(String) ALIAS payload.event_types,
    reason LowCardinality(String) ALIAS payload.reason,
    detail Nullable(String) ALIAS payload.detail
)
ENGINE = ReplacingMergeTree(row_version)
ORDER BY (experiment_id, run_id, emitter, epoch, seq);
