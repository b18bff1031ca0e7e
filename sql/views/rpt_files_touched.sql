-- question:     Which files do the runs of each task touch, and do those that touch a file solve the task more often?
-- grain:        one row per policy, task and path that one of its runs touched; experiment is a parameter
-- keys:         policy_id, task_id, path
-- units:        rates and differences of rates, -1 to 1
-- denominators: touched_share = n_runs_touching / n_runs, n_runs being the runs of the policy on the task;
--               success_rate_graded_touching = n_resolved_touching / n_graded_touching over the trials whose final attempt
--               touched the file, with its Wilson 95 % interval (E. B. Wilson, Probable Inference, JASA 22, 1927);
--               success_rate_graded_others the same over the other trials of the policy on the task; difference = touching -
--               others, its 95 % interval the hybrid score interval for independent samples (method 10 of R. G. Newcombe,
--               Interval Estimation for the Difference Between Independent Proportions, Statistics in Medicine 17, 1998).
--               Touching a file and solving a task may have the same cause. NULL when a denominator is 0
-- late, duplicate, missing: sum_touched_files says what touching is; n_runs_reading and n_runs_modifying count runs of which it
--               is known. Every attempt counts in n_runs_, also earlier ones and open ones (n_incomplete); attempts of excluded
--               trials are left out (n_excluded); superseded runs count nowhere
-- operational:  no
CREATE OR REPLACE VIEW rpt_files_touched AS
WITH
    runs AS
    (
        SELECT
            run_id,
            policy_id,
            task_id,
            is_excluded,
            is_final_attempt AND isNotNull(success_graded) AS is_graded,
            is_final_attempt AND ifNull(success_graded, false) AS is_resolved,
            countIf(NOT is_excluded) OVER cell AS n_runs,
            countIf(NOT is_excluded AND NOT is_stopped) OVER cell AS n_incomplete,
            countIf(is_excluded) OVER cell AS n_excluded,
            countIf(is_graded) OVER cell AS n_graded,
            countIf(is_resolved) OVER cell AS n_resolved
        FROM fct_attempts
        WHERE experiment_id = {experiment:String}
        WINDOW cell AS (PARTITION BY policy_id, task_id)
    ),
    counted AS
    (
        SELECT
            runs.policy_id AS policy_id,
            runs.task_id AS task_id,
            file.path AS path,
            max(runs.n_runs) AS n_runs,
            count() AS n_runs_touching,
            countIf(file.was_read) AS n_runs_reading,
            countIf(file.was_modified) AS n_runs_modifying,
            max(runs.n_incomplete) AS n_incomplete,
            max(runs.n_excluded) AS n_excluded,
            sum(file.n_reads) AS n_reads,
            sum(file.n_modifications) AS n_modifications,
            sum(file.n_actions) AS n_actions,
            sum(file.n_diffs) AS n_diffs,
            countIf(runs.is_graded) AS n_graded_touching,
            countIf(runs.is_resolved) AS n_resolved_touching,
            toUInt64(max(runs.n_graded) - n_graded_touching) AS n_graded_others,
            toUInt64(max(runs.n_resolved) - n_resolved_touching) AS n_resolved_others
        FROM sum_sessions AS sessions
        INNER JOIN runs ON runs.run_id = sessions.run_id
        ARRAY JOIN sessions.files AS file
        WHERE sessions.experiment_id = {experiment:String} AND NOT runs.is_excluded
        GROUP BY
            runs.policy_id,
            runs.task_id,
            path
    ),
    rated AS
    (
        SELECT
            *,
            n_resolved_touching / nullIf(n_graded_touching, 0) AS rate,
            pow(1.959963984540054, 2) / nullIf(n_graded_touching, 0) AS shrinkage,
            (rate + shrinkage / 2) / (1 + shrinkage) AS centre,
            sqrt(rate * (1 - rate) * shrinkage + pow(shrinkage, 2) / 4) / (1 + shrinkage) AS half_width,
            if(isNull(rate), NULL, greatest(0.0, centre - half_width)) AS low,
            if(isNull(rate), NULL, least(1.0, centre + half_width)) AS high,
            n_resolved_others / nullIf(n_graded_others, 0) AS rate_others,
            pow(1.959963984540054, 2) / nullIf(n_graded_others, 0) AS shrinkage_others,
            (rate_others + shrinkage_others / 2) / (1 + shrinkage_others) AS centre_others,
            sqrt(rate_others * (1 - rate_others) * shrinkage_others + pow(shrinkage_others, 2) / 4)
                / (1 + shrinkage_others) AS half_width_others,
            if(isNull(rate_others), NULL, greatest(0.0, centre_others - half_width_others)) AS low_others,
            if(isNull(rate_others), NULL, least(1.0, centre_others + half_width_others)) AS high_others
        FROM counted
    )
SELECT
    policy_id,
    task_id,
    path,
    n_runs,
    n_runs_touching,
    n_runs_touching / nullIf(n_runs, 0) AS touched_share,
    n_runs_reading,
    n_runs_modifying,
    n_incomplete,
    n_excluded,
    n_reads,
    n_modifications,
    n_actions,
    n_diffs,
    n_graded_touching,
    n_resolved_touching,
    rate AS success_rate_graded_touching,
    low AS success_rate_graded_touching_low,
    high AS success_rate_graded_touching_high,
    n_graded_others,
    n_resolved_others,
    rate_others AS success_rate_graded_others,
    rate - rate_others AS difference,
    difference - sqrt(pow(rate - low, 2) + pow(high_others - rate_others, 2)) AS difference_low,
    difference + sqrt(pow(high - rate, 2) + pow(rate_others - low_others, 2)) AS difference_high
FROM rated
ORDER BY
    policy_id,
    task_id,
    path;
