-- question:     What is known of each run that counts?
-- grain:        one row per run that is not superseded
-- keys:         run_id
-- units:        _ms in milliseconds; tokens as counts; nano_aiu in 10^-9 AIU, nano_usd in 10^-9 US dollars, both exact; times
--               in UTC microseconds; score and rewards in the grader's own scale; used_of_models has what the usage source
--               says of each model, and what the price book makes of it
-- denominators: none
-- late, duplicate, missing: outcome, attempts and exclusion as fct_attempts says. One usage source counts: run_stop if it
--               states buckets or cost, else the steps, else its bare total; unknown is NULL. derived_nano_aiu prices the
--               tokens of that source model by model, at what a token cost on the day the run started (sum_runs_of):
--               what has no model of its own at the run's main model, totals at the one model that answered. It is NULL
--               where input or output tokens are unknown, where a bucket with tokens has no price, where totals are of
--               several models, and where the day is unknown (1970-01-01) and the model has had several prices.
--               cost_nano_aiu is what was stated, else what is derived; cost_source says which ('declared', 'derived':
--               also what an emitter itself derived). US dollars are not converted: they may be what was billed. The
--               prices are those in effect when the run's row was computed, after each change anew (fct_due_runs)
-- operational:  yes (last_received_at belongs to a delivery)
CREATE OR REPLACE VIEW fct_runs AS
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
    ended_as,
    last_received_at,
    status,
    outcome,
    outcome_source,
    score,
    rewards,
    reward,
    reward_valid,
    grader,
    graded_at,
    success_graded,
    success_all,
    success_strict,
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
    total_tokens,
    nano_aiu,
    nano_aiu / 1000000000 AS aiu,
    nano_usd,
    derived_nano_aiu,
    cost_nano_aiu,
    cost_nano_aiu / 1000000000 AS cost_aiu,
    cost_source,
    usage_source,
    usage_grain,
    used_of_models,
    prices_hash,
    declared_total_tokens,
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
FROM fct_counted_runs;
