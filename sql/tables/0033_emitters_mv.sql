-- question:     How do events become rows of emitters?
-- grain:        one row per (run, labels, emitter, epoch) of the inserted block
-- keys:         as emitters
-- units:        times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: minima and maxima of the block; the table takes them over all blocks
-- operational:  yes
CREATE MATERIALIZED VIEW IF NOT EXISTS emitters_mv TO emitters AS
SELECT
    experiment_id,
    run_id,
    job_id,
    policy_id,
    task_id,
    emitter,
    epoch,
    min(received_at) AS first_received_at,
    max(received_at) AS last_received_at,
    min(ts) AS first_ts,
    max(ts) AS last_ts,
    max(seq) AS last_seq
FROM events
GROUP BY
    experiment_id,
    run_id,
    job_id,
    policy_id,
    task_id,
    emitter,
    epoch;
