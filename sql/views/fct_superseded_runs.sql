-- question:     Which runs count nowhere because another run that records the same thing counts, and which one is that?
-- grain:        one row per superseded run
-- keys:         run_id
-- units:        none
-- denominators: none
-- late, duplicate, missing: the run_start smallest by (epoch, emitter, seq) speaks for its run. A run that names no source is
--               its own: ('benchwire', run_id), which is what its export is imported as. Of one (source_system, source_id) a
--               live run (no source_content_sha256) counts first, else the highest translator_version, revision, n_records,
--               content_sha256, then the smallest run_id; whatever arrived last
-- operational:  no
-- Few runs share a source, so those that may are looked for first.
CREATE OR REPLACE VIEW fct_superseded_runs AS
WITH
    contended AS
    (
        SELECT arrayJoin(groupUniqArray(claims.run_id)) AS run_id
        FROM sum_claimed_sources AS claims
        WHERE if(
            isNull(claims.source_id),
            claims.run_id IN
            (
                SELECT toUUIDOrZero(ifNull(source_id, ''))
                FROM sum_claimed_sources
                WHERE source_system = 'benchwire'
            ),
            isNotNull(claims.source_system)
        )
        GROUP BY claims.source_key
        HAVING min(claims.run_id) != max(claims.run_id)
    )
SELECT
    run_id,
    first_value(run_id) OVER (
        PARTITION BY source_key
        ORDER BY
            isNotNull(source_content_sha256) ASC,
            ifNull(source_translator_version, 0) DESC,
            ifNull(source_revision, 0) DESC,
            ifNull(source_n_records, 0) DESC,
            ifNull(source_content_sha256, '') DESC,
            toString(run_id) ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS counted_run_id
FROM sum_runs
WHERE run_id IN (SELECT run_id FROM contended)
QUALIFY counted_run_id != run_id
SETTINGS analyzer_inline_views = 1;
