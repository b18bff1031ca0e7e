-- question:     What did each optimizer update suggest, was it done, and was more solved afterwards than before, as expected?
-- grain:        one row per optimizer_update event of a run that is not superseded
-- keys:         experiment_id, update_no (or run_id, emitter, epoch, seq)
-- units:        rates and differences of rates, -1 to 1; expected_improvement in the optimiser's own scale; suggested_config is JSON
--               text; updated_at in UTC microseconds
-- denominators: success_rate_graded_before = n_resolved_before / n_graded_before, _after likewise, over the n_tasks_both tasks that
--               have a graded trial on both sides; difference = after - before, its 95 % interval the hybrid score interval for
--               independent samples (method 10 of R. G. Newcombe, Interval Estimation for the Difference Between Independent
--               Proportions, Statistics in Medicine 17, 1998); unexpected = difference - expected_improvement, which means
--               something where the optimiser expects a difference of success rates; success_rate_graded_as_suggested =
--               n_resolved_as_suggested / n_graded_as_suggested, of whatever policy and task, over the
--               n_runs_as_suggested_after alone. NULL when a denominator is 0
-- late, duplicate, missing: before are the runs of the policy whose run sent the update (policy_id) that started up to then;
--               after those of policy_after (suggested_policy_id, else the same policy) that started later, by the clocks of
--               the runs; later updates are not kept apart (update_no numbers those of an experiment by ts). Runs whose
--               start is unknown are on neither side. Trials count with their final attempt, n_runs_ count every attempt,
--               n_incomplete_ those among them that are open; attempts of excluded trials are in n_excluded_ alone;
--               superseded runs count nowhere. suggested_config is redacted. n_runs_as_suggested_before and _after count the
--               runs of the experiment, of any policy, that have every setting suggested (fct_suggested_runs; the
--               configurations among them are cfg_hashes_as_suggested), was_used says that such a run came after; NULL
--               where nothing is suggested
-- operational:  no
CREATE OR REPLACE VIEW rpt_optimizer_updates AS
WITH
    used AS
    (
        SELECT
            update_key,
            countIf(ifNull(started_at <= updated_at, false)) AS n_before,
            countIf(ifNull(started_at > updated_at, false) AS is_later) AS n_after,
            countIf(is_later AND is_graded) AS n_graded,
            countIf(is_later AND is_resolved) AS n_resolved,
            arraySort(groupUniqArrayIf(ifNull(toString(cfg_hash), ''), isNotNull(cfg_hash))) AS cfg_hashes
        FROM fct_suggested_runs
        WHERE NOT is_excluded
        GROUP BY update_key
    ),
    rated AS
    (
        SELECT
            update_key,
            policy_id,
            task_id,
            n_runs,
            n_incomplete,
            n_excluded,
            n_tasks_both,
            n_graded,
            n_resolved,
            -- Before and after: rate, and its Wilson interval (see the header).
            arrayMap(
                (of_graded, of_resolved) -> arrayMap(
                    (rate, shrinkage) -> arrayMap(
                        (centre, half_width) -> tuple(rate, greatest(0.0, centre - half_width), least(1.0, centre + half_width)),
                        [(rate + shrinkage / 2) / (1 + shrinkage)],
                        [sqrt(rate * (1 - rate) * shrinkage + pow(shrinkage, 2) / 4) / (1 + shrinkage)]
                    )[1],
                    [of_resolved / nullIf(of_graded, 0)],
                    [pow(1.959963984540054, 2) / nullIf(of_graded, 0)]
                )[1],
                n_graded,
                n_resolved
            ) AS rates
        FROM fct_update_comparisons
    )
SELECT
    updates.experiment_id AS experiment_id,
    row_number() OVER (
        PARTITION BY updates.experiment_id
        ORDER BY
            updates.ts,
            toString(updates.run_id),
            toString(updates.emitter),
            updates.epoch,
            updates.seq
    ) AS update_no,
    updates.run_id AS run_id,
    updates.emitter AS emitter,
    updates.epoch AS epoch,
    updates.seq AS seq,
    updates.ts AS updated_at,
    rated.policy_id AS policy_id,
    rated.task_id AS task_id,
    updates.optimizer AS optimizer,
    updates.suggested_policy_id AS suggested_policy_id,
    updates.suggested_config AS suggested_config,
    updates.reasoning AS reasoning,
    updates.confidence AS confidence,
    updates.expected_improvement AS expected_improvement,
    updates.exploration_vs_exploitation AS exploration_vs_exploitation,
    updates.command_id AS command_id,
    ifNull(toString(updates.suggested_policy_id), rated.policy_id) AS policy_after,
    rated.n_runs[1] AS n_runs_before,
    rated.n_runs[2] AS n_runs_after,
    rated.n_incomplete[1] AS n_incomplete_before,
    rated.n_incomplete[2] AS n_incomplete_after,
    rated.n_excluded[1] AS n_excluded_before,
    rated.n_excluded[2] AS n_excluded_after,
    rated.n_tasks_both AS n_tasks_both,
    rated.n_graded[1] AS n_graded_before,
    rated.n_resolved[1] AS n_resolved_before,
    rated.rates[1].1 AS success_rate_graded_before,
    rated.n_graded[2] AS n_graded_after,
    rated.n_resolved[2] AS n_resolved_after,
    rated.rates[2].1 AS success_rate_graded_after,
    success_rate_graded_after - success_rate_graded_before AS difference,
    difference - sqrt(
        pow(success_rate_graded_after - rated.rates[2].2, 2) + pow(rated.rates[1].3 - success_rate_graded_before, 2)
    ) AS difference_low,
    difference + sqrt(
        pow(rated.rates[2].3 - success_rate_graded_after, 2) + pow(success_rate_graded_before - rated.rates[1].2, 2)
    ) AS difference_high,
    difference - expected_improvement AS unexpected,
    n_runs_as_suggested_after > 0 AS was_used,
    if(isNull(suggested_config), NULL, ifNull(used.n_before, 0)) AS n_runs_as_suggested_before,
    if(isNull(suggested_config), NULL, ifNull(used.n_after, 0)) AS n_runs_as_suggested_after,
    if(isNull(suggested_config), NULL, ifNull(used.n_graded, 0)) AS n_graded_as_suggested,
    if(isNull(suggested_config), NULL, ifNull(used.n_resolved, 0)) AS n_resolved_as_suggested,
    n_resolved_as_suggested / nullIf(n_graded_as_suggested, 0) AS success_rate_graded_as_suggested,
    used.cfg_hashes AS cfg_hashes_as_suggested
FROM fct_suggestions AS updates
INNER JOIN rated ON rated.update_key = updates.update_key
LEFT JOIN used ON used.update_key = updates.update_key
ORDER BY
    experiment_id,
    update_no;
