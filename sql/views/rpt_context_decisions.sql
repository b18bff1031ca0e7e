-- question:     What does each policy keep, drop and rewrite in its context window, and what does deciding cost?
-- grain:        one row per experiment, policy, kind of decision and kind of segment that one of its runs decided on
-- keys:         experiment_id, policy_id, kind, segment_kind (NULL where the decision names none, as one about the whole window)
-- units:        rates and shares 0 to 1; tokens and messages as counts; kb_ in KiB; _ms in milliseconds; nano_aiu in 10^-9 AIU,
--               nano_usd in 10^-9 US dollars, both exact; aiu in AIU; confidence and impact in the decider's own scale
-- denominators: kept_rate = n_kept / n_kept_known; failure_rate = n_failed / n_success_known; tokens_kept_share = tokens_after /
--               tokens_before, both over the n_tokens_known decisions that state both; tokens_removed and
--               messages_removed are over n_tokens_removed_known and n_messages_removed_known; kb_before and kb_after over
--               n_kb_known; mean_confidence = sum / n_with_confidence, mean_confidence_kept and _dropped over the kept and
--               dropped among them; mean_impact = sum / n_with_impact; percentiles over n_timed, exact, interpolated;
--               decisions_per_run = n_decisions / n_runs; run_share = n_runs_with_decisions / n_runs, with n_runs and
--               n_trials those of the policy. NULL when the denominator is 0
-- late, duplicate, missing: every attempt counts, also earlier ones and open ones (n_incomplete); the attempts of excluded
--               trials are left out and counted in n_excluded; superseded runs count nowhere; what no decision states is
--               NULL. A decision removed what it says it removed, else before - after (negative where the window grew).
--               tokens_of_kept and tokens_of_dropped (kb likewise) add up tokens_before of segments kept and dropped. The
--               buckets are what the decisions themselves cost, which a run's totals hold too: never add them
-- operational:  no
CREATE OR REPLACE VIEW rpt_context_decisions AS
WITH
    made AS
    (
        SELECT
            runs.experiment_id AS experiment_id,
            runs.policy_id AS policy_id,
            decisions.kind AS kind,
            decisions.segment_kind AS segment_kind,
            decisions.run_id AS run_id,
            runs.trial_key AS trial_key,
            decisions.kept AS kept,
            ifNull(decisions.kept, false) AS is_kept,
            ifNull(NOT decisions.kept, false) AS is_dropped,
            decisions.success AS success,
            decisions.tokens_before AS tokens_before,
            decisions.tokens_after AS tokens_after,
            coalesce(
                toInt64(decisions.tokens_removed),
                toInt64(decisions.tokens_before) - toInt64(decisions.tokens_after)
            ) AS tokens_removed,
            coalesce(
                toInt64(decisions.messages_removed),
                toInt64(decisions.messages_before) - toInt64(decisions.messages_after)
            ) AS messages_removed,
            decisions.kb_before AS kb_before,
            decisions.kb_after AS kb_after,
            decisions.confidence AS confidence,
            decisions.impact AS impact,
            decisions.duration_ms AS duration_ms,
            decisions.input_tokens AS input_tokens,
            decisions.cache_read_tokens AS cache_read_tokens,
            decisions.cache_write_tokens AS cache_write_tokens,
            decisions.output_tokens AS output_tokens,
            decisions.reasoning_tokens AS reasoning_tokens,
            decisions.nano_aiu AS nano_aiu,
            decisions.nano_usd AS nano_usd
        FROM stg_context_decisions AS decisions
        INNER JOIN fct_attempts AS runs
            ON runs.experiment_id = decisions.experiment_id
            AND runs.run_id = decisions.run_id
        WHERE NOT runs.is_excluded
    ),
    counted AS
    (
        SELECT
            made.experiment_id AS experiment_id,
            made.policy_id AS policy_id,
            made.kind AS kind,
            made.segment_kind AS segment_kind,
            uniqExact(made.run_id) AS n_runs_with_decisions,
            uniqExact(made.trial_key) AS n_trials_with_decisions,
            count() AS n_decisions,
            count(made.kept) AS n_kept_known,
            countIf(made.is_kept) AS n_kept,
            countIf(made.is_dropped) AS n_dropped,
            count(made.success) AS n_success_known,
            countIf(ifNull(NOT made.success, false)) AS n_failed,
            countIf(isNotNull(made.tokens_before) AND isNotNull(made.tokens_after)) AS n_tokens_known,
            sumIf(made.tokens_before, isNotNull(made.tokens_after)) AS tokens_before,
            sumIf(made.tokens_after, isNotNull(made.tokens_before)) AS tokens_after,
            count(made.tokens_removed) AS n_tokens_removed_known,
            sum(made.tokens_removed) AS tokens_removed,
            sumIf(made.tokens_before, made.is_kept) AS tokens_of_kept,
            sumIf(made.tokens_before, made.is_dropped) AS tokens_of_dropped,
            count(made.messages_removed) AS n_messages_removed_known,
            sum(made.messages_removed) AS messages_removed,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            arraySort(groupArrayIf(made.kb_before, isNotNull(made.kb_after))) AS kbs_before,
            arraySort(groupArrayIf(made.kb_after, isNotNull(made.kb_before))) AS kbs_after,
            arraySort(groupArrayIf(made.kb_before, made.is_kept)) AS kbs_of_kept,
            arraySort(groupArrayIf(made.kb_before, made.is_dropped)) AS kbs_of_dropped,
            arraySort(groupArrayIf(made.confidence, made.is_kept)) AS confidences_kept,
            arraySort(groupArrayIf(made.confidence, made.is_dropped)) AS confidences_dropped,
            arraySort(groupArrayIf(made.confidence, isNull(made.kept))) AS confidences_undecided,
            arraySort(groupArray(made.impact)) AS impacts,
            count(made.duration_ms) AS n_timed,
            quantileExactInclusive(0.5)(made.duration_ms) AS duration_ms_p50,
            max(made.duration_ms) AS duration_ms_max,
            sum(made.input_tokens) AS input_tokens,
            sum(made.cache_read_tokens) AS cache_read_tokens,
            sum(made.cache_write_tokens) AS cache_write_tokens,
            sum(made.output_tokens) AS output_tokens,
            sum(made.reasoning_tokens) AS reasoning_tokens,
            sum(toUInt128(made.nano_aiu)) AS nano_aiu,
            sum(toUInt128(made.nano_usd)) AS nano_usd
        FROM made
        GROUP BY
            made.experiment_id,
            made.policy_id,
            made.kind,
            made.segment_kind
    )
