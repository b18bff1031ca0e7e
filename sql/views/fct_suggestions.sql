-- question:     What does each optimizer update suggest, entry by entry?
-- grain:        one row per optimizer_update event
-- keys:         update_key (of experiment_id, run_id, emitter, epoch, seq)
-- units:        suggested_config is JSON text; entries as in fct_document_entries, without one for a document that is empty
-- denominators: none
-- late, duplicate, missing: as stg_optimizer_updates. suggested_config is the update's suggested_document, or its typed
--               suggested_config where there is no document or an empty one, as emitted (redacted); NULL and no entries where it
--               suggests nothing
-- operational:  no
CREATE OR REPLACE VIEW fct_suggestions AS
WITH
    sent AS
    (
        SELECT
            sipHash128(experiment_id, run_id, emitter, epoch, seq) AS update_key,
            row_version,
            if(
                JSONLength(data, 'suggested_document') > 0,
                JSONExtractRaw(data, 'suggested_document'),
                JSONExtractRaw(data, 'suggested_config')
            ) AS document
        FROM stg_events
        WHERE event_type = 'optimizer_update'
            AND (experiment_id, run_id, emitter, epoch, seq) IN (
                SELECT
                    experiment_id,
                    run_id,
                    emitter,
                    epoch,
                    seq
                FROM stg_optimizer_updates
            )
    )
SELECT
    sipHash128(updates.experiment_id, updates.run_id, updates.emitter, updates.epoch, updates.seq) AS update_key,
    updates.experiment_id AS experiment_id,
    updates.run_id AS run_id,
    updates.emitter AS emitter,
    updates.epoch AS epoch,
    updates.seq AS seq,
    updates.ts AS ts,
    updates.optimizer AS optimizer,
    updates.suggested_policy_id AS suggested_policy_id,
    updates.confidence AS confidence,
    updates.expected_improvement AS expected_improvement,
    updates.exploration_vs_exploitation AS exploration_vs_exploitation,
    updates.reasoning AS reasoning,
    updates.command_id AS command_id,
    if(JSONLength(sent.document) > 0, toNullable(sent.document), NULL) AS suggested_config,
    -- As fct_document_entries does it: views cannot be given a text.
    arrayFilter(
        entry -> entry.1 != '',
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
            [tuple('', sent.document)]
        )
    ) AS entries
FROM stg_optimizer_updates AS updates
INNER JOIN sent
    ON sent.update_key = sipHash128(updates.experiment_id, updates.run_id, updates.emitter, updates.epoch, updates.seq)
    AND sent.row_version = updates.row_version
SETTINGS analyzer_inline_views = 1;
