-- question:     From which durations can the end of a run be expected?
-- grain:        one row per basis: 'task' (experiment, policy and task), 'policy' (experiment and policy), 'experiment'
-- keys:         basis, experiment_id, policy_id ('' above policy), task_id ('' above task)
-- units:        durations_seconds in seconds, ascending
-- denominators: none
-- late, duplicate, missing: the durations are those of fct_run_durations; where none is known there is no row
-- operational:  no
CREATE OR REPLACE VIEW fct_duration_pools AS
WITH
    cells AS
    (
        SELECT
            durations.experiment_id AS experiment_id,
            toString(durations.policy_id) AS policy_id,
            toString(durations.task_id) AS task_id,
            groupArray(durations.duration_seconds) AS durations_seconds
        FROM fct_run_durations AS durations
        GROUP BY
            durations.experiment_id,
            durations.policy_id,
            durations.task_id
    )
SELECT
    pool.1 AS basis,
    cells.experiment_id AS experiment_id,
    pool.2 AS policy_id,
    pool.3 AS task_id,
    arraySort(groupArrayArray(cells.durations_seconds)) AS durations_seconds
FROM cells
ARRAY JOIN [
    tuple('task', cells.policy_id, cells.task_id),
    tuple('policy', cells.policy_id, ''),
    tuple('experiment', '', '')
] AS pool
GROUP BY
    pool,
    cells.experiment_id
SETTINGS analyzer_inline_views = 1;
