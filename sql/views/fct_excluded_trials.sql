-- question:     Which trials has a grader taken out of the rates?
-- grain:        one row per trial whose final attempt is excluded
-- keys:         trial_key
-- units:        none
-- denominators: none
-- late, duplicate, missing: attempts as fct_final_attempts says; a verdict 'excluded' on an earlier attempt excludes nothing
-- operational:  no
-- Few trials have such a verdict, so those are looked for first.
CREATE OR REPLACE VIEW fct_excluded_trials AS
SELECT runs.trial_key AS trial_key
FROM sum_runs AS runs
WHERE runs.trial_key IN (SELECT trial_key FROM sum_runs WHERE outcome = 'excluded')
    AND runs.run_id NOT IN (SELECT run_id FROM fct_superseded_runs)
GROUP BY runs.trial_key
HAVING argMax(runs.outcome, runs.attempt_order) = 'excluded'
SETTINGS analyzer_inline_views = 1;
