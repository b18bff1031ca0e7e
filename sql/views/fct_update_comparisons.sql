-- question:     How did the runs before and after each optimizer update go?
-- grain:        one row per optimizer_update event of a run that is not superseded
-- keys:         experiment_id, run_id, emitter, epoch, seq (of the update)
-- units:        counts; policy_id and task_id are those of the run that sent the update
-- denominators: none
-- late, duplicate, missing: before are the runs of the policy whose run sent the update that started up to its ts, after those of
--               suggested_policy_id (else of the same policy) that started later; runs whose start is unknown are on neither side.
--               n_graded_ and n_resolved_ count trials, by their final attempts, on the n_tasks_both tasks that have a graded
--               trial on both sides. n_runs_ counts every attempt, n_incomplete_ the open ones among them, n_excluded_ the
--               attempts of excluded trials, which are in nothing else
-- operational:  no
CREATE OR REPLACE VIEW fct_update_comparisons AS
WITH
    runs AS
    (
        SELECT
            experiment_id,
            run_id,
            policy_id,
            task_id,
            started_at,
            is_excluded,
            is_stopped,
            is_final_attempt AND isNotNull(success_graded) AS is_graded,
            is_final_attempt AND ifNull(success_graded, false) AS is_resolved
        FROM fct_attempts
        WHERE experiment_id IN (SELECT experiment_id FROM stg_optimizer_updates)
    ),
    sides AS
    (
        SELECT
            updates.experiment_id AS experiment_id,
            updates.run_id AS run_id,
            updates.emitter AS emitter,
            updates.epoch AS epoch,
            updates.seq AS seq,
            updates.ts AS ts,
            toString(senders.policy_id) AS sender_policy_id,
            toString(senders.task_id) AS sender_task_id,
            side.1 AS is_after,
            side.2 AS policy_id
        FROM stg_optimizer_updates AS updates
        INNER JOIN runs AS senders
            ON senders.experiment_id = updates.experiment_id
            AND senders.run_id = updates.run_id
        ARRAY JOIN [
            tuple(false, sender_policy_id),
            tuple(true, ifNull(toString(updates.suggested_policy_id), sender_policy_id))
        ] AS side
    ),
    placed AS
    (
        SELECT
            sides.experiment_id AS experiment_id,
            sides.run_id AS run_id,
            sides.emitter AS emitter,
            sides.epoch AS epoch,
            sides.seq AS seq,
            sides.sender_policy_id AS policy_id,
            sides.sender_task_id AS task_id,
            runs.task_id AS peer_task_id,
            NOT sides.is_after AND ifNull(runs.started_at <= sides.ts, false) AS is_before,
            sides.is_after AND ifNull(runs.started_at > sides.ts, false) AS is_later,
            runs.is_excluded AS is_excluded,
            runs.is_stopped AS is_stopped,
            runs.is_graded AS is_graded,
            runs.is_resolved AS is_resolved
        FROM sides
        LEFT JOIN runs
            ON runs.experiment_id = sides.experiment_id
            AND runs.policy_id = sides.policy_id
    ),
    of_tasks AS
    (
        SELECT
            experiment_id,
            run_id,
            emitter,
            epoch,
            seq,
            policy_id,
            task_id,
            countIf(is_before AND NOT is_excluded) AS runs_before,
            countIf(is_later AND NOT is_excluded) AS runs_after,
            countIf(is_before AND NOT is_excluded AND NOT is_stopped) AS incomplete_before,
            countIf(is_later AND NOT is_excluded AND NOT is_stopped) AS incomplete_after,
            countIf(is_before AND is_excluded) AS excluded_before,
            countIf(is_later AND is_excluded) AS excluded_after,
            countIf(is_before AND is_graded) AS graded_before,
            countIf(is_later AND is_graded) AS graded_after,
            countIf(is_before AND is_resolved) AS resolved_before,
            countIf(is_later AND is_resolved) AS resolved_after,
            graded_before > 0 AND graded_after > 0 AS is_in_both
        FROM placed
        GROUP BY
            experiment_id,
            run_id,
            emitter,
            epoch,
            seq,
            policy_id,
            task_id,
            peer_task_id
    )
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    policy_id,
    task_id,
    sum(runs_before) AS n_runs_before,
    sum(runs_after) AS n_runs_after,
    sum(incomplete_before) AS n_incomplete_before,
    sum(incomplete_after) AS n_incomplete_after,
    sum(excluded_before) AS n_excluded_before,
    sum(excluded_after) AS n_excluded_after,
    countIf(is_in_both) AS n_tasks_both,
    sumIf(graded_before, is_in_both) AS n_graded_before,
    sumIf(graded_after, is_in_both) AS n_graded_after,
    sumIf(resolved_before, is_in_both) AS n_resolved_before,
    sumIf(resolved_after, is_in_both) AS n_resolved_after
FROM of_tasks
GROUP BY
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    policy_id,
    task_id;
