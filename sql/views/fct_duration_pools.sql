-- question:     From which durations can the end of a run be expected?
-- grain:        one row per basis: 'task' (experiment, policy and task), 'policy' (experiment and policy), 'experiment'
-- keys:         basis, experiment_id, policy_id ('' above policy), task_id ('' above task)
-- units:        durations_seconds in seconds, ascending
-- denominators: none
-- late, duplicate, missing: the durations are those of fct_run_durations; where none is known there is no row
-- operational:  no
CREATE OR REPLACE VIEW fct_duration_pools AS
WITH
    placed AS
    (
        SELECT
            experiment_id AS pool_experiment_id,
            pool.1 AS basis,
            pool.2 AS pool_policy_id,
            pool.3 AS pool_task_id,
            duration_seconds
        FROM fct_run_durations
        ARRAY JOIN [
            tuple('task', toString(policy_id), toString(task_id)),
            tuple('policy', toString(policy_id), ''),
            tuple('experiment', '', '')
        ] AS pool
    )
SELECT
    basis,
    pool_experiment_id AS experiment_id,
    pool_policy_id AS policy_id,
    pool_task_id AS task_id,
    arraySort(groupArray(duration_seconds)) AS durations_seconds
FROM placed
GROUP BY
    basis,
    pool_experiment_id,
    pool_policy_id,
    pool_task_id;
