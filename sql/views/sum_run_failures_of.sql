-- question:     What went wrong in each of these runs?
-- grain:        one row per run of run_ids that has a failure
-- keys:         experiment_id, run_id
-- units:        failures as counts; failure_kinds has an entry per root_kind and error_category, in this order, as
--               fct_run_failures names the columns
-- denominators: none
-- late, duplicate, missing: as fct_run_failures says
-- operational:  no
CREATE OR REPLACE VIEW sum_run_failures_of AS
WITH
    analysed AS
    (
        SELECT
            experiment_id,
            run_id,
            root_kind,
            error_category,
            fatal,
            recoverable,
            ifNull(pruning_error, false) AS is_pruning_error,
            recovery_attempts AS attempts,
            arrayExists(attempt -> isNotNull(attempt.2), attempts) AS is_recovery_known,
            arrayFirstIndex(attempt -> ifNull(attempt.2, false), attempts) AS recovered_at,
            arraySlice(arrayMap(attempt -> attempt.3, attempts), 1, recovered_at) AS times_ms,
            if(
                recovered_at = 0 OR arrayExists(time_ms -> isNull(time_ms), times_ms),
                NULL,
                arraySum(arrayMap(time_ms -> ifNull(time_ms, 0), times_ms))
            ) AS recovery_ms,
            arrayDistinct(contributing_factors) AS factors,
            arrayDistinct(remediation_suggestions) AS suggestions
        FROM stg_failures
        WHERE run_id IN {run_ids:Array(UUID)}
    ),
    counted AS
    (
        SELECT
            experiment_id,
            run_id,
            root_kind,
            error_category,
            count() AS n_failures,
            count(fatal) AS n_fatal_known,
            countIf(ifNull(fatal, false)) AS n_fatal,
            count(recoverable) AS n_recoverable_known,
            countIf(ifNull(recoverable, false)) AS n_recoverable,
            countIf(is_pruning_error) AS n_pruning_errors,
            sum(length(attempts)) AS n_recovery_attempts,
            countIf(is_recovery_known) AS n_recovery_known,
            countIf(recovered_at > 0) AS n_recovered,
            arraySort(groupArray(recovery_ms)) AS recoveries_ms,
            countIf(notEmpty(factors)) AS n_with_factors,
            sumMap(factors, arrayMap(factor -> toUInt64(1), factors)) AS factor_counts,
            countIf(notEmpty(suggestions)) AS n_with_suggestions,
            sumMap(suggestions, arrayMap(suggestion -> toUInt64(1), suggestions)) AS suggestion_counts
        FROM analysed
        GROUP BY
            experiment_id,
            run_id,
            root_kind,
            error_category
    )
SELECT
    experiment_id,
    run_id,
    sum(n_failures) AS failures,
    CAST(
        arraySort(
            each -> tuple(each.1, each.2),
            groupArray(
                tuple(
                    root_kind,
                    error_category,
                    n_failures,
                    n_fatal_known,
                    n_fatal,
                    n_recoverable_known,
                    n_recoverable,
                    n_pruning_errors,
                    n_recovery_attempts,
                    n_recovery_known,
                    n_recovered,
                    recoveries_ms,
                    n_with_factors,
                    factor_counts.1,
                    factor_counts.2,
                    n_with_suggestions,
                    suggestion_counts.1,
                    suggestion_counts.2
                )
            )
        ),
        'Array(Tuple(
            root_kind LowCardinality(String),
            error_category LowCardinality(Nullable(String)),
            n_failures UInt32,
            n_fatal_known UInt32,
            n_fatal UInt32,
            n_recoverable_known UInt32,
            n_recoverable UInt32,
            n_pruning_errors UInt32,
            n_recovery_attempts UInt32,
            n_recovery_known UInt32,
            n_recovered UInt32,
            recoveries_ms Array(Float64),
            n_with_factors UInt32,
            factors Array(String),
            factor_counts Array(UInt64),
            n_with_suggestions UInt32,
            suggestions Array(String),
            suggestion_counts Array(UInt64)
        ))'
    ) AS failure_kinds
FROM counted
GROUP BY
    experiment_id,
    run_id;
