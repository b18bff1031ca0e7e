-- question:     What went wrong in each run, and how much of it was recovered from?
-- grain:        one row per run, root kind and error category of its failures
-- keys:         experiment_id, run_id, root_kind, error_category (NULL where the analysis names none)
-- units:        counts of failures; recoveries_ms in milliseconds, one entry per recovery whose time is known, smallest first;
--               factor_counts[i] failures name factors[i], suggestions likewise; trial_key is that of sum_runs
-- denominators: none
-- late, duplicate, missing: n_recovery_known counts the failures with a recovery attempt that says whether it helped, n_recovered
--               those where one did. A recovery took the time of its attempts up to and with the first that helped; unknown
--               if one of them says none
-- operational:  no
CREATE OR REPLACE VIEW fct_run_failures AS
SELECT
    experiment_id,
    policy_id,
    trial_key,
    run_id,
    found.root_kind AS root_kind,
    found.error_category AS error_category,
    found.n_failures AS n_failures,
    found.n_fatal_known AS n_fatal_known,
    found.n_fatal AS n_fatal,
    found.n_recoverable_known AS n_recoverable_known,
    found.n_recoverable AS n_recoverable,
    found.n_pruning_errors AS n_pruning_errors,
    found.n_recovery_attempts AS n_recovery_attempts,
    found.n_recovery_known AS n_recovery_known,
    found.n_recovered AS n_recovered,
    found.recoveries_ms AS recoveries_ms,
    found.n_with_factors AS n_with_factors,
    found.factors AS factors,
    found.factor_counts AS factor_counts,
    found.n_with_suggestions AS n_with_suggestions,
    found.suggestions AS suggestions,
    found.suggestion_counts AS suggestion_counts
FROM sum_runs
ARRAY JOIN failure_kinds AS found;
