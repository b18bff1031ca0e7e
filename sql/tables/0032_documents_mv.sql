-- question:     How do the documents of run_start become rows of documents?
-- grain:        one row per document that a run_start carries together with its hash
-- keys:         as documents
-- units:        none
-- denominators: none
-- late, duplicate, missing: keeps every row it is given; the table it fills removes duplicates. It never throws: what
--               JSONExtract cannot read becomes NULL or empty, and rpt_store_check compares table and events
-- operational:  no
CREATE MATERIALIZED VIEW IF NOT EXISTS documents_mv TO documents AS
SELECT
    found.1 AS kind,
    assumeNotNull(found.2) AS hash,
    found.3 AS document,
    xxHash64(found.3) AS text_hash
FROM events
ARRAY JOIN
    [
        ('config', cfg_hash, JSONExtractRaw(data, 'config')),
        ('environment', env_hash, JSONExtractRaw(data, 'environment'))
    ] AS found
WHERE event_type = 'run_start'
    AND isNotNull(found.2)
    AND found.3 != '';
