-- question:     How does a run_stop event become a row of run_stops?
-- grain:        one row per run_stop event of the inserted block
-- keys:         as run_stops
-- units:        as run_stops
-- denominators: none
-- late, duplicate, missing: keeps every row it is given; the table it fills removes duplicates. It never throws: what
--               JSONExtract cannot read becomes NULL or empty, and rpt_store_check compares table and events
-- operational:  no
CREATE MATERIALIZED VIEW IF NOT EXISTS run_stops_mv TO run_stops AS
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
    JSONExtract(
        data,
        'Tuple(
            status LowCardinality(String),
            outcome LowCardinality(Nullable(String)),
            score Nullable(Float64),
            rewards Map(String, Float64),
            reward_valid Nullable(Bool),
            tests Tuple(
                passed Nullable(UInt32),
                failed Nullable(UInt32),
                skipped Nullable(UInt32),
                passed_names Array(String),
                failed_names Array(String)
            ),
            files_modified Nullable(UInt32),
            files_modified_names Array(String),
            lines_added Nullable(UInt32),
            lines_removed Nullable(UInt32),
            early_stopped Nullable(Bool),
            early_stop_reason Nullable(String),
            usage Tuple(
                input_tokens Nullable(UInt64),
                cache_read_tokens Nullable(UInt64),
                cache_write_tokens Nullable(UInt64),
                output_tokens Nullable(UInt64),
                reasoning_tokens Nullable(UInt64),
                nano_aiu Nullable(UInt64),
                nano_usd Nullable(UInt64),
                cost_source LowCardinality(Nullable(String))
            ),
            total_tokens Nullable(UInt64),
            nano_aiu_by_type Map(String, UInt64),
            api_time_ms Nullable(Float64),
            requests Nullable(UInt32),
            premium_requests Nullable(Float64),
            context Tuple(
                system_tokens Nullable(UInt64),
                tool_definitions_tokens Nullable(UInt64),
                conversation_tokens Nullable(UInt64),
                context_tokens Nullable(UInt64),
                peak_context_tokens Nullable(UInt64),
                context_limit_tokens Nullable(UInt64)
            ),
            turns Nullable(UInt32),
            messages Nullable(UInt32),
            user_messages Nullable(UInt32),
            warnings Nullable(UInt32),
            hooks Nullable(UInt32),
            compactions Nullable(UInt32),
            truncations Nullable(UInt32),
            tool_errors Nullable(UInt32),
            stability_variance Nullable(Float64),
            session_id Nullable(String),
            exit_code Nullable(Int32),
            error Nullable(String),
            error_type LowCardinality(Nullable(String)),
            error_cause LowCardinality(Nullable(String)),
            error_artifact Nullable(String),
            duration_ms Nullable(Float64),
            setup_ms Nullable(Float64),
            agent_ms Nullable(Float64),
            verify_ms Nullable(Float64),
            started_at Nullable(String),
            stopped_at Nullable(String),
            artifacts Array(Tuple(name String, sha256 Nullable(String), bytes Nullable(UInt64), uri Nullable(String))),
            emitters Array(Tuple(emitter String, epoch Nullable(UInt64)))
        )'
    ) AS payload
FROM events
WHERE event_type = 'run_stop';
