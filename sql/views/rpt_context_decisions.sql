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
    counted AS
    (
        SELECT
            made.experiment_id AS experiment_id,
            made.policy_id AS policy_id,
            made.kind AS kind,
            made.segment_kind AS segment_kind,
            count() AS n_runs_with_decisions,
            uniqExact(made.trial_key) AS n_trials_with_decisions,
            sum(made.n_decisions) AS n_decisions,
            sum(made.n_kept_known) AS n_kept_known,
            sum(made.n_kept) AS n_kept,
            sum(made.n_dropped) AS n_dropped,
            sum(made.n_success_known) AS n_success_known,
            sum(made.n_failed) AS n_failed,
            sum(made.n_tokens_known) AS n_tokens_known,
            sum(made.tokens_before) AS tokens_before,
            sum(made.tokens_after) AS tokens_after,
            sum(made.n_tokens_removed_known) AS n_tokens_removed_known,
            sum(made.tokens_removed) AS tokens_removed,
            sum(made.tokens_of_kept) AS tokens_of_kept,
            sum(made.tokens_of_dropped) AS tokens_of_dropped,
            sum(made.n_messages_removed_known) AS n_messages_removed_known,
            sum(made.messages_removed) AS messages_removed,
            sum(made.n_kb_known) AS n_kb_known,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            arraySort(groupArray(made.kb_before)) AS kbs_before,
            arraySort(groupArray(made.kb_after)) AS kbs_after,
            arraySort(groupArray(made.kb_of_kept)) AS kbs_of_kept,
            arraySort(groupArray(made.kb_of_dropped)) AS kbs_of_dropped,
            sum(made.n_confidence_kept) AS n_confidence_kept,
            arraySort(groupArray(made.confidence_kept)) AS confidences_kept,
            sum(made.n_confidence_dropped) AS n_confidence_dropped,
            arraySort(groupArray(made.confidence_dropped)) AS confidences_dropped,
            sum(made.n_confidence_undecided) AS n_confidence_undecided,
            arraySort(groupArray(made.confidence_undecided)) AS confidences_undecided,
            sum(made.n_with_impact) AS n_with_impact,
            arraySort(groupArray(made.impact)) AS impacts,
            sum(length(made.durations_ms)) AS n_timed,
            quantileExactInclusiveArray(0.5)(made.durations_ms) AS duration_median,
            maxArray(made.durations_ms) AS duration_max,
            sum(made.input_tokens) AS input_tokens,
            sum(made.cache_read_tokens) AS cache_read_tokens,
            sum(made.cache_write_tokens) AS cache_write_tokens,
            sum(made.output_tokens) AS output_tokens,
            sum(made.reasoning_tokens) AS reasoning_tokens,
            sum(made.nano_aiu) AS nano_aiu,
            sum(made.nano_usd) AS nano_usd
        FROM fct_run_decisions AS made
        WHERE made.run_id NOT IN (SELECT run_id FROM fct_superseded_runs)
            AND made.trial_key NOT IN (SELECT trial_key FROM fct_excluded_trials)
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
    counted.n_kb_known AS n_kb_known,
    if(empty(counted.kbs_before), NULL, arraySum(counted.kbs_before)) AS kb_before,
    if(empty(counted.kbs_after), NULL, arraySum(counted.kbs_after)) AS kb_after,
    if(empty(counted.kbs_of_kept), NULL, arraySum(counted.kbs_of_kept)) AS kb_of_kept,
    if(empty(counted.kbs_of_dropped), NULL, arraySum(counted.kbs_of_dropped)) AS kb_of_dropped,
    counted.n_confidence_kept + counted.n_confidence_dropped + counted.n_confidence_undecided AS n_with_confidence,
    (arraySum(counted.confidences_kept) + arraySum(counted.confidences_dropped) + arraySum(counted.confidences_undecided))
        / nullIf(n_with_confidence, 0) AS mean_confidence,
    arraySum(counted.confidences_kept) / nullIf(counted.n_confidence_kept, 0) AS mean_confidence_kept,
    arraySum(counted.confidences_dropped) / nullIf(counted.n_confidence_dropped, 0) AS mean_confidence_dropped,
    counted.n_with_impact AS n_with_impact,
    arraySum(counted.impacts) / nullIf(counted.n_with_impact, 0) AS mean_impact,
    counted.n_timed AS n_timed,
    if(counted.n_timed = 0, NULL, counted.duration_median) AS duration_ms_p50,
    if(counted.n_timed = 0, NULL, counted.duration_max) AS duration_ms_max,
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
    segment_kind
SETTINGS analyzer_inline_views = 1;
