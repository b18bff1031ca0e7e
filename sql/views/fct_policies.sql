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
    runs.experiment_id AS experiment_id,
    runs.policy_id AS policy_id,
    countIf(NOT runs.is_excluded) AS n_runs,
    countIf(runs.is_final_attempt AND NOT runs.is_excluded) AS n_trials,
    countIf(NOT runs.is_excluded AND NOT runs.is_stopped) AS n_incomplete,
    countIf(runs.is_excluded) AS n_excluded
FROM fct_attempts AS runs
GROUP BY
    runs.experiment_id,
    runs.policy_id;
