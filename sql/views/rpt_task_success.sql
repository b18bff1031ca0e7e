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
            runs.experiment_id AS experiment_id,
            runs.policy_id AS policy_id,
            runs.task_id AS task_id,
            if(runs.is_final_attempt, toString(runs.cfg_hash), NULL) AS trial_cfg_hash,
            NOT runs.is_excluded AS is_kept,
            is_kept AND (ifNull(runs.total_tokens != 0, true) OR ifNull(runs.cost_nano_aiu != 0, false)) AS is_spender,
            if(is_kept, toFloat64(runs.duration_ms), NULL) AS duration_ms,
            if(is_kept, toFloat64(runs.turns), NULL) AS turns,
            if(is_spender, toFloat64(runs.total_tokens), NULL) AS tokens,
            if(is_spender, runs.cost_nano_aiu / 1000000000, NULL) AS cost_aiu
        FROM fct_runs AS runs
    ),
    gathered AS
    (
        SELECT
            measured.experiment_id AS experiment_id,
            measured.policy_id AS policy_id,
            measured.task_id AS task_id,
            uniqExact(measured.trial_cfg_hash) AS n_distinct_configs,
            -- Sorted: a sum of floats depends on its order, and threads have none.
            [
                arraySort(groupArray(measured.duration_ms)),
                arraySort(groupArray(measured.turns)),
                arraySort(groupArray(measured.tokens)),
                arraySort(groupArray(measured.cost_aiu))
            ] AS measures,
            arrayMap(stated -> length(stated), measures) AS n_stated,
            arrayMap(stated -> arraySum(stated) / nullIf(length(stated), 0), measures) AS means,
            arrayMap(
                (stated, mean) -> sqrt(
                    if(stated[1] = stated[-1], 0, arraySum(value -> pow(value - ifNull(mean, 0), 2), stated))
                        / nullIf(length(stated), 0)
                ),
                measures,
                means
            ) AS deviations
        FROM measured
        GROUP BY
            measured.experiment_id,
            measured.policy_id,
            measured.task_id
    )
SELECT
    groups.experiment_id AS experiment_id,
    assumeNotNull(groups.policy_id) AS policy_id,
    assumeNotNull(groups.task_id) AS task_id,
    groups.n_jobs AS n_jobs,
    gathered.n_distinct_configs AS n_distinct_configs,
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
    gathered.means[1] AS mean_duration_ms,
    gathered.deviations[1] AS duration_ms_std,
    duration_ms_std / nullIf(mean_duration_ms, 0) AS duration_ms_cv,
    gathered.n_stated[1] AS n_runs_with_duration,
    gathered.means[2] AS mean_turns,
    gathered.deviations[2] AS turns_std,
    turns_std / nullIf(mean_turns, 0) AS turns_cv,
    gathered.n_stated[2] AS n_runs_with_turns,
    gathered.means[3] AS tokens_per_run,
    gathered.deviations[3] AS tokens_std,
    tokens_std / nullIf(tokens_per_run, 0) AS tokens_cv,
    gathered.n_stated[3] AS n_runs_with_tokens,
    gathered.means[4] AS cost_aiu_per_run,
    gathered.deviations[4] AS cost_aiu_std,
    cost_aiu_std / nullIf(cost_aiu_per_run, 0) AS cost_aiu_cv,
    gathered.n_stated[4] AS n_runs_with_cost
FROM ${database}.fct_success_groups_of(grain = 'task') AS groups
INNER JOIN gathered
    ON gathered.experiment_id = groups.experiment_id
    AND gathered.policy_id = groups.policy_id
    AND gathered.task_id = groups.task_id
ORDER BY
    experiment_id,
    policy_id,
    task_id;
