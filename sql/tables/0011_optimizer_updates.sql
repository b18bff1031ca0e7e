-- question:     Which configuration did an optimiser suggest, and why?
-- grain:        one row per optimizer_update event; the suggested document stays in events.data
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        _ms in milliseconds; times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: a later row of the same key replaces an earlier one only if its row_version is
--               greater, so the survivor does not depend on arrival; an absent field is NULL (an absent list is empty)
-- operational:  no
-- order by:     one run's rows lie together in emission order; every view reads run by run
-- payload keeps the fields as one Tuple, each part stored and read by itself, and the ALIAS columns name them: a
-- materialized view that lists every field costs 40 to 120 ms of query analysis on each insert, this one about 3 ms.
CREATE TABLE IF NOT EXISTS optimizer_updates
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
        suggested_config Tuple(
            max_iterations Nullable(UInt32),
            temperature Nullable(Float64),
            context_window Nullable(UInt64),
            pruning_threshold Nullable(Float64),
            planner_depth Nullable(UInt32),
            debate_rounds Nullable(UInt32),
            available_tools Array(String),
            tool_timeout_ms Nullable(Float64),
            retry_policy Tuple(
                max_retries Nullable(UInt32),
                backoff_ms Nullable(Float64),
                exponential_backoff Nullable(Bool),
                retry_on_flake Nullable(Bool),
                retry_on_timeout Nullable(Bool)
            ),
            execution_timeout_seconds Nullable(Float64),
            failing_tests_patience Nullable(UInt32),
            no_progress_timeout_seconds Nullable(Float64),
            docker_image LowCardinality(Nullable(String)),
            tools_commit LowCardinality(Nullable(String)),
            sandbox_limits Tuple(
                memory_mb Nullable(UInt32),
                cpu_cores Nullable(Float64),
                disk_mb Nullable(UInt32),
                network_enabled Nullable(Bool),
                execution_timeout_ms Nullable(Float64)
            )
        ),
        suggested_policy_id LowCardinality(Nullable(String)),
        optimizer LowCardinality(Nullable(String)),
        confidence Nullable(Float64),
        expected_improvement Nullable(Float64),
        exploration_vs_exploitation Nullable(Float64),
        reasoning Nullable(String),
        command_id Nullable(String)
    ) CODEC(ZSTD(1)),
    max_iterations Nullable(UInt32) ALIAS payload.suggested_config.max_iterations,
    temperature Nullable(Float64) ALIAS payload.suggested_config.temperature,
    context_window Nullable(UInt64) ALIAS payload.suggested_config.context_window,
    pruning_threshold Nullable(Float64) ALIAS payload.suggested_config.pruning_threshold,
    planner_depth Nullable(UInt32) ALIAS payload.suggested_config.planner_depth,
    debate_rounds Nullable(UInt32) ALIAS payload.suggested_config.debate_rounds,
    available_tools Array(String) ALIAS payload.suggested_config.available_tools,
    tool_timeout_ms Nullable(Float64) ALIAS payload.suggested_config.tool_timeout_ms,
    max_retries Nullable(UInt32) ALIAS payload.suggested_config.retry_policy.max_retries,
    backoff_ms Nullable(Float64) ALIAS payload.suggested_config.retry_policy.backoff_ms,
    exponential_backoff Nullable(Bool) ALIAS payload.suggested_config.retry_policy.exponential_backoff,
    retry_on_flake Nullable(Bool) ALIAS payload.suggested_config.retry_policy.retry_on_flake,
    retry_on_timeout Nullable(Bool) ALIAS payload.suggested_config.retry_policy.retry_on_timeout,
    execution_timeout_seconds Nullable(Float64) ALIAS payload.suggested_config.execution_timeout_seconds,
    failing_tests_patience Nullable(UInt32) ALIAS payload.suggested_config.failing_tests_patience,
    no_progress_timeout_seconds Nullable(Float64) ALIAS payload.suggested_config.no_progress_timeout_seconds,
    docker_image LowCardinality(Nullable(String)) ALIAS payload.suggested_config.docker_image,
    tools_commit LowCardinality(Nullable(String)) ALIAS payload.suggested_config.tools_commit,
    memory_mb Nullable(UInt32) ALIAS payload.suggested_config.sandbox_limits.memory_mb,
    cpu_cores Nullable(Float64) ALIAS payload.suggested_config.sandbox_limits.cpu_cores,
    disk_mb Nullable(UInt32) ALIAS payload.suggested_config.sandbox_limits.disk_mb,
    network_enabled Nullable(Bool) ALIAS payload.suggested_config.sandbox_limits.network_enabled,
    execution_timeout_ms Nullable(Float64) ALIAS payload.suggested_config.sandbox_limits.execution_timeout_ms,
    suggested_policy_id LowCardinality(Nullable(String)) ALIAS payload.suggested_policy_id,
    optimizer LowCardinality(Nullable(String)) ALIAS payload.optimizer,
    confidence Nullable(Float64) ALIAS payload.confidence,
    expected_improvement Nullable(Float64) ALIAS payload.expected_improvement,
    exploration_vs_exploitation Nullable(Float64) ALIAS payload.exploration_vs_exploitation,
    reasoning Nullable(String) ALIAS payload.reasoning,
    command_id Nullable(String) ALIAS payload.command_id
)
ENGINE = ReplacingMergeTree(row_version)
ORDER BY (experiment_id, run_id, emitter, epoch, seq);
