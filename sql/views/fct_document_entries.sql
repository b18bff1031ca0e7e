-- question:     What does each configuration or environment document say, entry by entry?
-- grain:        one row per document
-- keys:         kind, hash; document_key is one number for both
-- units:        entries in order of their keys: (key, value); a key is the path in the document, joined by dots, names with other
--               characters than letters, digits, - and _ in double quotes, " and \ in them after a \; a value is JSON text
-- denominators: none
-- late, duplicate, missing: as stg_documents; lists, empty objects and what lies deeper than 16 levels are values of their own;
--               a document that is no object has one entry without a key; redacted values are what redaction left of them
-- operational:  no
CREATE OR REPLACE VIEW fct_document_entries AS
SELECT
    documents.kind AS kind,
    documents.hash AS hash,
    reinterpretAsUInt128(sipHash128(documents.kind, documents.hash)) AS document_key,
    arraySort(
        arrayFold(
            (found, level) -> arrayFlatten(
                arrayMap(
                    entry -> if(
                        JSONType(entry.2) = 'Object' AND JSONLength(entry.2) > 0,
                        arrayMap(
                            inner -> tuple(
                                concat(
                                    entry.1,
                                    if(entry.1 = '', '', '.'),
                                    if(
                                        match(inner.1, '^[A-Za-z0-9_-]+$'),
                                        inner.1,
                                        concat('"', replaceRegexpAll(inner.1, '["\\\\]', '\\\\\\0'), '"')
                                    )
                                ),
                                inner.2
                            ),
                            JSONExtractKeysAndValuesRaw(entry.2)
                        ),
                        [entry]
                    ),
                    found
                )
            ),
            range(16),
            [tuple('', documents.document)]
        )
    ) AS entries
FROM stg_documents AS documents;
