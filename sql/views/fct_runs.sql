-- question:     What is known of each run that counts?
-- grain:        one row per run that is not superseded
-- keys:         run_id
-- units:        _ms in milliseconds; tokens as counts; nano_aiu in 10^-9 AIU, nano_usd in 10^-9 US dollars, both exact; times
--               in UTC microseconds; score and rewards in the grader's own scale; used_of_models has what the usage source
--               says of each model, as usages of sum_run_ends_of, derived_costs what the price book makes of it
-- denominators: none
-- late, duplicate, missing: outcome, attempts and exclusion as fct_attempts says. One usage source counts: run_stop if it
--               states buckets or cost, else the steps, else its bare total; unknown is NULL. derived_nano_aiu prices the
--               tokens of that source model by model, at what a token cost on the day the run started (fct_model_prices):
--               what has no model of its own at the run's main model, totals at the one model that answered. It is NULL
--               where input or output tokens are unknown, where a bucket with tokens has no price, where totals are of
--               several models, and where the day is unknown (1970-01-01) and the model has had several prices.
--               cost_nano_aiu is what was stated, else what is derived; cost_source says which ('declared', 'derived':
--               also what an emitter itself derived). US dollars are not converted: they may be what was billed
-- operational:  yes (last_received_at belongs to a delivery)
CREATE OR REPLACE VIEW fct_runs AS
WITH
    (SELECT arraySort(groupArray(tuple(model, periods))) FROM fct_model_prices) AS price_lists,
    arrayMap(priced -> priced.1, price_lists) AS priced_models,
    priced AS
    (
        SELECT
            runs.run_id AS run_id,
            runs.experiment_id AS experiment_id,
            runs.job_id AS job_id,
            runs.policy_id AS policy_id,
            runs.task_id AS task_id,
            runs.trial_no AS trial_no,
            runs.attempt AS attempt,
            runs.trial_key AS trial_key,
            runs.is_final_attempt AS is_final_attempt,
            runs.is_excluded AS is_excluded,
            runs.cfg_hash AS cfg_hash,
            runs.env_hash AS env_hash,
            runs.seed AS seed,
            runs.is_stopped AS is_stopped,
            runs.ended_as AS ended_as,
            runs.last_received_at AS last_received_at,
            runs.status AS status,
            runs.outcome AS outcome,
            runs.outcome_source AS outcome_source,
            runs.score AS score,
            runs.rewards AS rewards,
            runs.reward AS reward,
            runs.reward_valid AS reward_valid,
            runs.grader AS grader,
            runs.graded_at AS graded_at,
            runs.success_graded AS success_graded,
            runs.success_all AS success_all,
            runs.success_strict AS success_strict,
            runs.started_at AS started_at,
            runs.stopped_at AS stopped_at,
            runs.duration_ms AS duration_ms,
            runs.setup_ms AS setup_ms,
            runs.agent_ms AS agent_ms,
            runs.verify_ms AS verify_ms,
            runs.api_time_ms AS api_time_ms,
            runs.turns AS turns,
            runs.steps AS steps,
            runs.tool_calls AS tool_calls,
            runs.tool_failures AS tool_failures,
            runs.nonzero_exits AS nonzero_exits,
            runs.context_decisions AS context_decisions,
            runs.failures AS failures,
            runs.input_tokens AS input_tokens,
            runs.cache_read_tokens AS cache_read_tokens,
            runs.cache_write_tokens AS cache_write_tokens,
            runs.output_tokens AS output_tokens,
            runs.reasoning_tokens AS reasoning_tokens,
            runs.nano_aiu AS nano_aiu,
            runs.nano_usd AS nano_usd,
            runs.usage_source AS usage_source,
            runs.usage_grain AS usage_grain,
            runs.requests AS requests,
            runs.premium_requests AS premium_requests,
            runs.context_tokens AS context_tokens,
            runs.peak_context_tokens AS peak_context_tokens,
            runs.context_limit_tokens AS context_limit_tokens,
            runs.model_provider AS model_provider,
            runs.reasoning_effort AS reasoning_effort,
            runs.agent AS agent,
            runs.agent_version AS agent_version,
            runs.task_version AS task_version,
            runs.dataset AS dataset,
            runs.files_modified AS files_modified,
            runs.lines_added AS lines_added,
            runs.lines_removed AS lines_removed,
            runs.tests_passed AS tests_passed,
            runs.tests_failed AS tests_failed,
            runs.early_stopped AS early_stopped,
            runs.early_stop_reason AS early_stop_reason,
            runs.exit_code AS exit_code,
            runs.error AS error,
            runs.error_type AS error_type,
            runs.error_cause AS error_cause,
            runs.source_system AS source_system,
            runs.source_id AS source_id,
            runs.session_id AS session_id,
            runs.model AS model,
            runs.total_tokens AS total_tokens,
            runs.stated_cost_source AS stated_cost_source,
            runs.declared_total_tokens AS declared_total_tokens,
            runs.usages AS used_of_models,
            ifNull(toDate(runs.started_at), toDate(0)) AS started_on,
            arrayMap(
                used -> price_lists[
                    indexOf(priced_models, coalesce(used.2, if(runs.usage_grain = 'run', runs.totals_model, runs.model), ''))
                ].2,
                used_of_models
            ) AS price_periods,
            arrayMap(
                periods -> arrayLast(
                    period -> if(started_on = toDate(0), length(periods) = 1, period.1 <= started_on),
                    periods
                ),
                price_periods
            ) AS prices,
            arrayMap(
                (used, price) -> if(isNull(used.3) OR isNull(used.6), NULL, 0)
                    + if(ifNull(used.3, 0) = 0, 0, toUInt128(used.3) * price.2)
                    + if(ifNull(used.4, 0) = 0, 0, toUInt128(used.4) * price.3)
                    + if(ifNull(used.5, 0) = 0, 0, toUInt128(used.5) * price.4)
                    + if(ifNull(used.6, 0) = 0, 0, toUInt128(used.6) * price.5),
                used_of_models,
                prices
            ) AS derived_costs,
            if(
                empty(derived_costs) OR arrayExists(cost -> isNull(cost), derived_costs),
                NULL,
                arraySum(cost -> assumeNotNull(cost), derived_costs)
            ) AS derived_nano_aiu
        FROM fct_counted_runs AS runs
    )
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
    -- Not coalesce: this way only runs that state no cost are priced where nothing else is asked for.
    if(isNull(nano_aiu), derived_nano_aiu, nano_aiu) AS cost_nano_aiu,
    cost_nano_aiu / 1000000000 AS cost_aiu,
    multiIf(
        isNotNull(nano_aiu), ifNull(stated_cost_source, 'declared'),
        isNotNull(derived_nano_aiu), 'derived',
        NULL
    ) AS cost_source,
    usage_source,
    usage_grain,
    used_of_models,
    derived_costs,
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
FROM priced;
