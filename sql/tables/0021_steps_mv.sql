-- question:     How does a step event become a row of steps?
-- grain:        one row per step event of the inserted block
-- keys:         as steps
-- units:        as steps
-- denominators: none
-- late, duplicate, missing: keeps every row it is given; the table it fills removes duplicates. It never throws: what
--               JSONExtract cannot read becomes NULL or empty, and rpt_store_check compares table and events
-- operational:  no
CREATE MATERIALIZED VIEW IF NOT EXISTS steps_mv TO steps AS
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
            kind LowCardinality(String),
            step_no Nullable(UInt32),
            turn Nullable(UInt32),
            model LowCardinality(Nullable(String)),
            reasoning_effort LowCardinality(Nullable(String)),
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
            llm_calls Nullable(UInt32),
            duration_ms Nullable(Float64),
            api_time_ms Nullable(Float64),
            server_time_ms Nullable(Float64),
            time_to_first_token_ms Nullable(Float64),
            context_tokens Nullable(UInt64),
            context_limit_tokens Nullable(UInt64),
            context_kb Nullable(Float64),
            finish_reason LowCardinality(Nullable(String)),
            response_id Nullable(String),
            content_bytes Nullable(UInt64),
            planned Nullable(Bool),
            agent_name LowCardinality(Nullable(String)),
            agent_id LowCardinality(Nullable(String)),
            parent_step_id Nullable(String),
            action_type LowCardinality(Nullable(String)),
            action_path Nullable(String),
            action_content_bytes Nullable(UInt64),
            reward Nullable(Float64),
            cumulative_reward Nullable(Float64),
            done Nullable(Bool),
            error Nullable(String),
            file_diff Tuple(
                path Nullable(String),
                chars_changed Nullable(UInt32)
            ),
            test_pass_rate Nullable(Float64),
            security_flags Array(String),
            is_copied_context Nullable(Bool)
        )'
    ) AS payload
FROM events
WHERE event_type = 'step';
