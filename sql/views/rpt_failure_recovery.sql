-- question:     How often and how fast does each policy's work go on after a failure, and are such trials still resolved?
-- grain:        one row per policy and root kind of a failure in one of its runs; experiment is a parameter
-- keys:         policy_id, root_kind
-- units:        rates 0 to 1, difference -1 to 1; recovery_ms_ in milliseconds; steps, calls and tokens as counts
-- denominators: recovery_rate = n_recovered / n_recovery_known, with its Wilson 95 % interval (E. B. Wilson, Probable Inference,
--               JASA 22, 1927); percentiles are over the recovered ones, of recovery_ms_ over the n_timed and of tokens_ over
--               the n_with_tokens among them, exact, interpolated; success_rate_graded_with = n_resolved_with / n_graded_with
--               over the trials whose final attempt had such a failure, with its Wilson interval, and _without over the
--               policy's other trials; difference = with - without. NULL when the denominator is 0
-- late, duplicate, missing: sum_recoveries says what a recovery is: something seen to go well afterwards, where
--               rpt_failures has what failures state of attempts to recover. A failure not recovered from is known of stopped
--               runs alone. Every attempt counts, also earlier ones and open ones (n_incomplete); attempts of excluded trials
--               are left out (n_excluded); superseded runs count nowhere
-- operational:  no
CREATE OR REPLACE VIEW rpt_failure_recovery AS
WITH
    seen AS
    (
        SELECT
            runs.policy_id AS policy_id,
            runs.run_id AS run_id,
            runs.n_runs AS n_runs,
            runs.n_incomplete AS n_incomplete,
            runs.n_excluded AS n_excluded,
            runs.is_graded AS is_graded,
            runs.is_resolved AS is_resolved,
            runs.n_graded AS n_graded,
            runs.n_resolved AS n_resolved,
            toString(recovery.root_kind) AS root_kind,
            if(runs.is_stopped OR recovery.is_recovered, recovery.is_recovered, NULL) AS went_on,
            recovery.recovery_ms AS recovery_ms,
            recovery.steps AS steps,
            recovery.calls AS calls,
            recovery.tokens AS tokens
        FROM sum_sessions AS sessions
        INNER JOIN ${database}.fct_policy_runs(experiment = {experiment:String}) AS runs ON runs.run_id = sessions.run_id
        ARRAY JOIN sessions.recoveries AS recovery
        WHERE sessions.experiment_id = {experiment:String} AND NOT runs.is_excluded
    ),
    counted AS
    (
        SELECT
            policy_id,
            root_kind,
            max(n_runs) AS n_runs,
            max(n_incomplete) AS n_incomplete,
            max(n_excluded) AS n_excluded,
            count() AS n_failures,
            uniqExact(run_id) AS n_runs_with_failures,
            count(went_on) AS n_recovery_known,
            countIf(ifNull(went_on, false)) AS n_recovered,
            count(recovery_ms) AS n_timed,
            quantilesExactInclusive(0.5, 0.9)(recovery_ms) AS times_ms,
            max(recovery_ms) AS recovery_ms_max,
            quantilesExactInclusive(0.5, 0.9)(steps) AS steps_taken,
            quantilesExactInclusive(0.5, 0.9)(calls) AS calls_made,
            count(tokens) AS n_with_tokens,
            quantilesExactInclusive(0.5, 0.9)(tokens) AS tokens_spent,
            sum(tokens) AS tokens_sum,
            uniqExactIf(run_id, is_graded) AS n_graded_with,
            uniqExactIf(run_id, is_resolved) AS n_resolved_with,
            toUInt64(max(n_graded) - n_graded_with) AS n_graded_without,
            toUInt64(max(n_resolved) - n_resolved_with) AS n_resolved_without
        FROM seen
        GROUP BY
            policy_id,
            root_kind
    ),
    rated AS
    (
        SELECT
            *,
            n_recovered / nullIf(n_recovery_known, 0) AS rate,
            pow(1.959963984540054, 2) / nullIf(n_recovery_known, 0) AS shrinkage,
            (rate + shrinkage / 2) / (1 + shrinkage) AS centre,
            sqrt(rate * (1 - rate) * shrinkage + pow(shrinkage, 2) / 4) / (1 + shrinkage) AS half_width,
            n_resolved_with / nullIf(n_graded_with, 0) AS rate_with,
            pow(1.959963984540054, 2) / nullIf(n_graded_with, 0) AS shrinkage_with,
            (rate_with + shrinkage_with / 2) / (1 + shrinkage_with) AS centre_with,
            sqrt(rate_with * (1 - rate_with) * shrinkage_with + pow(shrinkage_with, 2) / 4)
                / (1 + shrinkage_with) AS half_width_with
        FROM counted
    )
SELECT
    policy_id,
    root_kind,
    n_runs,
    n_incomplete,
    n_excluded,
    n_failures,
    n_runs_with_failures,
    n_recovery_known,
    n_recovered,
    rate AS recovery_rate,
    if(isNull(rate), NULL, greatest(0.0, centre - half_width)) AS recovery_rate_low,
    if(isNull(rate), NULL, least(1.0, centre + half_width)) AS recovery_rate_high,
    n_timed,
    if(n_timed = 0, NULL, times_ms[1]) AS recovery_ms_p50,
    if(n_timed = 0, NULL, times_ms[2]) AS recovery_ms_p90,
    recovery_ms_max,
    if(n_recovered = 0, NULL, steps_taken[1]) AS steps_p50,
    if(n_recovered = 0, NULL, steps_taken[2]) AS steps_p90,
    if(n_recovered = 0, NULL, calls_made[1]) AS calls_p50,
    if(n_recovered = 0, NULL, calls_made[2]) AS calls_p90,
    n_with_tokens,
    if(n_with_tokens = 0, NULL, tokens_spent[1]) AS tokens_p50,
    if(n_with_tokens = 0, NULL, tokens_spent[2]) AS tokens_p90,
    tokens_sum,
    n_graded_with,
    n_resolved_with,
    rate_with AS success_rate_graded_with,
    if(isNull(rate_with), NULL, greatest(0.0, centre_with - half_width_with)) AS success_rate_graded_with_low,
    if(isNull(rate_with), NULL, least(1.0, centre_with + half_width_with)) AS success_rate_graded_with_high,
    n_graded_without,
    n_resolved_without,
    n_resolved_without / nullIf(n_graded_without, 0) AS success_rate_graded_without,
    success_rate_graded_with - success_rate_graded_without AS difference
FROM rated
ORDER BY
    policy_id,
    root_kind;
