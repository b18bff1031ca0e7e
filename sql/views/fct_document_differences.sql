-- question:     Which entries of two documents of one kind differ, and how?
-- grain:        one row per entry that is not the same in both; kind, hash_a and hash_b are parameters
-- keys:         key
-- units:        key and value as in fct_document_entries
-- denominators: none
-- late, duplicate, missing: an entry that one document lacks is NULL there. No rows where the two are the same, and none before
--               both documents are stored
-- operational:  no
CREATE OR REPLACE VIEW fct_document_differences AS
WITH
    documents_a AS
    (
        SELECT
            kind,
            entries AS entries_a,
            arrayMap(entry -> entry.1, entries) AS keys_a
        FROM fct_document_entries
        WHERE kind = {kind:String} AND hash = {hash_a:String}
    ),
    documents_b AS
    (
        SELECT
            kind,
            entries AS entries_b,
            arrayMap(entry -> entry.1, entries) AS keys_b
        FROM fct_document_entries
        WHERE kind = {kind:String} AND hash = {hash_b:String}
    ),
    entries AS
    (
        SELECT
            key,
            if(has(keys_a, key), toNullable(entries_a[indexOf(keys_a, key)].2), NULL) AS value_a,
            if(has(keys_b, key), toNullable(entries_b[indexOf(keys_b, key)].2), NULL) AS value_b
        FROM documents_a
        INNER JOIN documents_b ON documents_b.kind = documents_a.kind
        ARRAY JOIN arrayDistinct(arrayConcat(keys_a, keys_b)) AS key
    )
SELECT
    key,
    value_a,
    value_b
FROM entries
WHERE NOT ifNull(value_a = value_b, false);
