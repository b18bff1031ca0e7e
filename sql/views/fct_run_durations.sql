-- question:     How long did each finished run take?
-- grain:        one row per run that counts, has ended by its own doing, and says how long it took
-- keys:         experiment_id, run_id
-- units:        duration_seconds in seconds
-- denominators: none
-- late, duplicate, missing: run_stop.duration_ms, else from started_at to stopped_at as the payloads state them, where they do not
--               from and to the ts of run_start and run_stop; of several run_starts the earliest counts. A run that states too
--               little, or a negative time, is left out; so are superseded runs and those with status 'cancelled' or
--               'harness_error': when they ended tells nothing of the work. Labels are those of the run_stop
-- operational:  no
CREATE OR REPLACE VIEW fct_run_durations AS
WITH
    starts AS
    (
        SELECT
            experiment_id,
            run_id,
            min(started_at) AS started_at,
            min(toNullable(ts)) AS run_start_ts
        FROM stg_run_starts
        GROUP BY
            experiment_id,
            run_id
    ),
    timed AS
    (
        SELECT
            ends.experiment_id AS experiment_id,
            ends.policy_id AS policy_id,
            ends.task_id AS task_id,
            ends.run_id AS run_id,
            coalesce(
                ends.duration_ms / 1000,
                dateDiff(
                    'microsecond',
                    coalesce(starts.started_at, ends.started_at, starts.run_start_ts),
                    coalesce(ends.stopped_at, ends.ts)
                ) / 1000000
            ) AS seconds
        FROM stg_run_ends AS ends
        LEFT JOIN starts
            ON starts.experiment_id = ends.experiment_id
            AND starts.run_id = ends.run_id
        WHERE ends.status NOT IN ('cancelled', 'harness_error')
            AND ends.run_id NOT IN (SELECT run_id FROM stg_sourced_runs WHERE counted_run_id != run_id)
    )
SELECT
    experiment_id,
    policy_id,
    task_id,
    run_id,
    assumeNotNull(seconds) AS duration_seconds
FROM timed
WHERE ifNull(seconds >= 0, false);
