-- question:     What goes wrong in the runs of each policy, how much of it is recovered from, and how fast?
-- grain:        one row per experiment, policy, root kind and error category of a failure in one of its runs
-- keys:         experiment_id, policy_id, root_kind, error_category (NULL where the analysis names none)
-- units:        rates and shares 0 to 1; _ms in milliseconds; contributing_factors and remediation_suggestions map each text to
--               the number of failures that name it
-- denominators: recovery_rate = n_recovered / n_recovery_known: of the failures with a recovery attempt that says whether it
--               helped, those where one did; recovery_ms_ percentiles are over n_recovery_timed, exact, interpolated; a
--               recovery took the time of its attempts up to and with the first that helped, unknown if one of them says
--               none; fatal_rate = n_fatal / n_fatal_known; recoverable_rate = n_recoverable / n_recoverable_known;
--               failures_per_run = n_failures / n_runs; run_share = n_runs_with_failures / n_runs, with n_runs and n_trials
--               those of the policy. NULL when the denominator is 0
-- late, duplicate, missing: every attempt counts, also earlier ones and open ones (n_incomplete); the attempts of excluded
--               trials are left out and counted in n_excluded; superseded runs count nowhere. A failure without recovery
--               attempts is in n_failures and in no recovery rate. Each map holds at most the 50 texts named most often
--               (ties: by text), n_with_factors and n_with_suggestions the failures that name any
-- operational:  no
CREATE OR REPLACE VIEW rpt_failures AS
WITH
    analysed AS
    (
        SELECT
            runs.experiment_id AS experiment_id,
            runs.policy_id AS policy_id,
            found.root_kind AS root_kind,
            found.error_category AS error_category,
            found.run_id AS run_id,
            runs.trial_key AS trial_key,
            found.fatal AS fatal,
            found.recoverable AS recoverable,
            ifNull(found.pruning_error, false) AS is_pruning_error,
            found.recovery_attempts AS attempts,
            arrayExists(attempt -> isNotNull(attempt.2), found.recovery_attempts) AS is_recovery_known,
            arrayFirstIndex(attempt -> ifNull(attempt.2, false), found.recovery_attempts) AS recovered_at,
            arraySlice(arrayMap(attempt -> attempt.3, found.recovery_attempts), 1, recovered_at) AS times_ms,
            if(
                recovered_at = 0 OR arrayExists(time_ms -> isNull(time_ms), times_ms),
                NULL,
                arraySum(arrayMap(time_ms -> ifNull(time_ms, 0), times_ms))
            ) AS recovery_ms,
            arrayDistinct(found.contributing_factors) AS factors,
            arrayDistinct(found.remediation_suggestions) AS suggestions
        FROM stg_failures AS found
        INNER JOIN fct_attempts AS runs
            ON runs.experiment_id = found.experiment_id
            AND runs.run_id = found.run_id
        WHERE NOT runs.is_excluded
    ),
    counted AS
    (
        SELECT
            experiment_id,
            policy_id,
            root_kind,
            error_category,
            uniqExact(run_id) AS n_runs_with_failures,
            uniqExact(trial_key) AS n_trials_with_failures,
            count() AS n_failures,
            count(fatal) AS n_fatal_known,
            countIf(ifNull(fatal, false)) AS n_fatal,
            count(recoverable) AS n_recoverable_known,
            countIf(ifNull(recoverable, false)) AS n_recoverable,
            countIf(is_pruning_error) AS n_pruning_errors,
            sum(length(attempts)) AS n_recovery_attempts,
            countIf(is_recovery_known) AS n_recovery_known,
            countIf(recovered_at > 0) AS n_recovered,
            count(recovery_ms) AS n_recovery_timed,
            quantilesExactInclusive(0.5, 0.9)(recovery_ms) AS recovery_quantiles,
            max(recovery_ms) AS recovery_ms_max,
            countIf(notEmpty(factors)) AS n_with_factors,
            sumMap(factors, arrayMap(factor -> toUInt64(1), factors)) AS factor_counts,
            countIf(notEmpty(suggestions)) AS n_with_suggestions,
            sumMap(suggestions, arrayMap(suggestion -> toUInt64(1), suggestions)) AS suggestion_counts
        FROM analysed
        GROUP BY
            experiment_id,
            policy_id,
            root_kind,
            error_category
    )
SELECT
    counted.experiment_id AS experiment_id,
    counted.policy_id AS policy_id,
    counted.root_kind AS root_kind,
    counted.error_category AS error_category,
    policies.n_runs AS n_runs,
    counted.n_runs_with_failures AS n_runs_with_failures,
    counted.n_runs_with_failures / nullIf(policies.n_runs, 0) AS run_share,
    policies.n_trials AS n_trials,
    counted.n_trials_with_failures AS n_trials_with_failures,
    policies.n_incomplete AS n_incomplete,
    policies.n_excluded AS n_excluded,
    counted.n_failures AS n_failures,
    counted.n_failures / nullIf(policies.n_runs, 0) AS failures_per_run,
    counted.n_fatal_known AS n_fatal_known,
    counted.n_fatal AS n_fatal,
    counted.n_fatal / nullIf(counted.n_fatal_known, 0) AS fatal_rate,
    counted.n_recoverable_known AS n_recoverable_known,
    counted.n_recoverable AS n_recoverable,
    counted.n_recoverable / nullIf(counted.n_recoverable_known, 0) AS recoverable_rate,
    counted.n_pruning_errors AS n_pruning_errors,
    counted.n_recovery_attempts AS n_recovery_attempts,
    counted.n_recovery_known AS n_recovery_known,
    counted.n_recovered AS n_recovered,
    counted.n_recovered / nullIf(counted.n_recovery_known, 0) AS recovery_rate,
    counted.n_recovery_timed AS n_recovery_timed,
    if(counted.n_recovery_timed = 0, NULL, counted.recovery_quantiles[1]) AS recovery_ms_p50,
    if(counted.n_recovery_timed = 0, NULL, counted.recovery_quantiles[2]) AS recovery_ms_p90,
    counted.recovery_ms_max AS recovery_ms_max,
    counted.n_with_factors AS n_with_factors,
    mapFromArrays(
        arraySlice(arraySort((factor, n) -> tuple(-toInt64(n), factor), counted.factor_counts.1, counted.factor_counts.2), 1, 50),
        arraySlice(arrayReverseSort(counted.factor_counts.2), 1, 50)
    ) AS contributing_factors,
    counted.n_with_suggestions AS n_with_suggestions,
    mapFromArrays(
        arraySlice(
            arraySort((suggestion, n) -> tuple(-toInt64(n), suggestion), counted.suggestion_counts.1, counted.suggestion_counts.2),
            1,
            50
        ),
        arraySlice(arrayReverseSort(counted.suggestion_counts.2), 1, 50)
    ) AS remediation_suggestions
FROM counted
INNER JOIN fct_policies AS policies
    ON policies.experiment_id = counted.experiment_id
    AND policies.policy_id = counted.policy_id
ORDER BY
    experiment_id,
    policy_id,
    root_kind,
    error_category;
