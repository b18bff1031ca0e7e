-- question:     What do the matched trials of two policies add up to?
-- grain:        one row per experiment and pair of policies, policy_a < policy_b by bytes
-- keys:         experiment_id, policy_a, policy_b
-- units:        counts; tokens as counts; cost_nano_aiu in 10^-9 AIU, exact
-- denominators: none
-- late, duplicate, missing: n_pairs counts matched pairs whose both sides are counted (fct_policy_pairs), and n_both, n_only_a and
--               n_only_b what they solved, ungraded as unsolved; n_ungraded_ are among them. n_unmatched_ counts counted trials
--               without a counted counterpart, n_incomplete_ and n_excluded_ trials that are not counted, matched or not.
--               Costs and tokens are sums over the pairs where both sides are known, 0 over none. n_tasks counts tasks with a
--               pair. Sorted lists have an entry per task: solved_of_tasks (pairs, solved by b only less solved by a only),
--               costs_of_tasks and tokens_of_tasks (of a, of b). The differing keys are those whose values differ within some
--               pair, as far as both documents are stored (fct_document_entries)
-- operational:  no
CREATE OR REPLACE VIEW fct_policy_comparisons AS
WITH
    tasks AS
    (
        SELECT
            experiment_id,
            policy_a,
            policy_b,
            arrayReduce(
                'sumForEach',
                arrayMap(
                    (a, b) -> [
                        true,
                        a.1 AND b.1,
                        a.1 AND NOT b.1,
                        NOT a.1 AND b.1,
                        NOT a.2,
                        NOT b.2,
                        a.3 AND b.3,
                        a.5 AND b.5,
                        a.8 != b.8 AND a.8 != 0 AND b.8 != 0,
                        a.8 = 0 OR b.8 = 0
                    ],
                    pairs.1,
                    pairs.2
                )
            ) AS counts,
            arrayReduce(
                'sumForEach',
                arrayMap(
                    (a, b) -> [
                        if(a.3 AND b.3, a.4, 0),
                        if(a.3 AND b.3, b.4, 0),
                        if(a.5 AND b.5, toUInt128(a.6), 0),
                        if(a.5 AND b.5, toUInt128(b.6), 0)
                    ],
                    pairs.1,
                    pairs.2
                )
            ) AS spent,
            arrayReduce(
                'sumForEach',
                arrayMap(
                    (is_b, state) -> [
                        NOT is_b AND state.1,
                        is_b AND state.1,
                        NOT is_b AND state.2,
                        is_b AND state.2,
                        NOT is_b AND state.3,
                        is_b AND state.3
                    ],
                    trials.2,
                    trials.3
                )
            ) AS states,
            arrayDistinct(
                arrayFilter(
                    keys -> keys.1 != keys.2 AND keys.1 != 0 AND keys.2 != 0,
                    arrayConcat(arrayZip(pairs.1.7, pairs.2.7), arrayZip(pairs.1.8, pairs.2.8))
                )
            ) AS differing
        FROM fct_policy_pairs
    ),
    -- What is only passed on is one column: each more costs planning at every level.
    summed AS
    (
        SELECT
            experiment_id,
            policy_a,
            policy_b,
            tuple(
                sumForEach(counts),
                sumForEach(spent),
                sumForEach(states),
                -- Sorted, since sums of floats that are made of them depend on the order.
                arraySort(
                    groupArrayIf(tuple(toInt64(counts[1]), toInt64(counts[4]) - toInt64(counts[3])), counts[1] > 0)
                ),
                arraySort(groupArrayIf(tuple(toInt256(spent[1]), toInt256(spent[2])), counts[7] > 0)),
                arraySort(groupArrayIf(tuple(toInt256(spent[3]), toInt256(spent[4])), counts[8] > 0))
            ) AS sums,
            groupUniqArrayArray(differing) AS differing_documents
        FROM tasks
        GROUP BY
            experiment_id,
            policy_a,
            policy_b
    ),
    -- Documents are looked up row by row. Only one row of two policies has their sums, which would be copied otherwise.
    expanded AS
    (
        SELECT
            experiment_id,
            policy_a,
            policy_b,
            sums_once,
            differing.1 AS key_a,
            differing.2 AS key_b
        FROM summed
        ARRAY JOIN
            arrayResize(differing_documents, greatest(length(differing_documents), 1)) AS differing,
            arrayResize([sums], greatest(length(differing_documents), 1)) AS sums_once
    ),
    compared AS
    (
        SELECT
            expanded.experiment_id AS experiment_id,
            expanded.policy_a AS policy_a,
            expanded.policy_b AS policy_b,
            max(expanded.sums_once) AS sums,
            groupUniqArrayArray(
                arrayMap(
                    entry -> tuple(documents_a.kind, entry.1),
                    if(
                        documents_a.kind = documents_b.kind,
                        arraySymmetricDifference(documents_a.entries, documents_b.entries),
                        []
                    )
                )
            ) AS differing_keys
        FROM expanded
        LEFT JOIN fct_document_entries AS documents_a ON documents_a.document_key = expanded.key_a
        LEFT JOIN fct_document_entries AS documents_b ON documents_b.document_key = expanded.key_b
        GROUP BY
            expanded.experiment_id,
            expanded.policy_a,
            expanded.policy_b
    )
SELECT
    experiment_id,
    policy_a,
    policy_b,
    length(sums.4) AS n_tasks,
    sums.1[1] AS n_pairs,
    sums.1[2] AS n_both,
    sums.1[3] AS n_only_a,
    sums.1[4] AS n_only_b,
    sums.1[5] AS n_ungraded_a,
    sums.1[6] AS n_ungraded_b,
    toUInt64(sums.3[1] - n_pairs) AS n_unmatched_a,
    toUInt64(sums.3[2] - n_pairs) AS n_unmatched_b,
    sums.3[3] AS n_incomplete_a,
    sums.3[4] AS n_incomplete_b,
    sums.3[5] AS n_excluded_a,
    sums.3[6] AS n_excluded_b,
    sums.1[7] AS n_pairs_with_cost,
    sums.2[1] AS cost_nano_aiu_a,
    sums.2[2] AS cost_nano_aiu_b,
    sums.1[8] AS n_pairs_with_tokens,
    toUInt64(sums.2[3]) AS total_tokens_a,
    toUInt64(sums.2[4]) AS total_tokens_b,
    sums.1[9] AS n_pairs_in_other_environments,
    sums.1[10] AS n_pairs_in_unknown_environments,
    sums.4 AS solved_of_tasks,
    sums.5 AS costs_of_tasks,
    sums.6 AS tokens_of_tasks,
    arraySort(arrayMap(key -> key.2, arrayFilter(key -> key.1 = 'environment', differing_keys))) AS differing_environment_keys,
    arraySort(arrayMap(key -> key.2, arrayFilter(key -> key.1 = 'config', differing_keys))) AS differing_config_keys
FROM compared;
