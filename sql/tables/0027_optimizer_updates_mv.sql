-- question:     How does an optimizer_update event become a row of optimizer_updates?
-- grain:        one row per optimizer_update event of the inserted block
-- keys:         as optimizer_updates
-- units:        as optimizer_updates
-- denominators: none
-- late, duplicate, missing: keeps every row it is given; the table it fills removes duplicates. It never throws: what
--               JSONExtract cannot read becomes NULL or empty, and rpt_store_check compares table and events
-- operational:  no
CREATE MATERIALIZED VIEW IF NOT EXISTS optimizer_updates_mv TO optimizer_updates AS
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
        )'
    ) AS payload
FROM events
WHERE event_type = 'optimizer_update';
