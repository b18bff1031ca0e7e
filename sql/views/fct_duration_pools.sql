-- question:     From which durations can the end of a run be expected?
-- grain:        one row per basis: 'task' (experiment, policy and task), 'policy' (experiment and policy), 'experiment'
-- keys:         pool_key (sipHash128 of the basis and of what it names)
-- units:        durations_seconds in seconds, ascending
-- denominators: none
-- late, duplicate, missing: the durations are those of fct_run_durations; where none is known there is no row
-- operational:  no
CREATE OR REPLACE VIEW fct_duration_pools AS
WITH
    pooled AS
    (
        SELECT
            arrayJoin(pool_keys) AS pool_key,
            duration_seconds
        FROM fct_run_durations
    )
SELECT
    pool_key,
    arraySort(groupArray(duration_seconds)) AS durations_seconds
FROM pooled
GROUP BY pool_key
SETTINGS analyzer_inline_views = 1;
