-- question:     What is known of each run that counts?
-- grain:        one row per run that is not superseded
-- keys:         run_id
-- units:        _ms in milliseconds; tokens as counts; nano_aiu in 10^-9 AIU, nano_usd in 10^-9 US dollars, both exact; times
--               in UTC microseconds; score and rewards in the grader's own scale
-- denominators: none
-- late, duplicate, missing: outcome is that of the deciding verdict, else of the run_stop, else 'ungraded'; score and rewards
--               come with it (from run_stop where the verdict states none and does not contradict it). One usage source
--               counts: run_stop if it states buckets or cost, else the steps, else its bare total; unknown is NULL. Of
--               the attempts of a trial the highest is final (ties: later run_start, then greater run_id); a run without
--               trial_no is a trial of its own. is_excluded says that the trial's final attempt is excluded
-- operational:  no
CREATE OR REPLACE VIEW fct_runs AS
WITH
    decisions AS
    (
        SELECT
            experiment_id,
            run_id,
            count() AS context_decisions
        FROM stg_context_decisions
        GROUP BY
            experiment_id,
            run_id
    ),
    failed AS
    (
        SELECT
            experiment_id,
            run_id,
            count() AS failures
        FROM stg_failures
        GROUP BY
            experiment_id,
            run_id
    ),
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
            coalesce(ends.api_time_ms, step_totals.api_time_ms) AS api_time_ms,
            coalesce(toUInt64(ends.turns), step_totals.turns) AS turns,
            ifNull(step_totals.steps, 0) AS steps,
            ifNull(tool_totals.tool_calls, 0) AS tool_calls,
            ifNull(tool_totals.tool_failures, 0) AS tool_failures,
            ifNull(tool_totals.nonzero_exits, 0) AS nonzero_exits,
            ifNull(decisions.context_decisions, 0) AS context_decisions,
            ifNull(failed.failures, 0) AS failures,
            isNotNull(
                coalesce(
                    toUInt128(step_totals.input_tokens),
                    toUInt128(step_totals.cache_read_tokens),
                    toUInt128(step_totals.cache_write_tokens),
                    toUInt128(step_totals.output_tokens),
                    toUInt128(step_totals.reasoning_tokens),
                    step_totals.nano_aiu,
                    step_totals.nano_usd
                )
            ) AS steps_state_usage,
            multiIf(
                ifNull(stop_usage.is_stated, 0) = 1, 'run_stop',
                steps_state_usage, 'steps',
                isNotNull(stop_usage.declared_total_tokens), 'run_stop',
                NULL
            ) AS usage_source,
            multiIf(
                isNull(usage_source), NULL,
                usage_source = 'steps', 'step',
                stop_usage.is_stated_by_model = 1, 'model',
                'run'
            ) AS usage_grain,
            if(usage_source = 'steps', step_totals.input_tokens, stop_usage.input_tokens) AS input_tokens,
            if(usage_source = 'steps', step_totals.cache_read_tokens, stop_usage.cache_read_tokens) AS cache_read_tokens,
            if(usage_source = 'steps', step_totals.cache_write_tokens, stop_usage.cache_write_tokens) AS cache_write_tokens,
            if(usage_source = 'steps', step_totals.output_tokens, stop_usage.output_tokens) AS output_tokens,
            if(usage_source = 'steps', step_totals.reasoning_tokens, stop_usage.reasoning_tokens) AS reasoning_tokens,
            if(usage_source = 'steps', step_totals.nano_aiu, stop_usage.nano_aiu) AS nano_aiu,
            if(usage_source = 'steps', step_totals.nano_usd, stop_usage.nano_usd) AS nano_usd,
            if(usage_source = 'steps', NULL, stop_usage.declared_total_tokens) AS declared_total_tokens,
            coalesce(stop_usage.requests, step_totals.llm_calls) AS requests,
            ends.premium_requests AS premium_requests,
            ends.context_tokens AS context_tokens,
            coalesce(ends.peak_context_tokens, step_totals.peak_context_tokens) AS peak_context_tokens,
            ends.context_limit_tokens AS context_limit_tokens,
            coalesce(toString(runs.model), stop_usage.only_model, step_totals.only_model) AS model,
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
        LEFT JOIN fct_run_stop_usage AS stop_usage
            ON stop_usage.experiment_id = runs.experiment_id
            AND stop_usage.run_id = runs.run_id
        LEFT JOIN fct_run_step_totals AS step_totals
            ON step_totals.experiment_id = runs.experiment_id
            AND step_totals.run_id = runs.run_id
        LEFT JOIN fct_run_tool_totals AS tool_totals
            ON tool_totals.experiment_id = runs.experiment_id
            AND tool_totals.run_id = runs.run_id
        LEFT JOIN decisions
            ON decisions.experiment_id = runs.experiment_id
            AND decisions.run_id = runs.run_id
        LEFT JOIN failed
            ON failed.experiment_id = runs.experiment_id
            AND failed.run_id = runs.run_id
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
    run_id = first_value(run_id) OVER trial AS is_final_attempt,
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
    steps,
    tool_calls,
    tool_failures,
    nonzero_exits,
    context_decisions,
    failures,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    reasoning_tokens,
    if(
        isNull(coalesce(input_tokens, cache_read_tokens, cache_write_tokens, output_tokens)),
        declared_total_tokens,
        ifNull(input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_tokens, 0) + ifNull(output_tokens, 0)
    ) AS total_tokens,
    nano_aiu,
    nano_aiu / 1000000000 AS aiu,
    nano_usd,
    usage_source,
    usage_grain,
    requests,
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
