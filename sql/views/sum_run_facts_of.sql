-- question:     What do the events of each kind say of each of these runs, side by side?
-- grain:        one row per run of run_ids that has sent anything, superseded runs included
-- keys:         run_id
-- units:        as sum_runs_of, whose columns these are before prices, keys and what follows from several of them;
--               usages: entries of the usage source that counts, as sum_run_ends_of and sum_run_steps_of give them
-- denominators: none
-- late, duplicate, missing: a function of the surviving rows of this run alone. The latest verdict decides; what it says of outcome, score,
--               rewards and tests goes before what the run_stop says, and contradicting outcomes take the score with them.
--               Times, turns, context and usage of the run_stop go before what the steps come to
-- operational:  yes (last_received_at belongs to a delivery)
-- Each table is read once and filtered by run_id itself, because a filter on the result does not reach through the joins.
CREATE OR REPLACE VIEW sum_run_facts_of AS
WITH
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
        FROM stg_verdicts
        WHERE run_id IN {run_ids:Array(UUID)}
        ORDER BY
            experiment_id,
            run_id,
            graded_at DESC,
            row_version DESC,
            epoch DESC,
            emitter DESC,
            seq DESC
        LIMIT 1 BY
            experiment_id,
            run_id
    )
SELECT
    labels.run_id AS run_id,
    labels.experiment_id AS experiment_id,
    labels.job_id AS job_id,
    labels.policy_id AS policy_id,
    labels.task_id AS task_id,
    labels.trial_no AS trial_no,
    labels.attempt AS attempt,
    labels.planned_trials AS planned_trials,
    labels.run_start_ts AS run_start_ts,
    labels.cfg_hash AS cfg_hash,
    labels.env_hash AS env_hash,
    labels.seed AS seed,
    labels.source_system AS source_system,
    labels.source_id AS source_id,
    labels.source_content_sha256 AS source_content_sha256,
    labels.source_n_records AS source_n_records,
    labels.source_translator_version AS source_translator_version,
    labels.source_revision AS source_revision,
    ifNull(ends.is_stopped, 0) = 1 AS is_stopped,
    multiIf(
        is_stopped, 'stopped',
        ifNull(telemetry.are_all_sealed, 0) = 1, 'interrupted',
        NULL
    ) AS ended_as,
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
    coalesce(labels.started_at, ends.started_at, labels.run_start_ts) AS started_at,
    coalesce(ends.stopped_at, ends.run_stop_ts) AS stopped_at,
    coalesce(
        ends.duration_ms,
        dateDiff('microsecond', coalesce(labels.started_at, ends.started_at), ends.stopped_at) / 1000
    ) AS duration_ms,
    if(
        ends.status IN ('cancelled', 'harness_error'),
        NULL,
        coalesce(
            ends.duration_ms / 1000,
            dateDiff(
                'microsecond',
                coalesce(labels.started_at, ends.started_at, labels.run_start_ts),
                coalesce(ends.stopped_at, ends.run_stop_ts)
            ) / 1000000
        )
    ) AS took_seconds,
    ends.setup_ms AS setup_ms,
    ends.agent_ms AS agent_ms,
    ends.verify_ms AS verify_ms,
    ends.api_time_ms AS stated_api_time_ms,
    coalesce(ends.api_time_ms, steps.api_time_ms) AS api_time_ms,
    ends.turns AS stated_turns,
    coalesce(toUInt64(ends.turns), steps.turns) AS turns,
    ends.premium_requests AS premium_requests,
    ends.context_tokens AS context_tokens,
    ends.peak_context_tokens AS stated_peak_context_tokens,
    coalesce(ends.peak_context_tokens, steps.peak_context_tokens) AS peak_context_tokens,
    ends.context_limit_tokens AS context_limit_tokens,
    labels.model AS stated_model,
    coalesce(toString(labels.model), ends.only_model, steps.only_model) AS model,
    if(
        ifNull(steps.n_models, 0) > 1,
        NULL,
        coalesce(steps.only_model, toString(labels.model), ends.only_model)
    ) AS totals_model,
    ifNull(steps.n_models, 0) AS n_step_models,
    labels.model_provider AS model_provider,
    labels.reasoning_effort AS reasoning_effort,
    labels.agent_name AS agent,
    labels.agent_version AS agent_version,
    labels.task_version AS task_version,
    labels.dataset AS dataset,
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
    coalesce(labels.session_id, ends.session_id) AS session_id,
    ifNull(steps.steps, 0) AS steps,
    ifNull(tools.tool_calls, 0) AS tool_calls,
    ifNull(tools.tool_failures, 0) AS tool_failures,
    ifNull(tools.nonzero_exits, 0) AS nonzero_exits,
    ifNull(decisions.context_decisions, 0) AS context_decisions,
    ifNull(failed.failures, 0) AS failures,
    multiIf(
        ifNull(ends.is_stated, 0) = 1, 'run_stop',
        ifNull(steps.is_stated, 0) = 1, 'steps',
        isNotNull(ends.total_tokens), 'run_stop',
        NULL
    ) AS usage_source,
    multiIf(
        isNull(usage_source), NULL,
        usage_source = 'steps', 'step',
        ends.is_stated_by_model = 1, 'model',
        'run'
    ) AS usage_grain,
    if(usage_source = 'steps', steps.input_tokens, ends.input_tokens) AS input_tokens,
    if(usage_source = 'steps', steps.cache_read_tokens, ends.cache_read_tokens) AS cache_read_tokens,
    if(usage_source = 'steps', steps.cache_write_tokens, ends.cache_write_tokens) AS cache_write_tokens,
    if(usage_source = 'steps', steps.output_tokens, ends.output_tokens) AS output_tokens,
    if(usage_source = 'steps', steps.reasoning_tokens, ends.reasoning_tokens) AS reasoning_tokens,
    if(usage_source = 'steps', steps.nano_aiu, ends.nano_aiu) AS nano_aiu,
    if(usage_source = 'steps', steps.nano_usd, ends.nano_usd) AS nano_usd,
    if(usage_source = 'steps', steps.cost_source, ends.cost_source) AS stated_cost_source,
    if(usage_source = 'steps', NULL, ends.total_tokens) AS declared_total_tokens,
    coalesce(ends.requests, steps.llm_calls) AS requests,
    multiIf(
        usage_grain = 'model', ends.usages,
        usage_grain = 'step', steps.usages,
        usage_grain = 'run',
        [
            tuple(
                toUInt32(0),
                CAST(NULL, 'Nullable(String)'),
                ends.input_tokens,
                ends.cache_read_tokens,
                ends.cache_write_tokens,
                ends.output_tokens,
                ends.reasoning_tokens,
                ends.nano_aiu,
                ends.nano_usd,
                ends.requests
            )
        ],
        []
    ) AS usages,
    if(is_stopped, ends.stated_usage, arrayWithConstant(7, CAST(NULL, 'Nullable(Int128)'))) AS stated_usage,
    if(is_stopped, ends.models_usage, arrayWithConstant(7, CAST(NULL, 'Nullable(Int128)'))) AS models_usage,
    CAST(
        [
            steps.input_tokens,
            steps.cache_read_tokens,
            steps.cache_write_tokens,
            steps.output_tokens,
            steps.reasoning_tokens,
            steps.nano_aiu,
            steps.nano_usd
        ],
        'Array(Nullable(Int128))'
    ) AS steps_usage,
    CAST(
        [
            decisions.input_tokens,
            decisions.cache_read_tokens,
            decisions.cache_write_tokens,
            decisions.output_tokens,
            decisions.reasoning_tokens,
            decisions.nano_aiu,
            decisions.nano_usd
        ],
        'Array(Nullable(Int128))'
    ) AS decisions_usage,
    ends.total_tokens AS stated_total_tokens,
    if(empty(ends.nano_aiu_by_type), NULL, toInt128(arraySum(mapValues(ends.nano_aiu_by_type)))) AS stated_nano_aiu_by_type,
    tools.tool_names AS tool_names,
    tools.tool_counts AS tool_counts,
    tools.tool_latencies_ms AS tool_latencies_ms,
    tools.tool_results_bytes AS tool_results_bytes,
    arrayConcat(steps.models, decisions.models) AS models_on_the_way,
    decisions.decision_kinds AS decision_kinds,
    failed.failure_kinds AS failure_kinds,
    CAST(
        telemetry.epochs,
        'Array(Tuple(
            emitter String,
            epoch UInt64,
            is_unsequenced UInt8,
            is_sealed UInt8,
            n_events UInt64,
            n_missing UInt64,
            n_declared_lost UInt64,
            n_conflicts UInt64
        ))'
    ) AS epochs,
    ifNull(telemetry.n_events, 0) AS n_events,
    ifNull(telemetry.n_contents, 0) AS n_contents,
    telemetry.last_event_received_at AS last_received_at,
    labels.n_strange_experiments AS n_strange_experiments,
    arrayCount(
        named -> NOT arrayExists(
            pair -> pair.1 = named.emitter AND ifNull(pair.2 = named.epoch, true),
            labels.emitter_epochs
        ),
        arrayDistinct(ends.emitters)
    ) AS n_unseen_emitters
