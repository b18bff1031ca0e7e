-- question:     What do the matched trials of two policies add up to?
-- grain:        one row per experiment and pair of policies, policy_a < policy_b by bytes
-- keys:         experiment_id, policy_a, policy_b
-- units:        counts; tokens as counts; cost_nano_aiu in 10^-9 AIU, exact
-- denominators: none
-- late, duplicate, missing: sums of fct_task_comparisons over tasks. n_tasks counts tasks with a pair. Sorted lists have an entry
--               per task: solved_of_tasks (pairs, solved by b only less solved by a only), costs_of_tasks and tokens_of_tasks
--               (of a, of b). The differing keys are those whose values differ within some pair, as far as both documents are
--               stored (fct_document_entries)
-- operational:  no
CREATE OR REPLACE VIEW fct_policy_comparisons AS
WITH
    summed AS
    (
        SELECT
            tasks.experiment_id AS experiment_id,
            tasks.policy_a AS policy_a,
            tasks.policy_b AS policy_b,
            countIf(tasks.n_pairs > 0) AS n_tasks,
            sum(tasks.n_pairs) AS n_pairs,
            sum(tasks.n_both) AS n_both,
            sum(tasks.n_only_a) AS n_only_a,
            sum(tasks.n_only_b) AS n_only_b,
            sum(tasks.n_ungraded_a) AS n_ungraded_a,
            sum(tasks.n_ungraded_b) AS n_ungraded_b,
            sum(tasks.n_unmatched_a) AS n_unmatched_a,
            sum(tasks.n_unmatched_b) AS n_unmatched_b,
            sum(tasks.n_incomplete_a) AS n_incomplete_a,
            sum(tasks.n_incomplete_b) AS n_incomplete_b,
            sum(tasks.n_excluded_a) AS n_excluded_a,
            sum(tasks.n_excluded_b) AS n_excluded_b,
            sum(tasks.n_pairs_with_cost) AS n_pairs_with_cost,
            sum(tasks.cost_nano_aiu_a) AS cost_nano_aiu_a,
            sum(tasks.cost_nano_aiu_b) AS cost_nano_aiu_b,
            sum(tasks.n_pairs_with_tokens) AS n_pairs_with_tokens,
            sum(tasks.total_tokens_a) AS total_tokens_a,
            sum(tasks.total_tokens_b) AS total_tokens_b,
            sum(tasks.n_pairs_in_other_environments) AS n_pairs_in_other_environments,
            sum(tasks.n_pairs_in_unknown_environments) AS n_pairs_in_unknown_environments,
            -- Sorted, since sums of floats that are made of them depend on the order.
            arraySort(
                groupArrayIf(
                    tuple(toInt64(tasks.n_pairs), toInt64(tasks.n_only_b) - toInt64(tasks.n_only_a)),
                    tasks.n_pairs > 0
                )
            ) AS solved_of_tasks,
            arraySort(
                groupArrayIf(
                    tuple(toInt256(tasks.cost_nano_aiu_a), toInt256(tasks.cost_nano_aiu_b)),
                    tasks.n_pairs_with_cost > 0
                )
            ) AS costs_of_tasks,
            arraySort(
                groupArrayIf(
                    tuple(toInt256(tasks.total_tokens_a), toInt256(tasks.total_tokens_b)),
                    tasks.n_pairs_with_tokens > 0
                )
            ) AS tokens_of_tasks,
            arraySort(groupUniqArrayArray(tasks.differing_hashes)) AS differing_hashes
        FROM fct_task_comparisons AS tasks
        GROUP BY
            tasks.experiment_id,
            tasks.policy_a,
            tasks.policy_b
    ),
    -- Documents are looked up row by row. Only the first row of two policies has their lists, which would be copied otherwise.
    expanded AS
    (
        SELECT
            experiment_id,
            policy_a,
            policy_b,
            n_tasks,
            n_pairs,
            n_both,
            n_only_a,
            n_only_b,
            n_ungraded_a,
            n_ungraded_b,
            n_unmatched_a,
            n_unmatched_b,
            n_incomplete_a,
            n_incomplete_b,
            n_excluded_a,
            n_excluded_b,
            n_pairs_with_cost,
            cost_nano_aiu_a,
            cost_nano_aiu_b,
            n_pairs_with_tokens,
            total_tokens_a,
            total_tokens_b,
            n_pairs_in_other_environments,
            n_pairs_in_unknown_environments,
            solved,
            costs,
            tokens,
            differing.1 AS kind,
            differing.2 AS hash_a,
            differing.3 AS hash_b
        FROM summed
        ARRAY JOIN
            arrayResize(differing_hashes, greatest(length(differing_hashes), 1)) AS differing,
            arrayResize([solved_of_tasks], greatest(length(differing_hashes), 1)) AS solved,
            arrayResize([costs_of_tasks], greatest(length(differing_hashes), 1)) AS costs,
            arrayResize([tokens_of_tasks], greatest(length(differing_hashes), 1)) AS tokens
    )
