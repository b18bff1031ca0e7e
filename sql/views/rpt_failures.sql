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
    counted AS
    (
        SELECT
            found.experiment_id AS experiment_id,
            found.policy_id AS policy_id,
            found.root_kind AS root_kind,
            found.error_category AS error_category,
            count() AS n_runs_with_failures,
            uniqExact(found.trial_key) AS n_trials_with_failures,
            sum(found.n_failures) AS n_failures,
            sum(found.n_fatal_known) AS n_fatal_known,
            sum(found.n_fatal) AS n_fatal,
            sum(found.n_recoverable_known) AS n_recoverable_known,
            sum(found.n_recoverable) AS n_recoverable,
            sum(found.n_pruning_errors) AS n_pruning_errors,
            sum(found.n_recovery_attempts) AS n_recovery_attempts,
            sum(found.n_recovery_known) AS n_recovery_known,
            sum(found.n_recovered) AS n_recovered,
            sum(length(found.recoveries_ms)) AS n_recovery_timed,
            quantilesExactInclusiveArray(0.5, 0.9)(found.recoveries_ms) AS recovery_quantiles,
            maxArray(found.recoveries_ms) AS recovery_max,
            sum(found.n_with_factors) AS n_with_factors,
            sumMap(found.factors, found.factor_counts) AS factor_counts,
            sum(found.n_with_suggestions) AS n_with_suggestions,
            sumMap(found.suggestions, found.suggestion_counts) AS suggestion_counts
        FROM fct_run_failures AS found
        WHERE found.run_id NOT IN (SELECT run_id FROM fct_superseded_runs)
            AND found.trial_key NOT IN (SELECT trial_key FROM fct_excluded_trials)
        GROUP BY
            found.experiment_id,
            found.policy_id,
            found.root_kind,
            found.error_category
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
    if(counted.n_recovery_timed = 0, NULL, counted.recovery_max) AS recovery_ms_max,
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
    error_category
SETTINGS analyzer_inline_views = 1;
