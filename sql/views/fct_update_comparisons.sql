-- question:     How did the runs before and after each optimizer update go?
-- grain:        one row per optimizer_update event of a run that is not superseded
-- keys:         update_key (that of fct_suggestions)
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
    senders AS
    (
        SELECT
            run_id,
            policy_id,
            task_id
        FROM sum_runs
        WHERE run_id IN (SELECT run_id FROM stg_optimizer_updates)
    ),
    sides AS
    (
        SELECT
            sipHash128(updates.experiment_id, updates.run_id, updates.emitter, updates.epoch, updates.seq) AS update_key,
            updates.experiment_id AS experiment_id,
            updates.run_id AS run_id,
            updates.ts AS ts,
            toString(senders.policy_id) AS sender_policy_id,
            toString(senders.task_id) AS sender_task_id,
            side.1 AS is_after,
            side.2 AS policy_id
        FROM stg_optimizer_updates AS updates
        INNER JOIN senders ON senders.run_id = updates.run_id
        ARRAY JOIN [
            tuple(false, sender_policy_id),
            tuple(true, ifNull(toString(updates.suggested_policy_id), sender_policy_id))
        ] AS side
    ),
    placed AS
    (
        SELECT
            sides.update_key AS update_key,
            sides.sender_policy_id AS policy_id,
            sides.sender_task_id AS task_id,
            runs.task_id AS peer_task_id,
            -- A sender that counts is of its own policy.
            runs.run_id = sides.run_id AS is_sender,
            ifNull(if(sides.is_after, runs.started_at > sides.ts, runs.started_at <= sides.ts), false) AS is_placed,
            is_placed AND NOT sides.is_after AS is_before,
            is_placed AND sides.is_after AS is_later,
            runs.is_excluded AS is_excluded,
            NOT runs.is_excluded AS is_kept,
            is_kept AND NOT runs.is_stopped AS is_open,
            runs.is_graded AS is_graded,
            runs.is_resolved AS is_resolved
        FROM sides
        LEFT JOIN fct_optimized_runs AS runs
            ON runs.experiment_id = sides.experiment_id
            AND runs.policy_id = sides.policy_id
    ),
    of_tasks AS
    (
        SELECT
            update_key,
            policy_id,
            task_id,
            max(is_sender) AS has_sender,
            -- Lists of what is before and what is after: each column more costs planning at every level.
            [countIf(is_before AND is_kept), countIf(is_later AND is_kept)] AS runs,
            [countIf(is_before AND is_open), countIf(is_later AND is_open)] AS incomplete,
            [countIf(is_before AND is_excluded), countIf(is_later AND is_excluded)] AS excluded,
            [countIf(is_before AND is_graded), countIf(is_later AND is_graded)] AS graded,
            [countIf(is_before AND is_resolved), countIf(is_later AND is_resolved)] AS resolved,
            NOT has(graded, 0) AS is_in_both
        FROM placed
        GROUP BY
            update_key,
            policy_id,
            task_id,
            peer_task_id
    )
SELECT
    update_key,
    policy_id,
    task_id,
    sumForEach(runs) AS n_runs,
    sumForEach(incomplete) AS n_incomplete,
    sumForEach(excluded) AS n_excluded,
    countIf(is_in_both) AS n_tasks_both,
    sumForEach(if(is_in_both, graded, [0, 0])) AS n_graded,
    sumForEach(if(is_in_both, resolved, [0, 0])) AS n_resolved
FROM of_tasks
GROUP BY
    update_key,
    policy_id,
    task_id
HAVING max(has_sender)
SETTINGS analyzer_inline_views = 1;
