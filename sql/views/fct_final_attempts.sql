-- question:     Which attempt of each trial speaks for it?
-- grain:        one row per trial that has a run which is not superseded
-- keys:         trial_key; attempt_order
-- units:        attempt_order as sum_runs_of: it names the run
-- denominators: none
-- late, duplicate, missing: of the attempts of a trial the highest is final (ties: later run_start, then greater run_id); a run
--               without trial_no is a trial of its own; superseded runs are no attempts
-- operational:  no
CREATE OR REPLACE VIEW fct_final_attempts AS
SELECT
    runs.trial_key AS trial_key,
    max(runs.attempt_order) AS attempt_order
FROM sum_runs AS runs
WHERE runs.run_id NOT IN (SELECT run_id FROM fct_superseded_runs)
GROUP BY runs.trial_key
SETTINGS analyzer_inline_views = 1;
