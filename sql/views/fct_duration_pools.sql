-- question:     How long did the runs take from which the end of an open one can be expected?
-- grain:        one row per task (of an experiment and policy), policy (of an experiment) and experiment that has an open run and
--               durations
-- keys:         pool_key: sipHash128 of 'task', experiment_id, policy_id, task_id; of 'policy', experiment_id, policy_id; of
--               'experiment', experiment_id
-- units:        durations_seconds in seconds, in no order
-- denominators: none
-- late, duplicate, missing: durations are those of runs that count, have ended by their own doing, and say how long they took:
--               run_stop.duration_ms, else from started_at to stopped_at as the payloads state them, where they do not
--               from and to the ts of run_start and run_stop; of several run_starts the earliest counts. A run that states too
--               little, or a negative time, is left out; so are superseded runs and those with status 'cancelled' or
--               'harness_error': when they ended tells nothing of the work. Open is who has no end
--               in sum_runs
-- operational:  no
-- Collected by task first: few rows are left then whose keys are made and looked up. The open runs are read from sum_runs itself;
-- planning fct_open_runs in their place takes 30 ms more.
CREATE OR REPLACE VIEW fct_duration_pools AS
WITH
    by_task AS
    (
        SELECT
            experiment_id,
            policy_id,
            task_id,
            groupArray(assumeNotNull(took_seconds)) AS durations_seconds
        FROM sum_runs
        WHERE is_stopped
            AND ifNull(took_seconds >= 0, false)
            AND experiment_id IN (SELECT experiment_id FROM sum_runs WHERE isNull(ended_as))
            AND run_id NOT IN (SELECT run_id FROM fct_superseded_runs)
        GROUP BY
            experiment_id,
            policy_id,
            task_id
    ),
    pooled AS
    (
        SELECT
            arrayJoin(
                [
                    sipHash128('task', experiment_id, policy_id, task_id),
                    sipHash128('policy', experiment_id, policy_id),
                    sipHash128('experiment', experiment_id)
                ]
            ) AS pool_key,
            durations_seconds
        FROM by_task
    )
SELECT
    pool_key,
    groupArrayArray(durations_seconds) AS durations_seconds
FROM pooled
WHERE pool_key IN
(
    SELECT arrayJoin(
        [
            sipHash128('task', experiment_id, policy_id, task_id),
            sipHash128('policy', experiment_id, policy_id),
            sipHash128('experiment', experiment_id)
        ]
    )
    FROM sum_runs
    WHERE isNull(ended_as)
)
GROUP BY pool_key
SETTINGS analyzer_inline_views = 1;
