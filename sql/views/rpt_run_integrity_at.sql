-- question:     What has become of each run, and is its telemetry complete, seen from as_of?
-- grain:        one row per run, superseded runs included
-- keys:         run_id
-- units:        counts of events, emitters and epochs
-- denominators: none
-- late, duplicate, missing: state is that of fct_run_states_at. telemetry is the first that applies of conflict (contents that
--               contradict each other, or a run_id under two experiments), gaps (numbers neither stored nor declared lost),
--               lost (declared), open (an epoch without emitter_stop, or an emitter that run_stop names and nobody has
--               seen), unsequenced (emitters without a sequence), complete. superseded_by names the run that counts
-- operational:  no
CREATE OR REPLACE VIEW rpt_run_integrity_at AS
WITH
    superseded AS
    (
        SELECT
            run_id,
            toNullable(counted_run_id) AS counted_run_id
        FROM fct_superseded_runs
    ),
    counted AS
    (
        SELECT
            runs.experiment_id AS experiment_id,
            runs.job_id AS job_id,
            runs.policy_id AS policy_id,
            runs.task_id AS task_id,
            runs.run_id AS run_id,
            runs.trial_no AS trial_no,
            runs.attempt AS attempt,
            states.state AS state,
            arrayExists(each -> each.is_unsequenced, runs.epochs) AS is_unsequenced,
            length(arrayDistinct(runs.epochs.emitter)) AS n_emitters,
            length(runs.epochs) AS n_epochs,
            runs.n_events AS n_events,
            arraySum(runs.epochs.n_missing) AS n_missing,
            arraySum(runs.epochs.n_declared_lost) AS n_declared_lost,
            toUInt64(arraySum(runs.epochs.n_conflicts) + runs.n_strange_experiments) AS n_conflicts,
            toUInt64(
                arrayCount(each -> NOT each.is_sealed AND NOT each.is_unsequenced, runs.epochs) + runs.n_unseen_emitters
            ) AS n_open_epochs,
            superseded.counted_run_id AS superseded_by
        FROM sum_runs AS runs
        INNER JOIN ${database}.fct_run_states_at(as_of = {as_of:DateTime64(6, 'UTC')}) AS states ON states.run_id = runs.run_id
        LEFT JOIN superseded ON superseded.run_id = runs.run_id
    )
SELECT
    experiment_id,
    job_id,
    policy_id,
    task_id,
    run_id,
    trial_no,
    attempt,
    state,
    multiIf(
        n_conflicts > 0, 'conflict',
        n_missing > 0, 'gaps',
        n_declared_lost > 0, 'lost',
        n_open_epochs > 0, 'open',
        is_unsequenced, 'unsequenced',
        'complete'
    ) AS telemetry,
    n_emitters,
    n_epochs,
    n_events,
    n_missing,
    n_declared_lost,
    n_conflicts,
    n_open_epochs,
    superseded_by
FROM counted
ORDER BY
    experiment_id,
    policy_id,
    task_id,
    job_id,
    trial_no,
    attempt,
    toString(run_id);
