-- question:     Which runs, emitters and epochs have sent anything at all?
-- grain:        one row per (run, labels, emitter, epoch)
-- keys:         experiment_id, run_id, job_id, policy_id, task_id, emitter, epoch
-- units:        times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: minima and maxima over everything received, rows that lost a conflict included, so that
--               neither order nor repetition changes them
-- operational:  yes (first_received_at and last_received_at belong to deliveries)
CREATE OR REPLACE VIEW stg_emitters AS
SELECT
    experiment_id,
    run_id,
    job_id,
    policy_id,
    task_id,
    emitter,
    epoch,
    first_received_at,
    last_received_at,
    first_ts,
    last_ts,
    last_seq
FROM emitters
FINAL;
