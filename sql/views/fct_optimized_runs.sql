-- question:     Which runs are of an experiment in which an optimizer suggested something, and which attempt of its trial is each?
-- grain:        one row per run of such an experiment that is not superseded
-- keys:         run_id
-- units:        started_at in UTC microseconds
-- denominators: none
-- late, duplicate, missing: is_excluded says that the trial's final attempt is excluded, is_graded and is_resolved are false but
--               for the final attempt of a trial; attempts as fct_final_attempts says
-- operational:  no
-- Windows over the runs of few experiments instead of the sets of fct_counted_runs, which take as long to plan as all the rest.
CREATE OR REPLACE VIEW fct_optimized_runs AS
SELECT
    experiment_id,
    run_id,
    policy_id,
    task_id,
    cfg_hash,
    env_hash,
    started_at,
    is_stopped,
    argMax(outcome, attempt_order) OVER of_trial = 'excluded' AS is_excluded,
    attempt_order = max(attempt_order) OVER of_trial AS is_final_attempt,
    is_final_attempt AND isNotNull(success_graded) AS is_graded,
    is_final_attempt AND ifNull(success_graded, false) AS is_resolved
FROM sum_runs
WHERE experiment_id IN (SELECT experiment_id FROM stg_optimizer_updates)
    AND run_id NOT IN (SELECT run_id FROM fct_superseded_runs)
WINDOW of_trial AS (PARTITION BY trial_key)
SETTINGS analyzer_inline_views = 1;
