-- question:     How often are tasks solved, seen by experiment, by policy, by job or by task, and how sure is that?
-- grain:        one row per group; grain is a parameter: 'experiment'; 'policy' (experiment, policy); 'job' (experiment, job,
--               policy); 'task' (experiment, policy, task)
-- keys:         experiment_id, job_id, policy_id, task_id (NULL where the grain does not tell them apart)
-- units:        rates 0 to 1; mean_reward and reward_std in the verifier's own scale; ordered_measures has four sorted lists: what
--               the runs state of duration (ms), turns, tokens and cost (AIU)
-- denominators: n_counted = n_trials - n_excluded - n_incomplete = n_graded + n_ungraded.
--               success_rate_graded = n_resolved / n_graded, with its Wilson 95 % interval (E. B. Wilson, Probable Inference,
--               JASA 22, 1927); success_rate_all = n_resolved / n_counted (ungraded counts as 0); success_rate_strict =
--               resolved with status 'ok' / n_counted; mean_reward = sum of rewards / n_counted (a trial without a reward
--               counts as 0, as Harbor's mean does), NULL when no trial has one; reward_std is the population's standard
--               deviation around it, over the same n_counted trials; reward_cv = reward_std / mean_reward.
--               mean_resolved_rate = mean over the n_tasks_graded of what share of a task's graded trials is resolved, and
--               resolved_at_k_rate = tasks with a resolved trial / n_tasks_graded, both as copilot-experiments means them.
--               test_pass_rate = tests_passed / (tests_passed + tests_failed), added up over the n_trials_with_tests that
--               state both. NULL when the denominator is 0.
--               success_rate_all_low and _high: 95 % interval that lets trials of one task depend on each other, with the
--               n_tasks_counted tasks as clusters: standard error CR1 (K.-Y. Liang and S. L. Zeger, Longitudinal Data
--               Analysis Using Generalized Linear Models, Biometrika 73, 1986; E. Miller, Adding Error Bars to Evals,
--               arXiv:2411.00640, 2024), Student's t with n_tasks_counted - 1 degrees of freedom because tasks are few, cut
--               off at 0 and 1. NULL with less than two tasks, and where no task differs from the rate of all (such as all
--               solved): what does not vary does not say how much it would
-- late, duplicate, missing: one final attempt speaks for each trial; earlier attempts only count in n_runs, superseded runs
--               nowhere. A trial whose final attempt has no run_stop is incomplete, an excluded one is excluded first.
--               n_errored counts status other than 'ok', graded or not; n_reward_invalid counts rewards the harness calls
--               meaningless, which stay in the mean. first_started_at is that of the earliest run, of whatever attempt.
--               n_distinct_configs counts the known cfg_hash of trials; ordered_measures are of every attempt of trials that
--               are not excluded, tokens and costs of those that spent something or may have
-- operational:  no
CREATE OR REPLACE VIEW fct_success_groups_of AS
WITH
    -- Partitions and settings as in fct_trials.
    attempts AS
    (
        SELECT
            experiment_id,
            job_id,
            policy_id,
            task_id,
            started_at,
            outcome = 'excluded' AS is_judged_excluded,
            attempt_order = max(attempt_order) OVER trial AS is_trial,
            argMax(is_judged_excluded, attempt_order) OVER trial AS is_of_excluded_trial,
            is_stopped,
            status,
            success_graded,
            success_all,
            success_strict,
            reward,
            reward_valid,
            tests_passed,
            tests_failed,
            cfg_hash,
            duration_ms,
            turns,
            total_tokens,
            cost_nano_aiu
        FROM sum_runs
        WHERE run_id NOT IN (SELECT run_id FROM fct_superseded_runs)
        WINDOW trial AS (PARTITION BY trial_key, experiment_id, policy_id, task_id)
        SETTINGS
            max_threads = 1,
            max_block_size = 1000000,
            preferred_block_size_bytes = 0
    ),
    judged AS
    (
        SELECT
            runs.experiment_id AS experiment_id,
            if({grain:String} = 'job', toNullable(runs.job_id), NULL) AS group_job_id,
            if({grain:String} = 'experiment', NULL, toNullable(runs.policy_id)) AS group_policy_id,
            runs.task_id AS task_id,
            runs.job_id AS job_id,
            runs.policy_id AS policy_id,
            runs.started_at AS started_at,
            runs.is_trial AS is_trial,
            is_trial AND runs.is_judged_excluded AS is_excluded,
            is_trial AND NOT is_excluded AND NOT runs.is_stopped AS is_incomplete,
            is_trial AND isNotNull(runs.success_all) AS is_counted,
            is_trial AND isNotNull(runs.success_graded) AS is_graded,
            is_trial AND ifNull(runs.success_graded, false) AS is_resolved,
            is_trial AND ifNull(runs.success_strict, false) AS is_resolved_strict,
            is_counted AND ifNull(runs.status != 'ok', false) AS is_errored,
            if(is_counted, runs.reward, NULL) AS reward,
            is_counted AND ifNull(runs.reward_valid = false, false) AS is_reward_invalid,
            is_counted AND isNotNull(runs.tests_passed) AND isNotNull(runs.tests_failed) AS is_tested,
            if(is_tested, assumeNotNull(runs.tests_passed), 0) AS tests_passed,
            if(is_tested, assumeNotNull(runs.tests_failed), 0) AS tests_failed,
            if(is_trial, toString(runs.cfg_hash), NULL) AS cfg_hash,
            NOT runs.is_of_excluded_trial AS is_kept,
            is_kept AND (ifNull(runs.total_tokens != 0, true) OR ifNull(runs.cost_nano_aiu != 0, false)) AS is_spender,
            if(is_kept, toFloat64(runs.duration_ms), NULL) AS duration_ms,
            if(is_kept, toFloat64(runs.turns), NULL) AS turns,
            if(is_spender, toFloat64(runs.total_tokens), NULL) AS tokens,
            if(is_spender, runs.cost_nano_aiu / 1000000000, NULL) AS cost_aiu
        FROM attempts AS runs
    ),
    tasks AS
    (
        SELECT
            judged.experiment_id AS experiment_id,
            judged.group_job_id AS group_job_id,
            judged.group_policy_id AS group_policy_id,
            judged.task_id AS task_id,
            groupUniqArray(judged.job_id) AS job_ids,
            groupUniqArray(judged.policy_id) AS policy_ids,
            min(judged.started_at) AS first_started_at,
            countIf(judged.is_counted) AS n_counted,
            countIf(judged.is_graded) AS n_graded,
            countIf(judged.is_resolved) AS n_resolved,
            -- One column for what is only added up: each column more costs planning at every level.
            [
                count(),
                countIf(judged.is_trial),
                countIf(judged.is_excluded),
                countIf(judged.is_incomplete),
                countIf(judged.is_resolved_strict),
                countIf(judged.is_errored),
                countIf(judged.is_reward_invalid),
                countIf(judged.is_tested),
                sum(judged.tests_passed),
                sum(judged.tests_failed)
            ] AS sums,
            groupArray(judged.reward) AS rewards,
            groupUniqArray(judged.cfg_hash) AS cfg_hashes,
            [
                groupArray(judged.duration_ms),
                groupArray(judged.turns),
                groupArray(judged.tokens),
                groupArray(judged.cost_aiu)
            ] AS measures
        FROM judged
        GROUP BY
            judged.experiment_id,
            judged.group_job_id,
            judged.group_policy_id,
            judged.task_id
    ),
    counted AS
    (
        SELECT
            tasks.experiment_id AS experiment_id,
            tasks.group_job_id AS group_job_id,
            tasks.group_policy_id AS group_policy_id,
            if({grain:String} = 'task', toNullable(tasks.task_id), NULL) AS group_task_id,
            uniqExactArray(tasks.job_ids) AS n_jobs,
            uniqExactArray(tasks.policy_ids) AS n_policies,
            min(tasks.first_started_at) AS first_started_at,
            count() AS n_tasks,
            countIf(tasks.n_counted > 0) AS n_tasks_counted,
            countIf(tasks.n_graded > 0) AS n_tasks_graded,
            countIf(tasks.n_resolved > 0) AS n_tasks_resolved,
            sum(tasks.n_counted) AS n_counted,
            sum(tasks.n_graded) AS n_graded,
            sum(tasks.n_resolved) AS n_resolved,
            sumForEach(tasks.sums) AS sums,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            arraySort(groupArrayArray(tasks.rewards)) AS ordered_rewards,
            arraySort(groupArray(tasks.n_resolved / nullIf(tasks.n_graded, 0))) AS ordered_task_rates,
            groupArrayIf(tuple(tasks.n_counted, tasks.n_resolved), tasks.n_counted > 0) AS clusters,
            uniqExactArray(tasks.cfg_hashes) AS n_distinct_configs,
            arrayMap(stated -> arraySort(stated), groupArrayArrayForEach(tasks.measures)) AS ordered_measures
        FROM tasks
        GROUP BY
            tasks.experiment_id,
            tasks.group_job_id,
            tasks.group_policy_id,
            group_task_id
    ),
    rated AS
    (
        SELECT
            *,
            sums[1] AS n_runs,
            sums[2] AS n_trials,
            sums[3] AS n_excluded,
            sums[4] AS n_incomplete,
            sums[5] AS n_resolved_strict,
            sums[6] AS n_errored,
            sums[7] AS n_reward_invalid,
            sums[8] AS n_trials_with_tests,
            sums[9] AS n_tests_passed,
            sums[10] AS n_tests_failed,
            length(ordered_rewards) AS n_rewarded,
            n_resolved / nullIf(n_graded, 0) AS rate,
            pow(1.959963984540054, 2) / nullIf(n_graded, 0) AS shrinkage,
            (rate + shrinkage / 2) / (1 + shrinkage) AS centre,
            sqrt(rate * (1 - rate) * shrinkage + pow(shrinkage, 2) / 4) / (1 + shrinkage) AS half_width,
            n_resolved / nullIf(n_counted, 0) AS rate_all,
            if(n_rewarded = 0, NULL, arraySum(ordered_rewards) / nullIf(n_counted, 0)) AS mean_reward,
            if(
                n_rewarded = n_counted AND ordered_rewards[1] = ordered_rewards[-1],
                0,
                arraySum(reward -> pow(reward - ifNull(mean_reward, 0), 2), ordered_rewards)
                    + (n_counted - n_rewarded) * pow(ifNull(mean_reward, 0), 2)
            ) AS sum_squares,
            -- n_counted times what a task has resolved beyond its share of n_resolved: whole numbers, exactly 0 in all.
            arraySort(
                arrayMap(
                    cluster -> toInt64(cluster.2 * n_counted) - toInt64(cluster.1 * n_resolved),
                    clusters
                )
            ) AS surpluses,
            length(surpluses) > 1 AND arrayExists(surplus -> surplus != 0, surpluses) AS is_spread_known,
            -- The variance of these values' mean is CR1's of the rate, and Student's interval of it the one sought.
            arrayReduce(
                'studentTTestOneSample(0.95)',
                if(
                    is_spread_known,
                    arrayMap(surplus -> surplus * length(surpluses) / nullIf(n_counted, 0) / nullIf(n_counted, 0), surpluses),
                    [-1., 1.]
                )::Array(Float64),
                if(is_spread_known, arrayResize(CAST([], 'Array(Float64)'), length(surpluses)), [0., 0.])
            ) AS tested,
            (tested.confidence_interval_high - tested.confidence_interval_low) / 2 AS half_width_all
        FROM counted
    )
SELECT
    experiment_id,
    group_job_id AS job_id,
    group_policy_id AS policy_id,
    group_task_id AS task_id,
    n_jobs,
    n_policies,
    n_tasks,
    first_started_at,
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
    rate_all AS success_rate_all,
    if(is_spread_known, greatest(0.0, rate_all - half_width_all), NULL) AS success_rate_all_low,
    if(is_spread_known, least(1.0, rate_all + half_width_all), NULL) AS success_rate_all_high,
    n_tasks_counted,
    n_resolved_strict / nullIf(n_counted, 0) AS success_rate_strict,
    arraySum(ordered_task_rates) / nullIf(n_tasks_graded, 0) AS mean_resolved_rate,
    n_tasks_resolved / nullIf(n_tasks_graded, 0) AS resolved_at_k_rate,
    n_tasks_graded,
    mean_reward,
    if(n_rewarded = 0, NULL, sqrt(sum_squares / nullIf(n_counted, 0))) AS reward_std,
    reward_std / nullIf(mean_reward, 0) AS reward_cv,
    n_rewarded,
    n_reward_invalid,
    if(n_trials_with_tests = 0, NULL, n_tests_passed) AS tests_passed,
    if(n_trials_with_tests = 0, NULL, n_tests_failed) AS tests_failed,
    n_tests_passed / nullIf(n_tests_passed + n_tests_failed, 0) AS test_pass_rate,
    n_trials_with_tests,
    n_distinct_configs,
    ordered_measures
FROM rated;
