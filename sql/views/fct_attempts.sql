-- question:     What do run_start, run_stop and verdict say of each run that counts, and which attempt of its trial is it?
-- grain:        one row per run that is not superseded
-- keys:         run_id
-- units:        _ms in milliseconds; tokens as counts; times in UTC microseconds; score and rewards in the grader's own scale
-- denominators: none
-- late, duplicate, missing: outcome is that of the deciding verdict, else of the run_stop, else 'ungraded'; score and rewards
--               come with it (from run_stop where the verdict states none and does not contradict it). Of the attempts of
--               a trial the highest is final (ties: later run_start, then greater run_id), trial_key is the same for them
--               and tells trials apart; a run without trial_no is a trial of its own. is_excluded says that the trial's final
--               attempt is excluded. success_graded is NULL unless resolved or unresolved; success_all and
--               success_strict are NULL while the run is open or when it is excluded; strict also asks for status 'ok'
-- operational:  no
CREATE OR REPLACE VIEW fct_attempts AS
SELECT
    run_id,
    experiment_id,
    job_id,
    policy_id,
    task_id,
    trial_no,
    attempt,
    trial_key,
    is_final_attempt,
    is_excluded,
    cfg_hash,
    env_hash,
    seed,
    is_stopped,
    status,
    outcome,
    outcome_source,
    score,
    rewards,
    reward,
    reward_valid,
    grader,
    graded_at,
    is_gradable,
    success_graded,
    success_all,
    success_strict,
    started_at,
    stopped_at,
    duration_ms,
    setup_ms,
    agent_ms,
    verify_ms,
    stated_api_time_ms AS api_time_ms,
    stated_turns AS turns,
    premium_requests,
    context_tokens,
    stated_peak_context_tokens AS peak_context_tokens,
    context_limit_tokens,
    stated_model AS model,
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
FROM fct_counted_runs
SETTINGS analyzer_inline_views = 1;
