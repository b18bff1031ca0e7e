-- question:     How does a verdict event become a row of verdicts?
-- grain:        one row per verdict event of the inserted block
-- keys:         as verdicts
-- units:        as verdicts
-- denominators: none
-- late, duplicate, missing: keeps every row it is given; the table it fills removes duplicates. It never throws: what
--               JSONExtract cannot read becomes NULL or empty, and rpt_store_check compares table and events
-- operational:  no
CREATE MATERIALIZED VIEW IF NOT EXISTS verdicts_mv TO verdicts AS
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    bitOr(
        bitShiftLeft(toUInt128(payload_hash), 64),
        toUInt128(envelope_hash)
    ) AS row_version,
    ts,
    step_id,
    JSONExtract(
        data,
        'Tuple(
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
        )'
    ) AS payload
FROM events
WHERE event_type = 'verdict';
