-- question:     What did each run keep, drop and rewrite in its context window, and what did deciding cost?
-- grain:        one row per run, kind of decision and kind of segment that it decided on
-- keys:         experiment_id, run_id, kind, segment_kind (NULL where the decision names none, as one about the whole window)
-- units:        tokens and messages as counts; kb_ in KiB; nano_aiu in 10^-9 AIU, nano_usd in 10^-9 US dollars, both exact;
--               durations_ms in milliseconds, one entry per decision that states one, smallest first; confidence_ and
--               impact are sums, in the decider's own scale; trial_key is that of sum_runs
-- denominators: none
-- late, duplicate, missing: what no decision states is NULL. tokens_before and tokens_after are over the n_tokens_known that
--               state both, kb_ likewise over n_kb_known. A decision removed what it says it removed, else before - after
--               (negative where the window grew), known of n_tokens_removed_known and n_messages_removed_known. _of_kept and
--               _of_dropped add up what segments kept and dropped had before; confidence_undecided is of decisions
--               that do not say whether they kept. The buckets are what the decisions themselves cost
-- operational:  no
CREATE OR REPLACE VIEW fct_run_decisions AS
SELECT
    experiment_id,
    policy_id,
    trial_key,
    run_id,
    made.kind AS kind,
    made.segment_kind AS segment_kind,
    made.n_decisions AS n_decisions,
    made.n_kept_known AS n_kept_known,
    made.n_kept AS n_kept,
    made.n_dropped AS n_dropped,
    made.n_success_known AS n_success_known,
    made.n_failed AS n_failed,
    made.n_tokens_known AS n_tokens_known,
    made.tokens_before AS tokens_before,
    made.tokens_after AS tokens_after,
    made.n_tokens_removed_known AS n_tokens_removed_known,
    made.tokens_removed AS tokens_removed,
    made.tokens_of_kept AS tokens_of_kept,
    made.tokens_of_dropped AS tokens_of_dropped,
    made.n_messages_removed_known AS n_messages_removed_known,
    made.messages_removed AS messages_removed,
    made.n_kb_known AS n_kb_known,
    made.kb_before AS kb_before,
    made.kb_after AS kb_after,
    made.kb_of_kept AS kb_of_kept,
    made.kb_of_dropped AS kb_of_dropped,
    made.n_confidence_kept AS n_confidence_kept,
    made.confidence_kept AS confidence_kept,
    made.n_confidence_dropped AS n_confidence_dropped,
    made.confidence_dropped AS confidence_dropped,
    made.n_confidence_undecided AS n_confidence_undecided,
    made.confidence_undecided AS confidence_undecided,
    made.n_with_impact AS n_with_impact,
    made.impact AS impact,
    made.durations_ms AS durations_ms,
    made.input_tokens AS input_tokens,
    made.cache_read_tokens AS cache_read_tokens,
    made.cache_write_tokens AS cache_write_tokens,
    made.output_tokens AS output_tokens,
    made.reasoning_tokens AS reasoning_tokens,
    made.nano_aiu AS nano_aiu,
    made.nano_usd AS nano_usd
FROM sum_runs
ARRAY JOIN decision_kinds AS made;
