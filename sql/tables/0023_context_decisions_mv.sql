-- question:     How does a context_decision event become a row of context_decisions?
-- grain:        one row per context_decision event of the inserted block
-- keys:         as context_decisions
-- units:        as context_decisions
-- denominators: none
-- late, duplicate, missing: keeps every row it is given; the table it fills removes duplicates. It never throws: what
--               JSONExtract cannot read becomes NULL or empty, and rpt_store_check compares table and events
-- operational:  no
CREATE MATERIALIZED VIEW IF NOT EXISTS context_decisions_mv TO context_decisions AS
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
        )'
    ) AS payload
FROM events
WHERE event_type = 'context_decision';
