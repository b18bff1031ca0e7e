-- question:     How did the runs before and after each optimizer update go?
-- grain:        one row per optimizer_update event of a run that is not superseded, and that has runs before or after it
-- keys:         experiment_id, run_id, emitter, epoch, seq (of the update)
-- units:        counts
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
            side.1 AS is_after,
            side.2 AS policy_id
        FROM stg_optimizer_updates AS updates
        INNER JOIN runs AS senders
            ON senders.experiment_id = updates.experiment_id
            AND senders.run_id = updates.run_id
        ARRAY JOIN [
            tuple(false, toString(senders.policy_id)),
            tuple(true, toString(ifNull(updates.suggested_policy_id, senders.policy_id)))
        ] AS side
    ),
    of_tasks AS
    (
        SELECT
            sides.experiment_id AS experiment_id,
            sides.run_id AS run_id,
            sides.emitter AS emitter,
            sides.epoch AS epoch,
            sides.seq AS seq,
            countIf(NOT sides.is_after AND NOT runs.is_excluded) AS runs_before,
            countIf(sides.is_after AND NOT runs.is_excluded) AS runs_after,
            countIf(NOT sides.is_after AND NOT runs.is_excluded AND NOT runs.is_stopped) AS incomplete_before,
            countIf(sides.is_after AND NOT runs.is_excluded AND NOT runs.is_stopped) AS incomplete_after,
            countIf(NOT sides.is_after AND runs.is_excluded) AS excluded_before,
            countIf(sides.is_after AND runs.is_excluded) AS excluded_after,
            countIf(NOT sides.is_after AND runs.is_graded) AS graded_before,
            countIf(sides.is_after AND runs.is_graded) AS graded_after,
            countIf(NOT sides.is_after AND runs.is_resolved) AS resolved_before,
            countIf(sides.is_after AND runs.is_resolved) AS resolved_after,
            graded_before > 0 AND graded_after > 0 AS is_in_both
        FROM sides
        INNER JOIN runs
            ON runs.experiment_id = sides.experiment_id
            AND runs.policy_id = sides.policy_id
        WHERE if(sides.is_after, runs.started_at > sides.ts, runs.started_at <= sides.ts)
        GROUP BY
            sides.experiment_id,
            sides.run_id,
            sides.emitter,
            sides.epoch,
            sides.seq,
            runs.task_id
    )
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
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
    seq;
