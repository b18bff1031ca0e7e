-- question:     Which files did a run read and change?
-- grain:        one row per path that the run touched; run_id is a parameter
-- keys:         path
-- units:        as sum_touched_files_of
-- denominators: none
-- late, duplicate, missing: as sum_touched_files_of says. Any run may be asked for, also a superseded one and one still open
-- operational:  no
CREATE OR REPLACE VIEW rpt_run_files AS
SELECT
    path,
    was_read,
    was_modified,
    n_reads,
    n_modifications,
    n_actions,
    n_diffs,
    chars_changed,
    is_left_modified,
    first_touched_at,
    last_touched_at
FROM ${database}.sum_touched_files_of(run_ids = [{run_id:UUID}])
WHERE (experiment_id, run_id) IN (
    SELECT
        runs.experiment_id,
        runs.run_id
    FROM sum_runs AS runs
    WHERE runs.run_id = {run_id:UUID}
)
ORDER BY path;
