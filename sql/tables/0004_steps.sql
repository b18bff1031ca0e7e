-- question:     What did the agent think, do, see and spend, entry by entry?
-- grain:        one row per step event; long texts stay in events.data
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        _ms in milliseconds; tokens as counts; nano_aiu in 10^-9 AIU, nano_usd in 10^-9 US dollars; _bytes
--               in bytes; times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: a later row of the same key replaces an earlier one only if its row_version is
--               greater, so the survivor does not depend on arrival; an absent field is NULL (an absent list is empty)
-- operational:  no
-- order by:     one run's rows lie together in emission order; every view reads run by run
-- payload keeps the fields as one Tuple, each part stored and read by itself, and the ALIAS columns name them: a
-- materialized view that lists every field costs 40 to 120 ms of query analysis on each insert, this one about 3 ms.
-- settings: fewer, larger merges and compact parts up to 128 MiB: measured to save a fifth of the CPU while events arrive,
-- because merging competes with inserting; FINAL over the few more parts costs little at batches of up to 100,000 rows.
CREATE TABLE IF NOT EXISTS steps
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
    ) CODEC(ZSTD(1)),
    kind LowCardinality(String) ALIAS payload.kind,
    step_no Nullable(UInt32) ALIAS payload.step_no,
    turn Nullable(UInt32) ALIAS payload.turn,
    model LowCardinality(Nullable(String)) ALIAS payload.model,
    reasoning_effort LowCardinality(Nullable(String)) ALIAS payload.reasoning_effort,
    input_tokens Nullable(UInt64) ALIAS payload.usage.input_tokens,
    cache_read_tokens Nullable(UInt64) ALIAS payload.usage.cache_read_tokens,
    cache_write_tokens Nullable(UInt64) ALIAS payload.usage.cache_write_tokens,
    output_tokens Nullable(UInt64) ALIAS payload.usage.output_tokens,
    reasoning_tokens Nullable(UInt64) ALIAS payload.usage.reasoning_tokens,
    nano_aiu Nullable(UInt64) ALIAS payload.usage.nano_aiu,
    nano_usd Nullable(UInt64) ALIAS payload.usage.nano_usd,
    cost_source LowCardinality(Nullable(String)) ALIAS payload.usage.cost_source,
    llm_calls Nullable(UInt32) ALIAS payload.llm_calls,
    duration_ms Nullable(Float64) ALIAS payload.duration_ms,
    api_time_ms Nullable(Float64) ALIAS payload.api_time_ms,
    server_time_ms Nullable(Float64) ALIAS payload.server_time_ms,
    time_to_first_token_ms Nullable(Float64) ALIAS payload.time_to_first_token_ms,
    context_tokens Nullable(UInt64) ALIAS payload.context_tokens,
    context_limit_tokens Nullable(UInt64) ALIAS payload.context_limit_tokens,
    context_kb Nullable(Float64) ALIAS payload.context_kb,
    finish_reason LowCardinality(Nullable(String)) ALIAS payload.finish_reason,
    response_id Nullable(String) ALIAS payload.response_id,
    content_bytes Nullable(UInt64) ALIAS payload.content_bytes,
    planned Nullable(Bool) ALIAS payload.planned,
    agent_name LowCardinality(Nullable(String)) ALIAS payload.agent_name,
    agent_id LowCardinality(Nullable(String)) ALIAS payload.agent_id,
    parent_step_id Nullable(String) ALIAS payload.parent_step_id,
    action_type LowCardinality(Nullable(String)) ALIAS payload.action_type,
    action_path Nullable(String) ALIAS payload.action_path,
    action_content_bytes Nullable(UInt64) ALIAS payload.action_content_bytes,
    reward Nullable(Float64) ALIAS payload.reward,
    cumulative_reward Nullable(Float64) ALIAS payload.cumulative_reward,
    done Nullable(Bool) ALIAS payload.done,
    error Nullable(String) ALIAS payload.error,
    file_diff_path Nullable(String) ALIAS payload.file_diff.path,
    chars_changed Nullable(UInt32) ALIAS payload.file_diff.chars_changed,
    test_pass_rate Nullable(Float64) ALIAS payload.test_pass_rate,
    security_flags Array(String) ALIAS payload.security_flags,
    is_copied_context Nullable(Bool) ALIAS payload.is_copied_context
)
ENGINE = ReplacingMergeTree(row_version)
ORDER BY (experiment_id, run_id, emitter, epoch, seq)
SETTINGS
    merge_selector_base = 12,
    min_bytes_for_wide_part = 134217728;
