-- question:     What has become of each run, and is its telemetry complete, seen from now?
-- grain:        one row per run, superseded runs included
-- keys:         run_id
-- units:        counts of events, emitters and epochs
-- denominators: none
-- late, duplicate, missing: as rpt_run_integrity_at with as_of = now; only the state abandoned depends on the time
-- operational:  no
CREATE OR REPLACE VIEW rpt_run_integrity AS
SELECT
    experiment_id,
    job_id,
    policy_id,
    task_id,
    run_id,
    trial_no,
    attempt,
    state,
    telemetry,
    n_emitters,
    n_epochs,
    n_events,
    n_missing,
    n_declared_lost,
    n_conflicts,
    n_open_epochs,
    superseded_by
FROM ${database}.rpt_run_integrity_at(as_of = now64(6));
