-- question:     What went wrong first, what was tried, and how did it end?
-- grain:        one row per failure event; the traceback stays in events.data
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: a later row of the same key replaces an earlier one only if its row_version is
--               greater, so the survivor does not depend on arrival; an absent field is NULL (an absent list is empty)
-- operational:  no
-- order by:     one run's rows lie together in emission order; every view reads run by run
-- payload keeps the fields as one Tuple, each part stored and read by itself, and the ALIAS columns name them: a
-- materialized view that lists every field costs 40 to 120 ms of query analysis on each insert, this one about 3 ms.
CREATE TABLE IF NOT EXISTS failures
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
    ) CODEC(ZSTD(1)),
    root_kind LowCardinality(String) ALIAS payload.root.kind,
    root_error_type LowCardinality(Nullable(String)) ALIAS payload.root.error_type,
    command Nullable(String) ALIAS payload.root.command,
    missing_module Nullable(String) ALIAS payload.root.missing_module,
    suggested_fix Nullable(String) ALIAS payload.root.suggested_fix,
    invalid_path Nullable(String) ALIAS payload.root.invalid_path,
    expected_location Nullable(String) ALIAS payload.root.expected_location,
    flaky_test Nullable(String) ALIAS payload.root.flaky_test,
    failure_rate Nullable(Float64) ALIAS payload.root.failure_rate,
    logic_error Nullable(String) ALIAS payload.root.logic_error,
    root_context Nullable(String) ALIAS payload.root.context,
    reasoning_error Nullable(String) ALIAS payload.root.reasoning_error,
    step_number Nullable(UInt32) ALIAS payload.root.step_number,
    missing_info Nullable(String) ALIAS payload.root.missing_info,
    pruning_error Nullable(Bool) ALIAS payload.root.pruning_error,
    tool_name LowCardinality(Nullable(String)) ALIAS payload.root.tool_name,
    usage_error Nullable(String) ALIAS payload.root.usage_error,
    component LowCardinality(Nullable(String)) ALIAS payload.root.component,
    message Nullable(String) ALIAS payload.message,
    error_type LowCardinality(Nullable(String)) ALIAS payload.error_type,
    tool_call_id Nullable(String) ALIAS payload.tool_call_id,
    turn Nullable(UInt32) ALIAS payload.turn,
    fatal Nullable(Bool) ALIAS payload.fatal,
    recovery_attempts Array(Tuple(
        strategy String,
        success Nullable(Bool),
        time_spent_ms Nullable(Float64),
        side_effects Array(String)
    )) ALIAS payload.recovery_attempts,
    recoverable Nullable(Bool) ALIAS payload.final_error_state.recoverable,
    error_category LowCardinality(Nullable(String)) ALIAS payload.final_error_state.error_category,
    confidence Nullable(Float64) ALIAS payload.final_error_state.confidence,
    similar_failures Nullable(UInt32) ALIAS payload.final_error_state.similar_failures,
    contributing_factors Array(String) ALIAS payload.contributing_factors,
    remediation_suggestions Array(String) ALIAS payload.remediation_suggestions,
    agent_id LowCardinality(Nullable(String)) ALIAS payload.agent_id
)
ENGINE = ReplacingMergeTree(row_version)
ORDER BY (experiment_id, run_id, emitter, epoch, seq);
