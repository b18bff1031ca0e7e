-- question:     How likely does each policy solve a task in one of k trials, and how likely in all k?
-- grain:        one row per experiment, policy and k from 1 to the most trials that a task of the policy has
-- keys:         experiment_id, policy_id, k
-- units:        probabilities 0 to 1
-- denominators: means over the n_tasks that have at least k counted trials; n_tasks_left_out have fewer. Of a task's n trials, c
--               of them resolved, pass_at_k = 1 - C(n - c, k) / C(n, k) (M. Chen et al., Evaluating Large Language Models
--               Trained on Code, arXiv:2107.03374, 2021) and pass_hat_k = C(c, k) / C(n, k) (S. Yao et al., tau-bench,
--               arXiv:2406.12045, 2024), both without bias. Where n_tasks_left_out grows with k, rows of different k speak of
--               different tasks
-- late, duplicate, missing: the trials of all jobs are one sample. A trial that ended without being resolved counts as not
--               resolved, also an ungraded one or one with an error (as in success_rate_all, and as Harbor counts); open
--               (n_incomplete) and excluded ones (n_excluded, both of all tasks of the policy) are no trials. One final
--               attempt speaks for each trial, superseded runs count nowhere
-- operational:  no
CREATE OR REPLACE VIEW rpt_pass_at_k AS
WITH
    gathered AS
    (
        SELECT
            tasks.experiment_id AS experiment_id,
            tasks.policy_id AS policy_id,
            tasks.k AS k,
            count() AS n_tasks,
            max(tasks.n_tasks_of_policy) AS n_tasks_of_policy,
            max(tasks.n_incomplete_of_policy) AS n_incomplete,
            max(tasks.n_excluded_of_policy) AS n_excluded,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            arraySort(groupArray(tasks.pass_at_k)) AS chances_of_one,
            arraySort(groupArray(tasks.pass_hat_k)) AS chances_of_all
        FROM fct_task_pass_at_k AS tasks
        GROUP BY
            tasks.experiment_id,
            tasks.policy_id,
            tasks.k
    )
SELECT
    experiment_id,
    policy_id,
    k,
    n_tasks,
    toUInt64(n_tasks_of_policy - n_tasks) AS n_tasks_left_out,
    n_incomplete,
    n_excluded,
    arraySum(chances_of_one) / nullIf(n_tasks, 0) AS pass_at_k,
    arraySum(chances_of_all) / nullIf(n_tasks, 0) AS pass_hat_k
FROM gathered
ORDER BY
    experiment_id,
    policy_id,
    k;
