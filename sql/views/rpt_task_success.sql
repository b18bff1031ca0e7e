-- question:     How often does each policy solve each task, and what does a run of it take?
-- grain:        one row per experiment, policy and task
-- keys:         experiment_id, policy_id, task_id
-- units:        rates 0 to 1; mean_reward and reward_std in the verifier's own scale; mean_duration_ms in milliseconds;
--               tokens_per_run as a count, cost_aiu_per_run in AIU
-- denominators: n_counted = n_trials - n_excluded - n_incomplete = n_graded + n_ungraded.
--               success_rate_graded = n_resolved / n_graded, with its Wilson 95 % interval; success_rate_all = n_resolved /
--               n_counted (ungraded counts as 0); success_rate_strict = resolved with status 'ok' / n_counted;
--               mean_reward = sum of rewards / n_counted (a trial without a reward counts as 0), NULL when no trial has one;
--               reward_std is the population's around it, reward_cv = reward_std / mean_reward; test_pass_rate =
--               tests_passed / (tests_passed + tests_failed) of the n_trials_with_tests that state both. Formulas and their
--               sources: fct_success_groups_of. mean_duration_ms, mean_turns, tokens_per_run and cost_aiu_per_run are means over
--               the runs that state one (n_runs_with_), every attempt of trials that are not excluded, as in
--               rpt_token_economics; their _std (the population's) and _cv = _std / mean say how stable it is.
--               n_distinct_configs counts the known cfg_hash of trials. NULL when the denominator is 0
-- late, duplicate, missing: as fct_success_groups_of says: one final attempt speaks for each trial, superseded runs count nowhere,
--               open trials are in n_incomplete, excluded ones in n_excluded, and neither is in a rate. What runs took and
--               cost counts earlier and open attempts, too
-- operational:  no
CREATE OR REPLACE VIEW rpt_task_success AS
WITH
    measured AS
    (
        SELECT
            *,
            arrayMap(
                stated -> arrayMap(
                    mean -> tuple(
                        length(stated),
                        mean,
                        sqrt(
                            if(stated[1] = stated[-1], 0, arraySum(value -> pow(value - ifNull(mean, 0), 2), stated))
                                / nullIf(length(stated), 0)
                        )
                    ),
                    [arraySum(stated) / nullIf(length(stated), 0)]
                )[1],
                ordered_measures
            ) AS measures
        FROM ${database}.fct_success_groups_of(grain = 'task')
    )
SELECT
    groups.experiment_id AS experiment_id,
    assumeNotNull(groups.policy_id) AS policy_id,
    assumeNotNull(groups.task_id) AS task_id,
    groups.n_jobs AS n_jobs,
    groups.n_distinct_configs AS n_distinct_configs,
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
    groups.test_pass_rate AS test_pass_rate,
    groups.tests_passed AS tests_passed,
    groups.tests_failed AS tests_failed,
    groups.n_trials_with_tests AS n_trials_with_tests,
    groups.measures[1].2 AS mean_duration_ms,
    groups.measures[1].3 AS duration_ms_std,
    duration_ms_std / nullIf(mean_duration_ms, 0) AS duration_ms_cv,
    groups.measures[1].1 AS n_runs_with_duration,
    groups.measures[2].2 AS mean_turns,
    groups.measures[2].3 AS turns_std,
    turns_std / nullIf(mean_turns, 0) AS turns_cv,
    groups.measures[2].1 AS n_runs_with_turns,
    groups.measures[3].2 AS tokens_per_run,
    groups.measures[3].3 AS tokens_std,
    tokens_std / nullIf(tokens_per_run, 0) AS tokens_cv,
    groups.measures[3].1 AS n_runs_with_tokens,
    groups.measures[4].2 AS cost_aiu_per_run,
    groups.measures[4].3 AS cost_aiu_std,
    cost_aiu_std / nullIf(cost_aiu_per_run, 0) AS cost_aiu_cv,
    groups.measures[4].1 AS n_runs_with_cost
FROM measured AS groups
ORDER BY
    experiment_id,
    policy_id,
    task_id;
