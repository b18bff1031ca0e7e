-- question:     How often does each policy solve its tasks?
-- grain:        one row per experiment and policy
-- keys:         experiment_id, policy_id
-- units:        rates 0 to 1; mean_reward in the verifier's own scale
-- denominators: n_counted = n_trials - n_excluded - n_incomplete = n_graded + n_ungraded.
--               success_rate_graded = n_resolved / n_graded, with its Wilson 95 % interval (E. B. Wilson, Probable Inference,
--               JASA 22, 1927); success_rate_all = n_resolved / n_counted (ungraded counts as 0); success_rate_strict =
--               resolved with status 'ok' / n_counted; mean_reward = sum of rewards / n_counted (a trial without a reward
--               counts as 0, as Harbor's mean does), NULL when no trial has one. NULL when the denominator is 0
-- late, duplicate, missing: one final attempt speaks for each trial; earlier attempts only count in n_runs, superseded runs
--               nowhere. A trial whose final attempt has no run_stop is incomplete, an excluded one is excluded first.
--               n_errored counts status other than 'ok', graded or not; n_reward_invalid counts rewards the harness calls
--               meaningless, which stay in the mean
-- operational:  no
CREATE OR REPLACE VIEW rpt_success_rates AS
WITH
    counted AS
    (
        SELECT
            runs.experiment_id AS experiment_id,
            runs.policy_id AS policy_id,
            uniqExact(runs.job_id) AS n_jobs,
            uniqExact(runs.task_id) AS n_tasks,
            countIf(runs.is_final_attempt) AS n_trials,
            count() AS n_runs,
            countIf(runs.is_final_attempt AND runs.is_excluded) AS n_excluded,
            countIf(runs.is_final_attempt AND NOT runs.is_excluded AND NOT runs.is_stopped) AS n_incomplete,
            countIf(runs.is_final_attempt AND isNotNull(runs.success_all)) AS n_counted,
            countIf(runs.is_final_attempt AND isNotNull(runs.success_graded)) AS n_graded,
            countIf(runs.is_final_attempt AND ifNull(runs.success_graded, false)) AS n_resolved,
            countIf(runs.is_final_attempt AND ifNull(runs.success_strict, false)) AS n_resolved_strict,
            countIf(runs.is_final_attempt AND isNotNull(runs.success_all) AND ifNull(runs.status != 'ok', false)) AS n_errored,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            arraySort(
                groupArrayIf(assumeNotNull(runs.reward), runs.is_final_attempt AND isNotNull(runs.success_all) AND isNotNull(runs.reward))
            ) AS ordered_rewards,
            countIf(
                runs.is_final_attempt AND isNotNull(runs.success_all) AND ifNull(runs.reward_valid = false, false)
            ) AS n_reward_invalid
        FROM fct_attempts AS runs
        GROUP BY
            runs.experiment_id,
            runs.policy_id
    ),
    rated AS
    (
        SELECT
            experiment_id,
            policy_id,
            n_jobs,
            n_tasks,
            n_trials,
            n_runs,
            n_counted,
            n_graded,
            n_resolved,
            n_resolved_strict,
            n_errored,
            n_incomplete,
            n_excluded,
            length(ordered_rewards) AS n_rewarded,
            n_reward_invalid,
            arraySum(ordered_rewards) AS sum_reward,
            n_resolved / nullIf(n_graded, 0) AS rate,
            pow(1.959963984540054, 2) / nullIf(n_graded, 0) AS shrinkage
        FROM counted
    ),
    bounded AS
    (
        SELECT
            experiment_id,
            policy_id,
            n_jobs,
            n_tasks,
            n_trials,
            n_runs,
            n_counted,
            n_graded,
            n_resolved,
            n_resolved_strict,
            n_errored,
            n_incomplete,
            n_excluded,
            n_rewarded,
            n_reward_invalid,
            sum_reward,
            rate,
            (rate + shrinkage / 2) / (1 + shrinkage) AS centre,
            sqrt(rate * (1 - rate) * shrinkage + pow(shrinkage, 2) / 4) / (1 + shrinkage) AS half_width
        FROM rated
    )
SELECT
    experiment_id,
    policy_id,
    n_jobs,
    n_tasks,
    n_trials,
    n_runs,
    n_counted,
    n_graded,
    n_resolved,
    toUInt64(n_graded - n_resolved) AS n_unresolved,
    toUInt64(n_counted - n_graded) AS n_ungraded,
    n_errored,
    n_incomplete,
    n_excluded,
    rate AS success_rate_graded,
    if(isNull(rate), NULL, greatest(0.0, centre - half_width)) AS success_rate_graded_low,
    if(isNull(rate), NULL, least(1.0, centre + half_width)) AS success_rate_graded_high,
    n_resolved / nullIf(n_counted, 0) AS success_rate_all,
    n_resolved_strict / nullIf(n_counted, 0) AS success_rate_strict,
    if(n_rewarded = 0, NULL, sum_reward / nullIf(n_counted, 0)) AS mean_reward,
    n_rewarded,
    n_reward_invalid
FROM bounded
ORDER BY
    experiment_id,
    policy_id;
