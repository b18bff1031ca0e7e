-- question:     Where does each epoch of an emitter end, and what must be there before its end?
-- grain:        one row per emitter_stop event
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: a later row of the same key replaces an earlier one only if its row_version is
--               greater, so the survivor does not depend on arrival; an absent field is NULL (an absent list is empty)
-- operational:  no
-- order by:     one run's rows lie together in emission order; every view reads run by run
-- payload keeps the fields as one Tuple, each part stored and read by itself, and the ALIAS columns name them: a
-- materialized view that lists every field costs 40 to 120 ms of query analysis on each insert, this one about 3 ms.
CREATE TABLE IF NOT EXISTS emitter_stops
(
    experiment_id LowCardinality(String),
    run_id UUID,
    emitter LowCardinality(String),
    epoch UInt64 CODEC(ZSTD(1)),
    seq UInt64 CODEC(Delta, ZSTD(1)),
    row_version UInt128 CODEC(NONE),
    ts DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    payload Tuple(
        n_events UInt64,
        checksum UInt64,
        sealed_by LowCardinality(String)
    ) CODEC(ZSTD(1)),
    n_events UInt64 ALIAS payload.n_events,
    checksum UInt64 ALIAS payload.checksum,
    sealed_by LowCardinality(String) ALIAS payload.sealed_by
)
ENGINE = ReplacingMergeTree(row_version)
ORDER BY (experiment_id, run_id, emitter, epoch, seq);
