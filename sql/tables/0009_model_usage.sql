-- question:     What did each run use of each model, as its run_stop states it?
-- grain:        one row per entry of run_stop.models
-- keys:         experiment_id, run_id, emitter, epoch, seq, item_no
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, nano_usd in 10^-9 US dollars; _ms in milliseconds
-- denominators: none
-- late, duplicate, missing: as run_stops; entries of a run_stop that lost a conflict may stay here and are left out by
--               stg_model_usage, which keeps only entries of the surviving run_stop
-- operational:  no
-- order by:     one run's rows lie together; item_no is the place in the list, from 0
-- payload keeps the fields as one Tuple and ALIAS columns name them, as in run_starts.
CREATE TABLE IF NOT EXISTS model_usage
(
    experiment_id LowCardinality(String),
    run_id UUID,
    emitter LowCardinality(String),
    epoch UInt64 CODEC(ZSTD(1)),
    seq UInt64 CODEC(Delta, ZSTD(1)),
    item_no UInt32 CODEC(ZSTD(1)),
    row_version UInt128 CODEC(NONE),
    payload Tuple(
        model LowCardinality(String),
        requests Nullable(UInt32),
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
        api_time_ms Nullable(Float64)
    ) CODEC(ZSTD(1)),
    model LowCardinality(String) ALIAS payload.model,
    requests Nullable(UInt32) ALIAS payload.requests,
    input_tokens Nullable(UInt64) ALIAS payload.usage.input_tokens,
    cache_read_tokens Nullable(UInt64) ALIAS payload.usage.cache_read_tokens,
    cache_write_tokens Nullable(UInt64) ALIAS payload.usage.cache_write_tokens,
    output_tokens Nullable(UInt64) ALIAS payload.usage.output_tokens,
    reasoning_tokens Nullable(UInt64) ALIAS payload.usage.reasoning_tokens,
    nano_aiu Nullable(UInt64) ALIAS payload.usage.nano_aiu,
    nano_usd Nullable(UInt64) ALIAS payload.usage.nano_usd,
    cost_source LowCardinality(Nullable(String)) ALIAS payload.usage.cost_source,
    api_time_ms Nullable(Float64) ALIAS payload.api_time_ms
)
ENGINE = ReplacingMergeTree(row_version)
ORDER BY (experiment_id, run_id, emitter, epoch, seq, item_no);
