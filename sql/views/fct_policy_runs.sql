-- question:     Which runs of an experiment count, and how many others has their policy?
-- grain:        one row per run of the experiment that is not superseded; experiment is a parameter
-- keys:         run_id
-- units:        counts of runs and trials; model_prices as sum_runs_of
-- denominators: none
-- late, duplicate, missing: is_graded and is_resolved are false but for final attempts, which speak for their trials; n_graded and
--               n_resolved of the policy count those. n_runs and n_incomplete count every attempt, also earlier ones and open ones;
--               the attempts of excluded trials are in n_excluded alone
-- operational:  no
-- Attempts share their experiment, so two windows over its runs say what fct_final_attempts and fct_excluded_trials say over all;
-- read through fct_attempts that took twice as long.
CREATE OR REPLACE VIEW fct_policy_runs AS
WITH
    attempts AS
    (
        SELECT
            run_id,
            job_id,
            policy_id,
            task_id,
            trial_no,
            attempt,
            is_stopped,
            model,
            model_prices,
            success_graded,
            attempt_order = max(attempt_order) OVER trial AS is_final_attempt,
            argMax(outcome, attempt_order) OVER trial = 'excluded' AS is_excluded
        FROM sum_runs
        WHERE experiment_id = {experiment:String} AND run_id NOT IN (SELECT run_id FROM fct_superseded_runs)
        WINDOW trial AS (PARTITION BY trial_key)
    )
SELECT
    run_id,
    job_id,
    policy_id,
    task_id,
    trial_no,
    attempt,
    is_excluded,
    is_stopped,
    model,
    model_prices,
    is_final_attempt AND isNotNull(success_graded) AS is_graded,
    is_final_attempt AND ifNull(success_graded, false) AS is_resolved,
    countIf(NOT is_excluded) OVER members AS n_runs,
    countIf(NOT is_excluded AND NOT is_stopped) OVER members AS n_incomplete,
    countIf(is_excluded) OVER members AS n_excluded,
    countIf(is_graded) OVER members AS n_graded,
    countIf(is_resolved) OVER members AS n_resolved
FROM attempts
WINDOW members AS (PARTITION BY policy_id)
SETTINGS analyzer_inline_views = 1;