SELECT
    expanded.experiment_id AS experiment_id,
    expanded.policy_a AS policy_a,
    expanded.policy_b AS policy_b,
    max(expanded.n_tasks) AS n_tasks,
    max(expanded.n_pairs) AS n_pairs,
    max(expanded.n_both) AS n_both,
    max(expanded.n_only_a) AS n_only_a,
    max(expanded.n_only_b) AS n_only_b,
    max(expanded.n_ungraded_a) AS n_ungraded_a,
    max(expanded.n_ungraded_b) AS n_ungraded_b,
    max(expanded.n_unmatched_a) AS n_unmatched_a,
    max(expanded.n_unmatched_b) AS n_unmatched_b,
    max(expanded.n_incomplete_a) AS n_incomplete_a,
    max(expanded.n_incomplete_b) AS n_incomplete_b,
    max(expanded.n_excluded_a) AS n_excluded_a,
    max(expanded.n_excluded_b) AS n_excluded_b,
    max(expanded.n_pairs_with_cost) AS n_pairs_with_cost,
    max(expanded.cost_nano_aiu_a) AS cost_nano_aiu_a,
    max(expanded.cost_nano_aiu_b) AS cost_nano_aiu_b,
    max(expanded.n_pairs_with_tokens) AS n_pairs_with_tokens,
    max(expanded.total_tokens_a) AS total_tokens_a,
    max(expanded.total_tokens_b) AS total_tokens_b,
    max(expanded.n_pairs_in_other_environments) AS n_pairs_in_other_environments,
    max(expanded.n_pairs_in_unknown_environments) AS n_pairs_in_unknown_environments,
    max(expanded.solved) AS solved_of_tasks,
    max(expanded.costs) AS costs_of_tasks,
    max(expanded.tokens) AS tokens_of_tasks,
    arraySort(
        groupUniqArrayArrayIf(
            arrayMap(entry -> entry.1, arraySymmetricDifference(documents_a.entries, documents_b.entries)),
            expanded.kind = 'environment' AND documents_a.hash != '' AND documents_b.hash != ''
        )
    ) AS differing_environment_keys,
    arraySort(
        groupUniqArrayArrayIf(
            arrayMap(entry -> entry.1, arraySymmetricDifference(documents_a.entries, documents_b.entries)),
            expanded.kind = 'config' AND documents_a.hash != '' AND documents_b.hash != ''
        )
    ) AS differing_config_keys
FROM expanded
LEFT JOIN fct_document_entries AS documents_a
    ON documents_a.kind = expanded.kind
    AND documents_a.hash = expanded.hash_a
LEFT JOIN fct_document_entries AS documents_b
    ON documents_b.kind = expanded.kind
    AND documents_b.hash = expanded.hash_b
GROUP BY
    expanded.experiment_id,
    expanded.policy_a,
    expanded.policy_b;
