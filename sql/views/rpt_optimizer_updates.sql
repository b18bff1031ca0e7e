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
            experiment_id,
            update_run_id,
            emitter,
            epoch,
            seq,
            countIf(ifNull(started_at <= updated_at, false)) AS n_before,
            countIf(ifNull(started_at > updated_at, false) AS is_later) AS n_after,
            countIf(is_later AND is_graded) AS n_graded,
            countIf(is_later AND is_resolved) AS n_resolved,
            arraySort(groupUniqArrayIf(ifNull(toString(cfg_hash), ''), isNotNull(cfg_hash))) AS cfg_hashes
        FROM fct_suggested_runs
        WHERE NOT is_excluded
        GROUP BY
            experiment_id,
            update_run_id,
            emitter,
            epoch,
            seq
    ),
    joined AS
    (
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
            compared.policy_id AS policy_id,
            compared.task_id AS task_id,
            updates.optimizer AS optimizer,
            updates.suggested_policy_id AS suggested_policy_id,
            ifNull(toString(updates.suggested_policy_id), compared.policy_id) AS policy_after,
            updates.suggested_config AS suggested_config,
            updates.reasoning AS reasoning,
            updates.confidence AS confidence,
            updates.expected_improvement AS expected_improvement,
            updates.exploration_vs_exploitation AS exploration_vs_exploitation,
            updates.command_id AS command_id,
            compared.n_runs_before AS n_runs_before,
            compared.n_runs_after AS n_runs_after,
            compared.n_incomplete_before AS n_incomplete_before,
            compared.n_incomplete_after AS n_incomplete_after,
            compared.n_excluded_before AS n_excluded_before,
            compared.n_excluded_after AS n_excluded_after,
            compared.n_tasks_both AS n_tasks_both,
            compared.n_graded_before AS n_graded_before,
            compared.n_graded_after AS n_graded_after,
            compared.n_resolved_before AS n_resolved_before,
            compared.n_resolved_after AS n_resolved_after,
            if(isNull(suggested_config), NULL, ifNull(used.n_before, 0)) AS n_used_before,
            if(isNull(suggested_config), NULL, ifNull(used.n_after, 0)) AS n_used_after,
            if(isNull(suggested_config), NULL, ifNull(used.n_graded, 0)) AS n_used_graded,
            if(isNull(suggested_config), NULL, ifNull(used.n_resolved, 0)) AS n_used_resolved,
            used.cfg_hashes AS cfg_hashes
        FROM fct_suggestions AS updates
        INNER JOIN fct_update_comparisons AS compared
            ON compared.experiment_id = updates.experiment_id
            AND compared.run_id = updates.run_id
            AND compared.emitter = updates.emitter
            AND compared.epoch = updates.epoch
            AND compared.seq = updates.seq
        LEFT JOIN used
            ON used.experiment_id = updates.experiment_id
            AND used.update_run_id = updates.run_id
            AND used.emitter = updates.emitter
            AND used.epoch = updates.epoch
            AND used.seq = updates.seq
    ),
    rated AS
    (
        SELECT
            *,
            n_resolved_before / nullIf(n_graded_before, 0) AS rate_before,
            pow(1.959963984540054, 2) / nullIf(n_graded_before, 0) AS shrinkage_before,
            (rate_before + shrinkage_before / 2) / (1 + shrinkage_before) AS centre_before,
            sqrt(rate_before * (1 - rate_before) * shrinkage_before + pow(shrinkage_before, 2) / 4)
                / (1 + shrinkage_before) AS half_width_before,
            greatest(0.0, centre_before - half_width_before) AS low_before,
            least(1.0, centre_before + half_width_before) AS high_before,
            n_resolved_after / nullIf(n_graded_after, 0) AS rate_after,
            pow(1.959963984540054, 2) / nullIf(n_graded_after, 0) AS shrinkage_after,
            (rate_after + shrinkage_after / 2) / (1 + shrinkage_after) AS centre_after,
            sqrt(rate_after * (1 - rate_after) * shrinkage_after + pow(shrinkage_after, 2) / 4)
                / (1 + shrinkage_after) AS half_width_after,
            greatest(0.0, centre_after - half_width_after) AS low_after,
            least(1.0, centre_after + half_width_after) AS high_after
        FROM joined
    )
SELECT
    experiment_id,
    update_no,
    run_id,
    emitter,
    epoch,
    seq,
    updated_at,
    policy_id,
    task_id,
    optimizer,
    suggested_policy_id,
    suggested_config,
    reasoning,
    confidence,
    expected_improvement,
    exploration_vs_exploitation,
    command_id,
    policy_after,
    n_runs_before,
    n_runs_after,
    n_incomplete_before,
    n_incomplete_after,
    n_excluded_before,
    n_excluded_after,
    n_tasks_both,
    n_graded_before,
    n_resolved_before,
    rate_before AS success_rate_graded_before,
    n_graded_after,
    n_resolved_after,
    rate_after AS success_rate_graded_after,
    rate_after - rate_before AS difference,
    difference - sqrt(pow(rate_after - low_after, 2) + pow(high_before - rate_before, 2)) AS difference_low,
    difference + sqrt(pow(high_after - rate_after, 2) + pow(rate_before - low_before, 2)) AS difference_high,
    difference - expected_improvement AS unexpected,
    n_used_after > 0 AS was_used,
    n_used_before AS n_runs_as_suggested_before,
    n_used_after AS n_runs_as_suggested_after,
    n_used_graded AS n_graded_as_suggested,
    n_used_resolved AS n_resolved_as_suggested,
    n_used_resolved / nullIf(n_used_graded, 0) AS success_rate_graded_as_suggested,
    cfg_hashes AS cfg_hashes_as_suggested
FROM rated
ORDER BY
    experiment_id,
    update_no;
