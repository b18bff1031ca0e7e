-- question:     How long did each finished run take?
-- grain:        one row per run that counts, has ended by its own doing, and says how long it took
-- keys:         experiment_id, run_id
-- units:        duration_seconds in seconds; pool_keys those of fct_duration_pools that the run is in, the narrowest first
-- denominators: none
-- late, duplicate, missing: run_stop.duration_ms, else from started_at to stopped_at as the payloads state them, where they do not
--               from and to the ts of run_start and run_stop; of several run_starts the earliest counts. A run that states too
--               little, or a negative time, is left out; so are superseded runs and those with status 'cancelled' or
--               'harness_error': when they ended tells nothing of the work.
-- operational:  no
CREATE OR REPLACE VIEW fct_run_durations AS
SELECT
    experiment_id,
    policy_id,
    task_id,
    run_id,
    [
        sipHash128('task', experiment_id, policy_id, task_id),
        sipHash128('policy', experiment_id, policy_id),
        sipHash128('experiment', experiment_id)
    ] AS pool_keys,
    assumeNotNull(took_seconds) AS duration_seconds
FROM sum_runs
WHERE is_stopped
    AND ifNull(took_seconds >= 0, false)
    AND run_id NOT IN (SELECT run_id FROM fct_superseded_runs)
SETTINGS analyzer_inline_views = 1;
