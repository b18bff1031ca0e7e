-- question:     What did each of these runs decide on in its context window, and what did deciding cost?
-- grain:        one row per run of run_ids that has a context decision
-- keys:         experiment_id, run_id
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, nano_usd in 10^-9 US dollars, both exact; decision_kinds has an entry per
--               kind and segment_kind, in this order, as fct_run_decisions names the columns
-- denominators: none
-- late, duplicate, missing: a bucket that no decision states is NULL; steps may or may not hold the same model calls; the entries
--               as fct_run_decisions says; models are those that any decision names
-- operational:  no
CREATE OR REPLACE VIEW sum_run_decisions_of AS
WITH
    made AS
    (
        SELECT
            experiment_id,
            run_id,
            kind,
            segment_kind,
            model,
            kept,
            ifNull(kept, false) AS is_kept,
            ifNull(NOT kept, false) AS is_dropped,
            success,
            tokens_before,
            tokens_after,
            coalesce(toInt64(stated.tokens_removed), toInt64(tokens_before) - toInt64(tokens_after)) AS tokens_less,
            coalesce(toInt64(stated.messages_removed), toInt64(messages_before) - toInt64(messages_after)) AS messages_less,
            kb_before,
            kb_after,
            confidence,
            impact,
            duration_ms,
            input_tokens,
            cache_read_tokens,
            cache_write_tokens,
            output_tokens,
            reasoning_tokens,
            nano_aiu,
            nano_usd
        FROM stg_context_decisions AS stated
        WHERE run_id IN {run_ids:Array(UUID)}
    ),
    counted AS
    (
        SELECT
            experiment_id,
            run_id,
            kind,
            segment_kind,
            groupUniqArray(toString(model)) AS models_named,
            count() AS n_decisions,
            count(kept) AS n_kept_known,
            countIf(is_kept) AS n_kept,
            countIf(is_dropped) AS n_dropped,
            count(success) AS n_success_known,
            countIf(ifNull(NOT success, false)) AS n_failed,
            countIf(isNotNull(tokens_before) AND isNotNull(tokens_after)) AS n_tokens_known,
            sumIf(tokens_before, isNotNull(tokens_after)) AS sum_tokens_before,
            sumIf(tokens_after, isNotNull(tokens_before)) AS sum_tokens_after,
            count(tokens_less) AS n_tokens_removed_known,
            sum(tokens_less) AS tokens_removed,
            sumIf(tokens_before, is_kept) AS tokens_of_kept,
            sumIf(tokens_before, is_dropped) AS tokens_of_dropped,
            count(messages_less) AS n_messages_removed_known,
            sum(messages_less) AS messages_removed,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            arraySort(groupArrayIf(kb_before, isNotNull(kb_after))) AS kbs_before,
            arraySort(groupArrayIf(kb_after, isNotNull(kb_before))) AS kbs_after,
            arraySort(groupArrayIf(kb_before, is_kept)) AS kbs_of_kept,
            arraySort(groupArrayIf(kb_before, is_dropped)) AS kbs_of_dropped,
            arraySort(groupArrayIf(confidence, is_kept)) AS confidences_kept,
            arraySort(groupArrayIf(confidence, is_dropped)) AS confidences_dropped,
            arraySort(groupArrayIf(confidence, isNull(kept))) AS confidences_undecided,
            arraySort(groupArray(impact)) AS impacts,
            arraySort(groupArray(duration_ms)) AS durations_ms,
            sum(input_tokens) AS sum_input_tokens,
            sum(cache_read_tokens) AS sum_cache_read_tokens,
            sum(cache_write_tokens) AS sum_cache_write_tokens,
            sum(output_tokens) AS sum_output_tokens,
            sum(reasoning_tokens) AS sum_reasoning_tokens,
            sum(toUInt128(nano_aiu)) AS sum_nano_aiu,
            sum(toUInt128(nano_usd)) AS sum_nano_usd
        FROM made
        GROUP BY
            experiment_id,
            run_id,
            kind,
            segment_kind
    )
