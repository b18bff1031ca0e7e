-- question:     How often does each policy solve its tasks, and how sure is that?
-- grain:        one row per experiment and policy
-- keys:         experiment_id, policy_id
-- units:        rates 0 to 1; mean_reward and reward_std in the verifier's own scale
-- denominators: n_counted = n_trials - n_excluded - n_incomplete = n_graded + n_ungraded.
--               success_rate_graded = n_resolved / n_graded, with its Wilson 95 % interval; success_rate_all = n_resolved /
--               n_counted (ungraded counts as 0), with a 95 % interval for trials that are clustered in n_tasks_counted
--               tasks; success_rate_strict = resolved with status 'ok' / n_counted; mean_reward = sum of rewards / n_counted
--               (a trial without a reward counts as 0, as Harbor's mean does), NULL when no trial has one; reward_std is the
--               population's standard deviation around it, reward_cv = reward_std / mean_reward. mean_resolved_rate = mean
--               over the n_tasks_graded of the resolved share of a task's graded trials, resolved_at_k_rate = tasks with a
--               resolved trial / n_tasks_graded. test_pass_rate = tests_passed / (tests_passed + tests_failed) of the
--               n_trials_with_tests that state both. NULL when the denominator is 0. Formulas and their sources:
--               fct_success_groups_of
-- late, duplicate, missing: as fct_success_groups_of says: one final attempt speaks for each trial, superseded runs count nowhere,
--               open trials are in n_incomplete, excluded ones in n_excluded, and neither is in a rate
-- operational:  no
CREATE OR REPLACE VIEW rpt_success_rates AS
SELECT
    groups.experiment_id AS experiment_id,
    assumeNotNull(groups.policy_id) AS policy_id,
    groups.n_jobs AS n_jobs,
    groups.n_tasks AS n_tasks,
    groups.n_trials AS n_trials,
    groups.n_runs AS n_runs,
    groups.n_counted AS n_counted,
    groups.n_graded AS n_graded,
    groups.n_resolved AS n_resolved,
    groups.n_unresolved AS n_unresolved,
    groups.n_ungraded AS n_ungraded,
    groups.n_errored AS n_errored,
    groups.n_incomplete AS n_incomplete,
    groups.n_excluded AS n_excluded,
    groups.success_rate_graded AS success_rate_graded,
    groups.success_rate_graded_low AS success_rate_graded_low,
    groups.success_rate_graded_high AS success_rate_graded_high,
    groups.success_rate_all AS success_rate_all,
    groups.success_rate_strict AS success_rate_strict,
    groups.mean_reward AS mean_reward,
    groups.n_rewarded AS n_rewarded,
    groups.n_reward_invalid AS n_reward_invalid,
    groups.reward_std AS reward_std,
    groups.reward_cv AS reward_cv,
    groups.mean_resolved_rate AS mean_resolved_rate,
    groups.resolved_at_k_rate AS resolved_at_k_rate,
    groups.n_tasks_graded AS n_tasks_graded,
    groups.success_rate_all_low AS success_rate_all_low,
    groups.success_rate_all_high AS success_rate_all_high,
    groups.n_tasks_counted AS n_tasks_counted,
    groups.test_pass_rate AS test_pass_rate,
    groups.tests_passed AS tests_passed,
    groups.tests_failed AS tests_failed,
    groups.n_trials_with_tests AS n_trials_with_tests
FROM ${database}.fct_success_groups_of(grain = 'policy') AS groups
ORDER BY
    experiment_id,
    policy_id;
