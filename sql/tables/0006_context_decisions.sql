-- question:     What was kept, dropped or rewritten in the context window, and what did that cost?
-- grain:        one row per context_decision event
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        _ms in milliseconds; tokens as counts; nano_aiu in 10^-9 AIU, nano_usd in 10^-9 US dollars; times in
--               UTC microseconds
-- denominators: none
-- late, duplicate, missing: a later row of the same key replaces an earlier one only if its row_version is
--               greater, so the survivor does not depend on arrival; an absent field is NULL (an absent list is empty)
-- operational:  no
-- order by:     one run's rows lie together in emission order; every view reads run by run
-- payload keeps the fields as one Tuple, each part stored and read by itself, and the ALIAS columns name them: a
-- materialized view that lists every field costs 40 to 120 ms of query analysis on each insert, this one about 3 ms.
-- settings: fewer, larger merges and compact parts up to 128 MiB: measured to save a fifth of the CPU while events arrive,
-- because merging competes with inserting; FINAL over the few more parts costs little at batches of up to 100,000 rows.
CREATE TABLE IF NOT EXISTS context_decisions
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
        segment_id Nullable(String),
        segment_kind LowCardinality(Nullable(String)),
        kept Nullable(Bool),
        success Nullable(Bool),
        tokens_before Nullable(UInt64),
        tokens_after Nullable(UInt64),
        tokens_removed Nullable(UInt64),
        messages_before Nullable(UInt32),
        messages_after Nullable(UInt32),
        messages_removed Nullable(UInt32),
        kb_before Nullable(Float64),
        kb_after Nullable(Float64),
        token_limit Nullable(UInt64),
        algorithm LowCardinality(Nullable(String)),
        confidence Nullable(Float64),
        impact Nullable(Float64),
        model LowCardinality(Nullable(String)),
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
        duration_ms Nullable(Float64),
        turn Nullable(UInt32),
        agent_id LowCardinality(Nullable(String))
    ) CODEC(ZSTD(1)),
    kind LowCardinality(String) ALIAS payload.kind,
    segment_id Nullable(String) ALIAS payload.segment_id,
    segment_kind LowCardinality(Nullable(String)) ALIAS payload.segment_kind,
    kept Nullable(Bool) ALIAS payload.kept,
    success Nullable(Bool) ALIAS payload.success,
    tokens_before Nullable(UInt64) ALIAS payload.tokens_before,
    tokens_after Nullable(UInt64) ALIAS payload.tokens_after,
    tokens_removed Nullable(UInt64) ALIAS payload.tokens_removed,
    messages_before Nullable(UInt32) ALIAS payload.messages_before,
    messages_after Nullable(UInt32) ALIAS payload.messages_after,
    messages_removed Nullable(UInt32) ALIAS payload.messages_removed,
    kb_before Nullable(Float64) ALIAS payload.kb_before,
    kb_after Nullable(Float64) ALIAS payload.kb_after,
    token_limit Nullable(UInt64) ALIAS payload.token_limit,
    algorithm LowCardinality(Nullable(String)) ALIAS payload.algorithm,
    confidence Nullable(Float64) ALIAS payload.confidence,
    impact Nullable(Float64) ALIAS payload.impact,
    model LowCardinality(Nullable(String)) ALIAS payload.model,
    input_tokens Nullable(UInt64) ALIAS payload.usage.input_tokens,
    cache_read_tokens Nullable(UInt64) ALIAS payload.usage.cache_read_tokens,
    cache_write_tokens Nullable(UInt64) ALIAS payload.usage.cache_write_tokens,
    output_tokens Nullable(UInt64) ALIAS payload.usage.output_tokens,
    reasoning_tokens Nullable(UInt64) ALIAS payload.usage.reasoning_tokens,
    nano_aiu Nullable(UInt64) ALIAS payload.usage.nano_aiu,
    nano_usd Nullable(UInt64) ALIAS payload.usage.nano_usd,
    cost_source LowCardinality(Nullable(String)) ALIAS payload.usage.cost_source,
    duration_ms Nullable(Float64) ALIAS payload.duration_ms,
    turn Nullable(UInt32) ALIAS payload.turn,
    agent_id LowCardinality(Nullable(String)) ALIAS payload.agent_id
)
ENGINE = ReplacingMergeTree(row_version)
ORDER BY (experiment_id, run_id, emitter, epoch, seq)
SETTINGS
    merge_selector_base = 12,
    min_bytes_for_wide_part = 134217728;
