-- question:     Which files did a run read and change?
-- grain:        one row per path that the run touched; run_id is a parameter
-- keys:         path
-- units:        as sum_touched_files
-- denominators: none
-- late, duplicate, missing: as sum_touched_files says. Any run may be asked for, also a superseded one and one still open
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
FROM sum_touched_files
WHERE experiment_id = (SELECT max(toString(experiment_id)) FROM sum_runs WHERE run_id = {run_id:UUID})
    AND run_id = {run_id:UUID}
ORDER BY path;
