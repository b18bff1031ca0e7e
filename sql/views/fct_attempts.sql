-- question:     What do run_start, run_stop and verdict say of each run that counts, and which attempt of its trial is it?
-- grain:        one row per run that is not superseded
-- keys:         run_id
-- units:        _ms in milliseconds; tokens as counts; times in UTC microseconds; score and rewards in the grader's own scale
-- denominators: none
-- late, duplicate, missing: outcome is that of the deciding verdict, else of the run_stop, else 'ungraded'; score and rewards
--               come with it (from run_stop where the verdict states none and does not contradict it). Of the attempts of
--               a trial the highest is final (ties: later run_start, then greater run_id), final_run_id names it and
--               thereby the trial; a run without trial_no is a trial of its own. is_excluded says that the trial's final
--               attempt is excluded. success_graded is NULL unless resolved or unresolved; success_all and
--               success_strict are NULL while the run is open or when it is excluded; strict also asks for status 'ok'
-- operational:  no
CREATE OR REPLACE VIEW fct_attempts AS
WITH
    ends AS
    (
        SELECT
            experiment_id,
            run_id,
            1 AS is_stopped,
            toNullable(ts) AS run_stop_ts,
            toNullable(toString(status)) AS status,
            outcome,
            score,
            rewards,
            reward_valid,
            tests_passed,
            tests_failed,
            files_modified,
            lines_added,
            lines_removed,
            early_stopped,
            early_stop_reason,
            api_time_ms,
            premium_requests,
            turns,
            context_tokens,
            peak_context_tokens,
            context_limit_tokens,
            session_id,
            exit_code,
            error,
            error_type,
            error_cause,
            duration_ms,
            setup_ms,
            agent_ms,
            verify_ms,
            started_at,
            stopped_at
        FROM stg_run_ends
    ),
    verdicts AS
    (
        SELECT
            experiment_id,
            run_id,
            toNullable(toString(outcome)) AS outcome,
            score,
            rewards,
            tests_passed,
            tests_failed,
            grader,
            toNullable(graded_at) AS graded_at
        FROM stg_run_verdicts
    ),
    joined AS
    (
        SELECT
            runs.run_id AS run_id,
            runs.experiment_id AS experiment_id,
            runs.job_id AS job_id,
            runs.policy_id AS policy_id,
            runs.task_id AS task_id,
            runs.trial_no AS trial_no,
            runs.attempt AS attempt,
            runs.run_start_ts AS run_start_ts,
            runs.cfg_hash AS cfg_hash,
            runs.env_hash AS env_hash,
            runs.seed AS seed,
            ifNull(ends.is_stopped, 0) = 1 AS is_stopped,
            ends.status AS status,
            coalesce(verdicts.outcome, ends.outcome, 'ungraded') AS outcome,
            multiIf(
                isNotNull(verdicts.outcome), 'verdict',
                isNotNull(ends.outcome), 'run_stop',
                NULL
            ) AS outcome_source,
            ifNull(verdicts.outcome IN ('resolved', 'unresolved', 'ungraded'), false)
                AND ifNull(verdicts.outcome != ends.outcome, false) AS is_overruled,
            coalesce(verdicts.score, if(is_overruled, NULL, ends.score)) AS score,
            multiIf(
                notEmpty(verdicts.rewards), verdicts.rewards,
                is_overruled, CAST(map(), 'Map(String, Float64)'),
                ends.rewards
            ) AS rewards,
            ends.reward_valid AS reward_valid,
            verdicts.grader AS grader,
            verdicts.graded_at AS graded_at,
            coalesce(runs.started_at, ends.started_at, runs.run_start_ts) AS started_at,
            coalesce(ends.stopped_at, ends.run_stop_ts) AS stopped_at,
            coalesce(
                ends.duration_ms,
                dateDiff('microsecond', coalesce(runs.started_at, ends.started_at), ends.stopped_at) / 1000
            ) AS duration_ms,
            ends.setup_ms AS setup_ms,
            ends.agent_ms AS agent_ms,
            ends.verify_ms AS verify_ms,
            ends.api_time_ms AS api_time_ms,
            ends.turns AS turns,
            ends.premium_requests AS premium_requests,
            ends.context_tokens AS context_tokens,
            ends.peak_context_tokens AS peak_context_tokens,
            ends.context_limit_tokens AS context_limit_tokens,
            runs.model AS model,
            runs.model_provider AS model_provider,
            runs.reasoning_effort AS reasoning_effort,
            runs.agent_name AS agent,
            runs.agent_version AS agent_version,
            runs.task_version AS task_version,
            runs.dataset AS dataset,
            ends.files_modified AS files_modified,
            ends.lines_added AS lines_added,
            ends.lines_removed AS lines_removed,
            coalesce(verdicts.tests_passed, ends.tests_passed) AS tests_passed,
            coalesce(verdicts.tests_failed, ends.tests_failed) AS tests_failed,
            ends.early_stopped AS early_stopped,
            ends.early_stop_reason AS early_stop_reason,
            ends.exit_code AS exit_code,
            ends.error AS error,
            ends.error_type AS error_type,
            ends.error_cause AS error_cause,
            runs.source_system AS source_system,
            runs.source_id AS source_id,
            coalesce(runs.session_id, ends.session_id) AS session_id
        FROM stg_runs AS runs
        LEFT JOIN ends
            ON ends.experiment_id = runs.experiment_id
            AND ends.run_id = runs.run_id
        LEFT JOIN verdicts
            ON verdicts.experiment_id = runs.experiment_id
            AND verdicts.run_id = runs.run_id
        WHERE isNull(runs.superseded_by)
    )
SELECT
    run_id,
    experiment_id,
    job_id,
    policy_id,
    task_id,
    trial_no,
    attempt,
    first_value(run_id) OVER trial AS final_run_id,
    run_id = final_run_id AS is_final_attempt,
    first_value(outcome) OVER trial = 'excluded' AS is_excluded,
    cfg_hash,
    env_hash,
    seed,
    is_stopped,
    status,
    outcome,
    outcome_source,
    score,
    rewards,
    multiIf(
        mapContains(rewards, 'reward'), rewards['reward'],
        length(rewards) = 1, mapValues(rewards)[1],
        NULL
    ) AS reward,
    reward_valid,
    grader,
    graded_at,
    is_stopped AND outcome != 'excluded' AS is_gradable,
    if(is_gradable AND outcome != 'ungraded', outcome = 'resolved', NULL) AS success_graded,
    if(is_gradable, outcome = 'resolved', NULL) AS success_all,
    if(is_gradable, outcome = 'resolved' AND status = 'ok', NULL) AS success_strict,
    started_at,
    stopped_at,
    duration_ms,
    setup_ms,
    agent_ms,
    verify_ms,
    api_time_ms,
    turns,
    premium_requests,
    context_tokens,
    peak_context_tokens,
    context_limit_tokens,
    model,
    model_provider,
    reasoning_effort,
    agent,
    agent_version,
    task_version,
    dataset,
    files_modified,
    lines_added,
    lines_removed,
    tests_passed,
    tests_failed,
    early_stopped,
    early_stop_reason,
    exit_code,
    error,
    error_type,
    error_cause,
    source_system,
    source_id,
    session_id
FROM joined
WINDOW trial AS (
    PARTITION BY
        experiment_id,
        job_id,
        policy_id,
        task_id,
        trial_no,
        if(isNull(trial_no), run_id, toUUIDOrZero(''))
    ORDER BY
        attempt DESC,
        run_start_ts DESC,
        toString(run_id) DESC
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
);
