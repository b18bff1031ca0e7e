-- question:     Which entries of two configurations differ, and how?
-- grain:        one row per entry that is not the same in both; hash_a and hash_b (cfg_hash of runs) are parameters
-- keys:         key
-- units:        key is the path in the document, joined by dots (fct_document_entries says how); values are JSON texts
-- denominators: none
-- late, duplicate, missing: an entry that one document lacks is NULL there. No rows where the two are the same, and none before
--               both documents are stored. Redacted values are shown as redaction left them, so two of them may look the same
-- operational:  no
CREATE OR REPLACE VIEW rpt_config_differences AS
SELECT
    key,
    value_a,
    value_b
FROM ${database}.fct_document_differences(kind = 'config', hash_a = {hash_a:String}, hash_b = {hash_b:String})
ORDER BY key;
