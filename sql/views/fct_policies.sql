-- question:     How many runs and trials of each policy count?
-- grain:        one row per experiment and policy
-- keys:         experiment_id, policy_id
-- units:        counts
-- denominators: none
-- late, duplicate, missing: every attempt that is not superseded counts in n_runs, also earlier ones and open ones
--               (n_incomplete); the attempts of excluded trials are in n_excluded only; n_trials = trials not excluded
-- operational:  no
CREATE OR REPLACE VIEW fct_policies AS
SELECT
    experiment_id,
    policy_id,
    countIf(NOT is_excluded) AS n_runs,
    uniqExactIf(trial_key, NOT is_excluded) AS n_trials,
    countIf(NOT is_excluded AND NOT is_stopped) AS n_incomplete,
    countIf(is_excluded) AS n_excluded
FROM fct_counted_runs
GROUP BY
    experiment_id,
    policy_id
SETTINGS analyzer_inline_views = 1;
