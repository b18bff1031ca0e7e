-- question:     Of which runs has something been inserted that a stored row of theirs may not tell of?
-- grain:        one row per run and stored row of it that is missing, or not known to be complete
-- keys:         stored_in ('sum_runs', 'sum_sessions'), run_id
-- units:        touched_at in UTC microseconds, by the clock of the server that inserted
-- denominators: none
-- late, duplicate, missing: a run is due while it was touched at or after the complete_until of its row; rows inserted before
--               touches were noted make it due only while it has no row
-- operational:  yes
CREATE OR REPLACE VIEW fct_due_runs AS
WITH
    seen AS
    (
        SELECT
            run_id,
            min(experiment_id) AS experiment_id
        FROM stg_emitters
        GROUP BY run_id
    ),
    looked_at AS
    (
        SELECT
            'sum_runs' AS stored_in,
            run_id,
            1 AS is_there,
            argMax(complete_until, version) AS complete_until
        FROM sum_runs_stored
        GROUP BY run_id
        UNION ALL
        SELECT
            'sum_sessions' AS stored_in,
            run_id,
            1 AS is_there,
            argMax(complete_until, version) AS complete_until
        FROM sum_sessions_stored
        GROUP BY run_id
    ),
    wanted AS
    (
        SELECT
            arrayJoin(['sum_runs', 'sum_sessions']) AS stored_in,
            experiment_id,
            run_id
        FROM seen
    ),
    touched AS
    (
        SELECT
            run_id,
            toNullable(touched_at) AS touched_at
        FROM stg_run_touches
    )
SELECT
    wanted.stored_in AS stored_in,
    wanted.experiment_id AS experiment_id,
    wanted.run_id AS run_id,
    touched.touched_at AS touched_at
FROM wanted
LEFT JOIN looked_at
    ON looked_at.stored_in = wanted.stored_in
    AND looked_at.run_id = wanted.run_id
LEFT JOIN touched ON touched.run_id = wanted.run_id
WHERE ifNull(looked_at.is_there, 0) = 0
    OR ifNull(touched.touched_at >= looked_at.complete_until, false);
