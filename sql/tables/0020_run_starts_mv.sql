-- question:     How does a run_start event become a row of run_starts?
-- grain:        one row per run_start event of the inserted block
-- keys:         as run_starts
-- units:        as run_starts
-- denominators: none
-- late, duplicate, missing: keeps every row it is given; the table it fills removes duplicates. It never throws: what
--               JSONExtract cannot read becomes NULL or empty, and rpt_store_check compares table and events
-- operational:  no
CREATE MATERIALIZED VIEW IF NOT EXISTS run_starts_mv TO run_starts AS
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
    job_id,
    policy_id,
    task_id,
    cfg_hash,
    env_hash,
    seed,
    trace_id,
    JSONExtract(
        data,
        'Tuple(
            trial_no Nullable(UInt32),
            attempt Nullable(UInt32),
            policy Tuple(
                name LowCardinality(Nullable(String)),
                model LowCardinality(Nullable(String)),
                reasoning_effort LowCardinality(Nullable(String)),
                agent LowCardinality(Nullable(String)),
                mode LowCardinality(Nullable(String)),
                allow_tools Array(String),
                deny_tools Array(String),
                allow_all_tools Nullable(Bool),
                provider Tuple(
                    type LowCardinality(Nullable(String)),
                    base_url LowCardinality(Nullable(String))
                ),
                trials Nullable(UInt32)
            ),
            agent Tuple(
                name LowCardinality(Nullable(String)),
                version LowCardinality(Nullable(String)),
                adapter LowCardinality(Nullable(String))
            ),
            model LowCardinality(Nullable(String)),
            model_provider LowCardinality(Nullable(String)),
            task Tuple(
                name LowCardinality(Nullable(String)),
                version LowCardinality(Nullable(String)),
                checksum LowCardinality(Nullable(String)),
                dataset LowCardinality(Nullable(String)),
                prompt_bytes Nullable(UInt32),
                prompt_sha256 LowCardinality(Nullable(String)),
                repo LowCardinality(Nullable(String)),
                ref LowCardinality(Nullable(String)),
                features Tuple(
                    repo_size_mb Nullable(Float64),
                    file_count Nullable(UInt32),
                    language_mix Map(String, Float64),
                    dependency_count Nullable(UInt32),
                    test_count Nullable(UInt32),
                    complexity_score Nullable(Float64),
                    domain LowCardinality(Nullable(String)),
                    historical_failure_rate Nullable(Float64),
                    avg_completion_time_ms Nullable(Float64)
                )
            ),
            run_config Tuple(
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
            source Tuple(
                system LowCardinality(Nullable(String)),
                source_id Nullable(String),
                content_sha256 Nullable(String),
                n_records Nullable(UInt64),
                translator_version Nullable(UInt32),
                revision Nullable(UInt32)
            ),
            session_id Nullable(String),
            timeout_seconds Nullable(Float64),
            git_base LowCardinality(Nullable(String)),
            started_at Nullable(String),
            host Tuple(
                name LowCardinality(Nullable(String)),
                os LowCardinality(Nullable(String)),
                arch LowCardinality(Nullable(String)),
                pid Nullable(UInt32),
                python_version LowCardinality(Nullable(String)),
                cpu_count Nullable(UInt32),
                memory_bytes Nullable(UInt64),
                started_at Nullable(String)
            ),
            benchwire_version LowCardinality(Nullable(String))
        )'
    ) AS payload
FROM events
WHERE event_type = 'run_start';
