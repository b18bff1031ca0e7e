-- question:     How does the list run_stop.models become rows of model_usage?
-- grain:        one row per entry of the list
-- keys:         as model_usage
-- units:        as model_usage
-- denominators: none
-- late, duplicate, missing: keeps every row it is given; the table it fills removes duplicates. It never throws: what
--               JSONExtract cannot read becomes NULL or empty, and rpt_store_check compares table and events
-- operational:  no
CREATE MATERIALIZED VIEW IF NOT EXISTS model_usage_mv TO model_usage AS
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    toUInt32(position_in_list - 1) AS item_no,
    bitOr(
        bitShiftLeft(toUInt128(payload_hash), 64),
        toUInt128(envelope_hash)
    ) AS row_version,
    payload
FROM
(
    SELECT
        experiment_id,
        run_id,
        emitter,
        epoch,
        seq,
        payload_hash,
        envelope_hash,
        JSONExtract(
            data,
            'models',
            'Array(Tuple(
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
            ))'
        ) AS models
    FROM events
    WHERE event_type = 'run_stop'
)
ARRAY JOIN
    models AS payload,
    arrayEnumerate(models) AS position_in_list;
