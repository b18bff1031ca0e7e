-- question:     How does a failure event become a row of failures?
-- grain:        one row per failure event of the inserted block
-- keys:         as failures
-- units:        as failures
-- denominators: none
-- late, duplicate, missing: keeps every row it is given; the table it fills removes duplicates. It never throws: what
--               JSONExtract cannot read becomes NULL or empty, and rpt_store_check compares table and events
-- operational:  no
CREATE MATERIALIZED VIEW IF NOT EXISTS failures_mv TO failures AS
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
            root Tuple(
                kind LowCardinality(String),
                error_type LowCardinality(Nullable(String)),
                command Nullable(String),
                missing_module Nullable(String),
                suggested_fix Nullable(String),
                invalid_path Nullable(String),
                expected_location Nullable(String),
                flaky_test Nullable(String),
                failure_rate Nullable(Float64),
                logic_error Nullable(String),
                context Nullable(String),
                reasoning_error Nullable(String),
                step_number Nullable(UInt32),
                missing_info Nullable(String),
                pruning_error Nullable(Bool),
                tool_name LowCardinality(Nullable(String)),
                usage_error Nullable(String),
                component LowCardinality(Nullable(String))
            ),
            message Nullable(String),
            error_type LowCardinality(Nullable(String)),
            tool_call_id Nullable(String),
            turn Nullable(UInt32),
            fatal Nullable(Bool),
            recovery_attempts Array(Tuple(
                strategy String,
                success Nullable(Bool),
                time_spent_ms Nullable(Float64),
                side_effects Array(String)
            )),
            final_error_state Tuple(
                recoverable Nullable(Bool),
                error_category LowCardinality(Nullable(String)),
                confidence Nullable(Float64),
                similar_failures Nullable(UInt32)
            ),
            contributing_factors Array(String),
            remediation_suggestions Array(String),
            agent_id LowCardinality(Nullable(String))
        )'
    ) AS payload
FROM events
WHERE event_type = 'failure';