SELECT
    experiment_id,
    run_id,
    sum(n_decisions) AS context_decisions,
    arraySort(arrayDistinct(groupArrayArray(models_named))) AS models,
    sum(sum_input_tokens) AS input_tokens,
    sum(sum_cache_read_tokens) AS cache_read_tokens,
    sum(sum_cache_write_tokens) AS cache_write_tokens,
    sum(sum_output_tokens) AS output_tokens,
    sum(sum_reasoning_tokens) AS reasoning_tokens,
    sum(sum_nano_aiu) AS nano_aiu,
    sum(sum_nano_usd) AS nano_usd,
    CAST(
        arraySort(
            each -> tuple(each.1, each.2),
            groupArray(
                tuple(
                    kind,
                    segment_kind,
                    n_decisions,
                    n_kept_known,
                    n_kept,
                    n_dropped,
                    n_success_known,
                    n_failed,
                    n_tokens_known,
                    sum_tokens_before,
                    sum_tokens_after,
                    n_tokens_removed_known,
                    tokens_removed,
                    tokens_of_kept,
                    tokens_of_dropped,
                    n_messages_removed_known,
                    messages_removed,
                    length(kbs_before),
                    if(empty(kbs_before), NULL, arraySum(kbs_before)),
                    if(empty(kbs_after), NULL, arraySum(kbs_after)),
                    if(empty(kbs_of_kept), NULL, arraySum(kbs_of_kept)),
                    if(empty(kbs_of_dropped), NULL, arraySum(kbs_of_dropped)),
                    length(confidences_kept),
                    if(empty(confidences_kept), NULL, arraySum(confidences_kept)),
                    length(confidences_dropped),
                    if(empty(confidences_dropped), NULL, arraySum(confidences_dropped)),
                    length(confidences_undecided),
                    if(empty(confidences_undecided), NULL, arraySum(confidences_undecided)),
                    length(impacts),
                    if(empty(impacts), NULL, arraySum(impacts)),
                    durations_ms,
                    sum_input_tokens,
                    sum_cache_read_tokens,
                    sum_cache_write_tokens,
                    sum_output_tokens,
                    sum_reasoning_tokens,
                    sum_nano_aiu,
                    sum_nano_usd
                )
            )
        ),
        'Array(Tuple(
            kind LowCardinality(String),
            segment_kind LowCardinality(Nullable(String)),
            n_decisions UInt32,
            n_kept_known UInt32,
            n_kept UInt32,
            n_dropped UInt32,
            n_success_known UInt32,
            n_failed UInt32,
            n_tokens_known UInt32,
            tokens_before Nullable(UInt64),
            tokens_after Nullable(UInt64),
            n_tokens_removed_known UInt32,
            tokens_removed Nullable(Int64),
            tokens_of_kept Nullable(UInt64),
            tokens_of_dropped Nullable(UInt64),
            n_messages_removed_known UInt32,
            messages_removed Nullable(Int64),
            n_kb_known UInt32,
            kb_before Nullable(Float64),
            kb_after Nullable(Float64),
            kb_of_kept Nullable(Float64),
            kb_of_dropped Nullable(Float64),
            n_confidence_kept UInt32,
            confidence_kept Nullable(Float64),
            n_confidence_dropped UInt32,
            confidence_dropped Nullable(Float64),
            n_confidence_undecided UInt32,
            confidence_undecided Nullable(Float64),
            n_with_impact UInt32,
            impact Nullable(Float64),
            durations_ms Array(Float64),
            input_tokens Nullable(UInt64),
            cache_read_tokens Nullable(UInt64),
            cache_write_tokens Nullable(UInt64),
            output_tokens Nullable(UInt64),
            reasoning_tokens Nullable(UInt64),
            nano_aiu Nullable(UInt128),
            nano_usd Nullable(UInt128)
        ))'
    ) AS decision_kinds
FROM counted
GROUP BY
    experiment_id,
    run_id;
