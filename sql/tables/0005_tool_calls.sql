-- question:     How did each tool call go, how long did it take, what did it touch?
-- grain:        one row per tool_call event; arguments and result texts stay in events.data
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        _ms in milliseconds; _bytes in bytes; times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: a later row of the same key replaces an earlier one only if its row_version is
--               greater, so the survivor does not depend on arrival; an absent field is NULL (an absent list is empty)
-- operational:  no
-- order by:     one run's rows lie together in emission order; every view reads run by run
-- payload keeps the fields as one Tuple, each part stored and read by itself, and the ALIAS columns name them: a
-- materialized view that lists every field costs 40 to 120 ms of query analysis on each insert, this one about 3 ms.
-- settings: fewer, larger merges and compact parts up to 128 MiB: measured to save a fifth of the CPU while events arrive,
-- because merging competes with inserting; FINAL over the few more parts costs little at batches of up to 100,000 rows.
CREATE TABLE IF NOT EXISTS tool_calls
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
    ) CODEC(ZSTD(1)),
    name LowCardinality(String) ALIAS payload.name,
    tool_call_id Nullable(String) ALIAS payload.tool_call_id,
    tool_type LowCardinality(Nullable(String)) ALIAS payload.tool_type,
    mcp_server LowCardinality(Nullable(String)) ALIAS payload.mcp_server,
    turn Nullable(UInt32) ALIAS payload.turn,
    model LowCardinality(Nullable(String)) ALIAS payload.model,
    args_hash Nullable(String) ALIAS payload.args_hash,
    latency_ms Nullable(Float64) ALIAS payload.latency_ms,
    retries Nullable(UInt32) ALIAS payload.retries,
    exit_kind LowCardinality(Nullable(String)) ALIAS payload.exit_kind,
    exit_detail Nullable(String) ALIAS payload.exit_detail,
    exit_code Nullable(Int32) ALIAS payload.exit_code,
    failed Nullable(Bool) ALIAS payload.failed,
    nonzero_exit Nullable(Bool) ALIAS payload.nonzero_exit,
    error Nullable(String) ALIAS payload.error,
    error_code LowCardinality(Nullable(String)) ALIAS payload.error_code,
    result_bytes Nullable(UInt64) ALIAS payload.result_bytes,
    result_chars Nullable(UInt64) ALIAS payload.result_chars,
    result_truncated Nullable(Bool) ALIAS payload.result_truncated,
    user_requested Nullable(Bool) ALIAS payload.user_requested,
    files_read Array(String) ALIAS payload.evidence.files_read,
    files_modified Array(String) ALIAS payload.evidence.files_modified,
    lines_changed Nullable(UInt32) ALIAS payload.evidence.lines_changed,
    tests_added Nullable(UInt32) ALIAS payload.evidence.tests_added,
    tests_modified Nullable(UInt32) ALIAS payload.evidence.tests_modified,
    bytes_read Nullable(UInt64) ALIAS payload.evidence.bytes_read,
    bytes_written Nullable(UInt64) ALIAS payload.evidence.bytes_written,
    user_feedback_score Nullable(Float64) ALIAS payload.user_feedback_score,
    intent_accuracy Nullable(Float64) ALIAS payload.intent_accuracy,
    agent_name LowCardinality(Nullable(String)) ALIAS payload.agent_name,
    agent_id LowCardinality(Nullable(String)) ALIAS payload.agent_id
)
ENGINE = ReplacingMergeTree(row_version)
ORDER BY (experiment_id, run_id, emitter, epoch, seq)
SETTINGS
    merge_selector_base = 12,
    min_bytes_for_wide_part = 134217728;