FROM ${database}.sum_run_labels_of(run_ids = {run_ids:Array(UUID)}) AS labels
LEFT JOIN ${database}.sum_run_ends_of(run_ids = {run_ids:Array(UUID)}) AS ends
    ON ends.experiment_id = labels.experiment_id
    AND ends.run_id = labels.run_id
LEFT JOIN verdicts
    ON verdicts.experiment_id = labels.experiment_id
    AND verdicts.run_id = labels.run_id
LEFT JOIN ${database}.sum_run_steps_of(run_ids = {run_ids:Array(UUID)}) AS steps
    ON steps.experiment_id = labels.experiment_id
    AND steps.run_id = labels.run_id
LEFT JOIN ${database}.sum_run_tools_of(run_ids = {run_ids:Array(UUID)}) AS tools
    ON tools.experiment_id = labels.experiment_id
    AND tools.run_id = labels.run_id
LEFT JOIN ${database}.sum_run_decisions_of(run_ids = {run_ids:Array(UUID)}) AS decisions
    ON decisions.experiment_id = labels.experiment_id
    AND decisions.run_id = labels.run_id
LEFT JOIN ${database}.sum_run_failures_of(run_ids = {run_ids:Array(UUID)}) AS failed
    ON failed.experiment_id = labels.experiment_id
    AND failed.run_id = labels.run_id
LEFT JOIN ${database}.sum_run_epochs_of(run_ids = {run_ids:Array(UUID)}) AS telemetry
    ON telemetry.run_id = labels.run_id;
