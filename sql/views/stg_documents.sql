-- question:     What does a configuration or environment hash stand for?
-- grain:        one row per document
-- keys:         kind, hash
-- units:        none
-- denominators: none
-- late, duplicate, missing: duplicates are removed by FINAL; of two texts under one hash the greater text_hash remains
-- operational:  no
CREATE OR REPLACE VIEW stg_documents AS
SELECT
    kind,
    hash,
    document,
    text_hash
FROM documents
FINAL;
