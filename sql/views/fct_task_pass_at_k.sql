-- question:     How likely does one of k trials of a task solve it, and how likely do all k?
-- grain:        one row per experiment, policy, task and k from 1 to the task's n_counted; a task without trials has none
-- keys:         experiment_id, policy_id, task_id, k
-- units:        probabilities 0 to 1
-- denominators: with n = n_counted trials of the task, c = n_resolved of them: pass_at_k = 1 - C(n - c, k) / C(n, k) (M. Chen et
--               al., Evaluating Large Language Models Trained on Code, arXiv:2107.03374, 2021) and pass_hat_k = C(c, k) /
--               C(n, k) (S. Yao et al., tau-bench, arXiv:2406.12045, 2024), unbiased both: the shares of all choices of k
--               trials that hold a resolved one, and that hold nothing else. With more than n trials neither can be said
--               _of_policy: of all tasks of the policy, also those without trials
-- late, duplicate, missing: the trials of all jobs are one sample. A trial that ended without being resolved counts as not
--               resolved, also an ungraded one or one with an error (as in success_rate_all, and as Harbor counts); open and
--               excluded ones are no trials. One final attempt speaks for each trial, superseded runs count nowhere
-- operational:  no
CREATE OR REPLACE VIEW fct_task_pass_at_k AS
WITH
    tasks AS
    (
        SELECT
            groups.experiment_id AS experiment_id,
            assumeNotNull(groups.policy_id) AS policy_id,
            assumeNotNull(groups.task_id) AS task_id,
            groups.n_counted AS n_counted,
            groups.n_resolved AS n_resolved,
            groups.n_incomplete AS n_incomplete,
            groups.n_excluded AS n_excluded,
            count() OVER of_policy AS n_tasks_of_policy,
            sum(groups.n_incomplete) OVER of_policy AS n_incomplete_of_policy,
            sum(groups.n_excluded) OVER of_policy AS n_excluded_of_policy,
            toUInt64(groups.n_counted - groups.n_resolved) AS n_missed
        FROM ${database}.fct_success_groups_of(grain = 'task') AS groups
        WINDOW of_policy AS (
            PARTITION BY
                groups.experiment_id,
                groups.policy_id
        )
    )
SELECT
    experiment_id,
    policy_id,
    task_id,
    toUInt64(k_of_task) AS k,
    n_counted,
    n_resolved,
    n_incomplete,
    n_excluded,
    n_tasks_of_policy,
    n_incomplete_of_policy,
    n_excluded_of_policy,
    -- C(m, k) / C(n, k) is a product of k factors, and as well one of n - m: the shorter one keeps all digits. A 1 comes
    -- first because the engine's product of nothing is 0.
    if(
        k > n_missed,
        1.0,
        1 - arrayProduct(
            arrayPushFront(
                arrayMap(
                    place -> ifNull((n_counted - greatest(k, n_resolved) - place) / nullIf(n_counted - place, 0), 0),
                    range(least(k, n_resolved))
                ),
                1.0
            )
        )
    ) AS pass_at_k,
    if(
        k > n_resolved,
        0.0,
        arrayProduct(
            arrayPushFront(
                arrayMap(
                    place -> ifNull((n_counted - greatest(k, n_missed) - place) / nullIf(n_counted - place, 0), 0),
                    range(least(k, n_missed))
                ),
                1.0
            )
        )
    ) AS pass_hat_k
FROM tasks
ARRAY JOIN range(1, n_counted + 1) AS k_of_task;
