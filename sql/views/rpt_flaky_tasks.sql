-- question:     Which tasks are solved at one time and not at another, by the same configuration in the same environment?
-- grain:        one row per experiment, policy, task, cfg_hash and env_hash with resolved and unresolved trials
-- keys:         experiment_id, policy_id, task_id, cfg_hash, env_hash
-- units:        success_rate_graded and outcome_variance 0 to 1; outcome_entropy in bits, 0 to 1
-- denominators: success_rate_graded p = n_resolved / n_graded; outcome_variance = p (1 - p), of one trial's outcome, 0.25 at most;
--               outcome_entropy = - p log2 p - (1 - p) log2(1 - p) (C. E. Shannon, A Mathematical Theory of Communication,
--               Bell System Technical Journal 27, 1948), 1 if both outcomes come equally often
-- late, duplicate, missing: one final attempt speaks for each trial, of whatever job; superseded runs count nowhere. Only a grading
--               makes an outcome: ungraded, open (n_incomplete) and excluded trials are counted beside the rate. A hash that
--               is NULL matches NULL alone, and then is_setup_known is false: nobody said that these trials were alike
-- operational:  no
CREATE OR REPLACE VIEW rpt_flaky_tasks AS
WITH
    counted AS
    (
        SELECT
            experiment_id,
            policy_id,
            task_id,
            cfg_hash,
            env_hash,
            uniqExact(job_id) AS n_jobs,
            count() AS n_trials,
            countIf(isNotNull(success_graded)) AS n_graded,
            countIf(ifNull(success_graded, false)) AS n_resolved,
            countIf(isNotNull(success_all) AND isNull(success_graded)) AS n_ungraded,
            countIf(NOT is_excluded AND NOT is_stopped) AS n_incomplete,
            countIf(is_excluded) AS n_excluded
        FROM fct_trials
        GROUP BY
            experiment_id,
            policy_id,
            task_id,
            cfg_hash,
            env_hash
        HAVING n_resolved > 0
            AND n_resolved < n_graded
    )
SELECT
    experiment_id,
    policy_id,
    task_id,
    cfg_hash,
    env_hash,
    isNotNull(cfg_hash) AND isNotNull(env_hash) AS is_setup_known,
    n_jobs,
    n_trials,
    n_graded,
    n_resolved,
    toUInt64(n_graded - n_resolved) AS n_unresolved,
    n_ungraded,
    n_incomplete,
    n_excluded,
    n_resolved / nullIf(n_graded, 0) AS success_rate_graded,
    success_rate_graded * (1 - success_rate_graded) AS outcome_variance,
    - success_rate_graded * log2(success_rate_graded)
        - (1 - success_rate_graded) * log2(1 - success_rate_graded) AS outcome_entropy
FROM counted
ORDER BY
    experiment_id,
    policy_id,
    task_id,
    cfg_hash,
    env_hash;
