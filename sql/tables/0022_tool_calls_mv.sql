-- question:     How does a tool_call event become a row of tool_calls?
-- grain:        one row per tool_call event of the inserted block
-- keys:         as tool_calls
-- units:        as tool_calls
-- denominators: none
-- late, duplicate, missing: keeps every row it is given; the table it fills removes duplicates. It never throws: what
--               JSONExtract cannot read becomes NULL or empty, and rpt_store_check compares table and events
-- operational:  no
CREATE MATERIALIZED VIEW IF NOT EXISTS tool_calls_mv TO tool_calls AS
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
            name LowCardinality(String),
            tool_call_id Nullable(String),
            tool_type LowCardinality(Nullable(String)),
            mcp_server LowCardinality(Nullable(String)),
            turn Nullable(UInt32),
            model LowCardinality(Nullable(String)),
            args_hash Nullable(String),
            latency_ms Nullable(Float64),
            retries Nullable(UInt32),
            exit_kind LowCardinality(Nullable(String)),
            exit_detail Nullable(String),
            exit_code Nullable(Int32),
            failed Nullable(Bool),
            nonzero_exit Nullable(Bool),
            error Nullable(String),
            error_code LowCardinality(Nullable(String)),
            result_bytes Nullable(UInt64),
            result_chars Nullable(UInt64),
            result_truncated Nullable(Bool),
            user_requested Nullable(Bool),
            evidence Tuple(
                files_read Array(String),
                files_modified Array(String),
                lines_changed Nullable(UInt32),
                tests_added Nullable(UInt32),
                tests_modified Nullable(UInt32),
                bytes_read Nullable(UInt64),
                bytes_written Nullable(UInt64)
            ),
            user_feedback_score Nullable(Float64),
            intent_accuracy Nullable(Float64),
            agent_name LowCardinality(Nullable(String)),
            agent_id LowCardinality(Nullable(String))
        )'
    ) AS payload
FROM events
WHERE event_type = 'tool_call';
