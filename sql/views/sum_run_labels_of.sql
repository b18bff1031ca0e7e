-- question:     Which of these runs exist, and what are they attempts of?
-- grain:        one row per run of run_ids that has sent anything
-- keys:         run_id
-- units:        times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: labels come from the run_start smallest by (epoch, emitter, seq); before it arrives, from the
--               smallest emitter seen, and everything else is NULL; emitter_epochs lists who has sent anything,
--               n_strange_experiments counts the experiments beyond the first under which the run_id was seen
-- operational:  no
CREATE OR REPLACE VIEW sum_run_labels_of AS
WITH
    starts AS
    (
        SELECT
            run_id,
            1 AS is_started,
            toNullable(toString(experiment_id)) AS experiment_id,
            toNullable(toString(job_id)) AS job_id,
            toNullable(toString(policy_id)) AS policy_id,
            toNullable(toString(task_id)) AS task_id,
            toNullable(ts) AS run_start_ts,
            trial_no,
            attempt,
            trials AS planned_trials,
            cfg_hash,
            env_hash,
            seed,
            coalesce(model, policy_model) AS model,
            model_provider,
            reasoning_effort,
            agent_name,
            agent_version,
            task_version,
            dataset,
            started_at,
            session_id,
            timeout_seconds,
            git_base,
            source_system,
            source_id,
            source_content_sha256,
            source_n_records,
            source_translator_version,
            source_revision
        FROM stg_run_starts
        WHERE run_id IN {run_ids:Array(UUID)}
        ORDER BY
            run_id,
            epoch,
            emitter,
            seq,
            experiment_id
        LIMIT 1 BY run_id
    ),
    seen AS
    (
        SELECT
            run_id,
            min(
                tuple(
                    epoch,
                    toString(emitter),
                    toString(experiment_id),
                    toString(job_id),
                    toString(policy_id),
                    toString(task_id)
                )
            ) AS labels,
            toUInt64(uniqExact(experiment_id) - 1) AS n_strange_experiments,
            groupUniqArray(tuple(toString(emitter), epoch)) AS emitter_epochs
        FROM stg_emitters
        WHERE run_id IN {run_ids:Array(UUID)}
        GROUP BY run_id
    ),
    runs AS
    (
        SELECT
            seen.run_id AS run_id,
            coalesce(starts.experiment_id, seen.labels.3) AS experiment_id,
            coalesce(starts.job_id, seen.labels.4) AS job_id,
            coalesce(starts.policy_id, seen.labels.5) AS policy_id,
            coalesce(starts.task_id, seen.labels.6) AS task_id,
            ifNull(starts.is_started, 0) = 1 AS is_started,
            starts.run_start_ts AS run_start_ts,
            starts.trial_no AS trial_no,
            ifNull(starts.attempt, 1) AS attempt,
            starts.planned_trials AS planned_trials,
            starts.cfg_hash AS cfg_hash,
            starts.env_hash AS env_hash,
            starts.seed AS seed,
            starts.model AS model,
            starts.model_provider AS model_provider,
            starts.reasoning_effort AS reasoning_effort,
            starts.agent_name AS agent_name,
            starts.agent_version AS agent_version,
            starts.task_version AS task_version,
            starts.dataset AS dataset,
            starts.started_at AS started_at,
            starts.session_id AS session_id,
            starts.timeout_seconds AS timeout_seconds,
            starts.git_base AS git_base,
            starts.source_system AS source_system,
            starts.source_id AS source_id,
            starts.source_content_sha256 AS source_content_sha256,
            starts.source_n_records AS source_n_records,
            starts.source_translator_version AS source_translator_version,
            starts.source_revision AS source_revision,
            seen.n_strange_experiments AS n_strange_experiments,
            seen.emitter_epochs AS emitter_epochs
        FROM seen
        LEFT JOIN starts ON starts.run_id = seen.run_id
    )
SELECT
    run_id,
    toLowCardinality(experiment_id) AS experiment_id,
    toLowCardinality(job_id) AS job_id,
    toLowCardinality(policy_id) AS policy_id,
    toLowCardinality(task_id) AS task_id,
    is_started,
    run_start_ts,
    trial_no,
    attempt,
    planned_trials,
    cfg_hash,
    env_hash,
    seed,
    model,
    model_provider,
    reasoning_effort,
    agent_name,
    agent_version,
    task_version,
    dataset,
    started_at,
    session_id,
    timeout_seconds,
    git_base,
    source_system,
    source_id,
    source_content_sha256,
    source_n_records,
    source_translator_version,
    source_revision,
    n_strange_experiments,
    emitter_epochs
FROM runs;
