-- question:     What does a configuration or environment hash stand for?
-- grain:        one row per distinct document
-- keys:         kind ('config', 'environment'), hash (cfg_hash or env_hash)
-- units:        none
-- denominators: none
-- late, duplicate, missing: a document sent by many runs is kept once; of two texts that claim one hash the one with the
--               greater text_hash survives, whatever arrived first; a run without the hash stores none
-- operational:  no
-- order by:     documents are looked up by hash
CREATE TABLE IF NOT EXISTS documents
(
    kind LowCardinality(String),
    hash String CODEC(ZSTD(1)),
    document String CODEC(ZSTD(3)),
    text_hash UInt64 CODEC(NONE)
)
ENGINE = ReplacingMergeTree(text_hash)
ORDER BY (kind, hash);
