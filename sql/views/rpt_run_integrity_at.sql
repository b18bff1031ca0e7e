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
    epochs AS
    (
        SELECT
            each.run_id AS run_id,
            uniqExact(each.emitter) AS n_emitters,
            count() AS n_epochs,
            sum(each.n_events) AS n_events,
            sum(each.n_missing) AS n_missing,
            sum(each.n_declared_lost) AS n_declared_lost,
            sum(each.n_conflicts) AS n_conflicts,
            countIf(NOT each.is_sealed AND NOT each.is_unsequenced) AS n_open_epochs,
            max(each.is_unsequenced) AS is_unsequenced
        FROM fct_emitter_epochs AS each
        GROUP BY each.run_id
    ),
    strangers AS
    (
        SELECT
            run_id,
            uniqExact(experiment_id) - 1 AS n_strangers
        FROM stg_emitters
        GROUP BY run_id
    ),
    seen AS
    (
        SELECT
            run_id,
            groupUniqArray(tuple(toString(emitter), epoch)) AS pairs
        FROM stg_emitters
        GROUP BY run_id
    ),
    unseen AS
    (
        SELECT
            ends.run_id AS run_id,
            arrayCount(
                named -> NOT arrayExists(
                    pair -> pair.1 = named.emitter AND ifNull(pair.2 = named.epoch, true),
                    seen.pairs
                ),
                arrayDistinct(ends.emitters)
            ) AS n_unseen
        FROM stg_run_ends AS ends
        INNER JOIN seen ON seen.run_id = ends.run_id
        INNER JOIN stg_runs AS runs
            ON runs.experiment_id = ends.experiment_id
            AND runs.run_id = ends.run_id
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
            ifNull(epochs.is_unsequenced, 0) = 1 AS is_unsequenced,
            ifNull(epochs.n_emitters, 0) AS n_emitters,
            ifNull(epochs.n_epochs, 0) AS n_epochs,
            ifNull(epochs.n_events, 0) AS n_events,
            ifNull(epochs.n_missing, 0) AS n_missing,
            ifNull(epochs.n_declared_lost, 0) AS n_declared_lost,
            toUInt64(ifNull(epochs.n_conflicts, 0) + ifNull(strangers.n_strangers, 0)) AS n_conflicts,
            toUInt64(ifNull(epochs.n_open_epochs, 0) + ifNull(unseen.n_unseen, 0)) AS n_open_epochs,
            runs.superseded_by AS superseded_by
        FROM stg_runs AS runs
        INNER JOIN ${database}.fct_run_states_at(as_of = {as_of:DateTime64(6, 'UTC')}) AS states ON states.run_id = runs.run_id
        LEFT JOIN epochs ON epochs.run_id = runs.run_id
        LEFT JOIN strangers ON strangers.run_id = runs.run_id
        LEFT JOIN unseen ON unseen.run_id = runs.run_id
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
