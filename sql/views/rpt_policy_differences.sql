-- question:     In what do the configurations and environments of two policies differ, and which values have they?
-- grain:        one row per kind of document and entry that differs in some matched pair of trials; experiment, policy_a and
--               policy_b are parameters
-- keys:         kind ('config' or 'environment'), key
-- units:        key is the path in the document, joined by dots (fct_document_entries says how); values_a and values_b are JSON
--               texts, each once, sorted: what either side has in the pairs that differ
-- denominators: none. n_pairs_compared are the counted pairs (fct_policy_pairs) whose two documents are known: one hash, or both
--               documents stored. n_pairs_differing of them differ in the entry, and in n_pairs_without_a and _b of those that
--               side does not have it
-- late, duplicate, missing: as rpt_policy_comparisons, whose differing keys these are, with their values: no rows where all
--               compared pairs agree, and none for documents that nobody has sent. Redacted values are shown as redaction left
--               them, so two of them may look the same and count as equal
-- operational:  no
CREATE OR REPLACE VIEW rpt_policy_differences AS
WITH
    documents AS
    (
        SELECT
            if({policy_a:String} > {policy_b:String}, document.2, document.1) AS key_a,
            if({policy_a:String} > {policy_b:String}, document.1, document.2) AS key_b,
            document.3 AS kind,
            count() AS n_pairs
        FROM fct_policy_pairs
        ARRAY JOIN arrayConcat(
            arrayMap((a, b) -> tuple(a, b, 'config'), pairs.1.7, pairs.2.7),
            arrayMap((a, b) -> tuple(a, b, 'environment'), pairs.1.8, pairs.2.8)
        ) AS document
        WHERE experiment_id = {experiment:String}
            AND policy_a = least({policy_a:String}, {policy_b:String})
            AND policy_b = greatest({policy_a:String}, {policy_b:String})
            AND document.1 != 0
            AND document.2 != 0
        GROUP BY
            key_a,
            key_b,
            kind
    ),
    compared AS
    (
        SELECT
            documents.kind AS kind,
            documents.n_pairs AS n_pairs,
            sum(documents.n_pairs) OVER (PARTITION BY documents.kind) AS n_pairs_compared,
            if(documents.key_a = documents.key_b, [], documents_a.entries) AS entries_a,
            if(documents.key_a = documents.key_b, [], documents_b.entries) AS entries_b,
            arrayMap(entry -> entry.1, entries_a) AS keys_a,
            arrayMap(entry -> entry.1, entries_b) AS keys_b
        FROM documents
        LEFT JOIN fct_document_entries AS documents_a ON documents_a.document_key = documents.key_a
        LEFT JOIN fct_document_entries AS documents_b ON documents_b.document_key = documents.key_b
        WHERE documents.key_a = documents.key_b OR (documents_a.kind != '' AND documents_b.kind != '')
    ),
    entries AS
    (
        SELECT
            kind,
            key,
            n_pairs,
            n_pairs_compared,
            has(keys_a, key) AS has_a,
            has(keys_b, key) AS has_b,
            if(has_a, entries_a[indexOf(keys_a, key)].2, '') AS value_a,
            if(has_b, entries_b[indexOf(keys_b, key)].2, '') AS value_b
        FROM compared
        ARRAY JOIN arrayDistinct(arrayConcat(keys_a, keys_b)) AS key
    )
SELECT
    kind,
    key,
    n_pairs_compared,
    sum(n_pairs) AS n_pairs_differing,
    sumIf(n_pairs, NOT has_a) AS n_pairs_without_a,
    sumIf(n_pairs, NOT has_b) AS n_pairs_without_b,
    arraySort(groupUniqArrayIf(value_a, has_a)) AS values_a,
    arraySort(groupUniqArrayIf(value_b, has_b)) AS values_b
FROM entries
WHERE has_a != has_b OR value_a != value_b
GROUP BY
    kind,
    key,
    n_pairs_compared
ORDER BY
    kind,
    key;