SELECT
    counted.experiment_id AS experiment_id,
    counted.policy_id AS policy_id,
    counted.kind AS kind,
    counted.segment_kind AS segment_kind,
    policies.n_runs AS n_runs,
    counted.n_runs_with_decisions AS n_runs_with_decisions,
    counted.n_runs_with_decisions / nullIf(policies.n_runs, 0) AS run_share,
    policies.n_trials AS n_trials,
    counted.n_trials_with_decisions AS n_trials_with_decisions,
    policies.n_incomplete AS n_incomplete,
    policies.n_excluded AS n_excluded,
    counted.n_decisions AS n_decisions,
    counted.n_decisions / nullIf(policies.n_runs, 0) AS decisions_per_run,
    counted.n_kept_known AS n_kept_known,
    counted.n_kept AS n_kept,
    counted.n_dropped AS n_dropped,
    counted.n_kept / nullIf(counted.n_kept_known, 0) AS kept_rate,
    counted.n_success_known AS n_success_known,
    counted.n_failed AS n_failed,
    counted.n_failed / nullIf(counted.n_success_known, 0) AS failure_rate,
    counted.n_tokens_known AS n_tokens_known,
    counted.tokens_before AS tokens_before,
    counted.tokens_after AS tokens_after,
    counted.tokens_after / nullIf(counted.tokens_before, 0) AS tokens_kept_share,
    counted.n_tokens_removed_known AS n_tokens_removed_known,
    counted.tokens_removed AS tokens_removed,
    counted.tokens_of_kept AS tokens_of_kept,
    counted.tokens_of_dropped AS tokens_of_dropped,
    counted.n_messages_removed_known AS n_messages_removed_known,
    counted.messages_removed AS messages_removed,
    length(counted.kbs_before) AS n_kb_known,
    if(n_kb_known = 0, NULL, arraySum(counted.kbs_before)) AS kb_before,
    if(n_kb_known = 0, NULL, arraySum(counted.kbs_after)) AS kb_after,
    if(empty(counted.kbs_of_kept), NULL, arraySum(counted.kbs_of_kept)) AS kb_of_kept,
    if(empty(counted.kbs_of_dropped), NULL, arraySum(counted.kbs_of_dropped)) AS kb_of_dropped,
    length(counted.confidences_kept) + length(counted.confidences_dropped) + length(counted.confidences_undecided)
        AS n_with_confidence,
    (arraySum(counted.confidences_kept) + arraySum(counted.confidences_dropped) + arraySum(counted.confidences_undecided))
        / nullIf(n_with_confidence, 0) AS mean_confidence,
    arraySum(counted.confidences_kept) / nullIf(length(counted.confidences_kept), 0) AS mean_confidence_kept,
    arraySum(counted.confidences_dropped) / nullIf(length(counted.confidences_dropped), 0) AS mean_confidence_dropped,
    length(counted.impacts) AS n_with_impact,
    arraySum(counted.impacts) / nullIf(length(counted.impacts), 0) AS mean_impact,
    counted.n_timed AS n_timed,
    counted.duration_ms_p50 AS duration_ms_p50,
    counted.duration_ms_max AS duration_ms_max,
    counted.input_tokens AS input_tokens,
    counted.cache_read_tokens AS cache_read_tokens,
    counted.cache_write_tokens AS cache_write_tokens,
    counted.output_tokens AS output_tokens,
    counted.reasoning_tokens AS reasoning_tokens,
    counted.nano_aiu AS nano_aiu,
    counted.nano_aiu / 1000000000 AS aiu,
    counted.nano_usd AS nano_usd
FROM counted
INNER JOIN fct_policies AS policies
    ON policies.experiment_id = counted.experiment_id
    AND policies.policy_id = counted.policy_id
ORDER BY
    experiment_id,
    policy_id,
    kind,
    segment_kind;
