-- question:     Who graded which run, when, and how?
-- grain:        one row per verdict event; the verdict latest by (graded_at, payload_hash) decides; stg_run_verdicts
--               says which
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: a later row of the same key replaces an earlier one only if its row_version is
--               greater, so the survivor does not depend on arrival; an absent field is NULL (an absent list is empty)
-- operational:  no
-- order by:     one run's rows lie together in emission order; every view reads run by run
-- payload keeps the fields as one Tuple, each part stored and read by itself, and the ALIAS columns name them: a
-- materialized view that lists every field costs 40 to 120 ms of query analysis on each insert, this one about 3 ms.
CREATE TABLE IF NOT EXISTS verdicts
(
    experiment_id LowCardinality(String),
    run_id UUID,
    emitter LowCardinality(String),
    epoch UInt64 CODEC(ZSTD(1)),
    seq UInt64 CODEC(Delta, ZSTD(1)),
    row_version UInt128 CODEC(NONE),
    ts DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    step_id Nullable(String) CODEC(ZSTD(1)),
    payload Tuple(
        grader LowCardinality(Nullable(String)),
        grader_version LowCardinality(Nullable(String)),
        outcome LowCardinality(String),
        score Nullable(Float64),
        rewards Map(String, Float64),
        tests Tuple(
            passed Nullable(UInt32),
            failed Nullable(UInt32),
            skipped Nullable(UInt32),
            passed_names Array(String),
            failed_names Array(String)
        ),
        graded_at Nullable(String),
        reason Nullable(String)
    ) CODEC(ZSTD(1)),
    grader LowCardinality(Nullable(String)) ALIAS payload.grader,
    grader_version LowCardinality(Nullable(String)) ALIAS payload.grader_version,
    outcome LowCardinality(String) ALIAS payload.outcome,
    score Nullable(Float64) ALIAS payload.score,
    rewards Map(String, Float64) ALIAS payload.rewards,
    tests_passed Nullable(UInt32) ALIAS payload.tests.passed,
    tests_failed Nullable(UInt32) ALIAS payload.tests.failed,
    tests_skipped Nullable(UInt32) ALIAS payload.tests.skipped,
    tests_passed_names Array(String) ALIAS payload.tests.passed_names,
    tests_failed_names Array(String) ALIAS payload.tests.failed_names,
    graded_at DateTime64(6, 'UTC') ALIAS coalesce(parseDateTime64BestEffortOrNull(payload.graded_at, 6, 'UTC'), ts),
    reason Nullable(String) ALIAS payload.reason
)
ENGINE = ReplacingMergeTree(row_version)
ORDER BY (experiment_id, run_id, emitter, epoch, seq);
