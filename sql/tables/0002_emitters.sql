-- question:     Which runs, emitters and epochs have sent anything at all?
-- grain:        one row per (run, labels, emitter, epoch) after aggregation; read it through stg_emitters
-- keys:         experiment_id, run_id, job_id, policy_id, task_id, emitter, epoch
-- units:        times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: minima and maxima only, so that a redelivered or retried insert changes nothing
-- operational:  yes (first_received_at and last_received_at belong to deliveries)
-- order by:     a run's emitters lie together
CREATE TABLE IF NOT EXISTS emitters
(
    experiment_id LowCardinality(String),
    run_id UUID,
    job_id LowCardinality(String),
    policy_id LowCardinality(String),
    task_id LowCardinality(String),
    emitter LowCardinality(String),
    epoch UInt64,
    first_received_at SimpleAggregateFunction(min, DateTime64(6, 'UTC')),
    last_received_at SimpleAggregateFunction(max, DateTime64(6, 'UTC')),
    first_ts SimpleAggregateFunction(min, DateTime64(6, 'UTC')),
    last_ts SimpleAggregateFunction(max, DateTime64(6, 'UTC')),
    last_seq SimpleAggregateFunction(max, UInt64)
)
ENGINE = AggregatingMergeTree
ORDER BY (experiment_id, run_id, job_id, policy_id, task_id, emitter, epoch);
