-- question:     What went wrong in a run, what came of what, and did work go on?
-- grain:        one row per failure event of the run run_id, superseded or not
-- keys:         failure_no
-- units:        recovery_ms in milliseconds; recovery_steps, _calls and _tokens as counts; confidence as stated; failure_no from 1
-- denominators: none
-- late, duplicate, missing: failure_no counts by time, but no clock changes the order in which one epoch of an emitter sent (smith and
--               otlp do not number their events: time alone counts). is_recovered, recovery_ms and what that took are as
--               sum_recoveries_of says: something seen to go well afterwards; is_recovered is NULL if nothing could show it, or
--               if nothing has and the run has not stopped. n_attempts, n_attempts_helped and strategies are what the failure
--               states of attempts to recover. A failure is a root (is_root) unless it is the next one in its line (emitter and
--               agent_id) after another from which work is not known to have gone on by then, by the emitter's own times: then it
--               counts as a consequence, and root_failure_no names the root it goes back to (a root: itself). tool_name is the tool of
--               the call whose tool_call_id it names, else the root's; turn what it states, else that call's. detail is what
--               the root states: command, missing module, path, test, error, missing information, usage error or component.
--               What an event does not state is NULL, a list empty
-- operational:  no
CREATE OR REPLACE VIEW rpt_run_failures AS
WITH
    -- Rows lie by experiment: without it every experiment's are searched for the run.
    (SELECT max(toString(experiment_id)) FROM sum_runs WHERE run_id = {run_id:UUID}) AS experiment,
    called AS
    (
        SELECT
            assumeNotNull(made.tool_call_id) AS tool_call_id,
            min(made.turn) AS turn
        FROM stg_tool_calls AS made
        WHERE made.experiment_id = experiment AND made.run_id = {run_id:UUID} AND isNotNull(made.tool_call_id)
        GROUP BY tool_call_id
    ),
    recoveries AS
    (
        SELECT
            emitter,
            epoch,
            seq,
            tool_name,
            is_recovered,
            recovery_ms,
            steps,
            calls,
            tokens
        FROM ${database}.sum_recoveries_of(run_ids = [{run_id:UUID}])
        WHERE experiment_id = experiment AND run_id = {run_id:UUID}
    ),
    found AS
    (
        SELECT
            emitter,
            epoch,
            seq,
            ts,
            max(ts) OVER (
                PARTITION BY epoch, emitter
                -- Emitters of foreign streams do not count their events: their seq is a digest.
                ORDER BY if(emitter IN ('smith', 'otlp'), toUInt64(toUnixTimestamp64Micro(ts)), seq)
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS reached_at,
            step_id,
            agent_id,
            tool_call_id,
            turn,
            toString(root_kind) AS root_kind,
            coalesce(
                command,
                missing_module,
                invalid_path,
                flaky_test,
                logic_error,
                reasoning_error,
                missing_info,
                usage_error,
                toString(component)
            ) AS detail,
            coalesce(error_type, root_error_type) AS error_type,
            error_category,
            message,
            fatal,
            recoverable,
            confidence,
            similar_failures,
            recovery_attempts,
            contributing_factors,
            suggested_fix,
            remediation_suggestions
        FROM stg_failures
        WHERE experiment_id = experiment AND run_id = {run_id:UUID}
    ),
    placed AS
    (
        SELECT
            row_number() OVER (ORDER BY found.reached_at, found.epoch, found.emitter, found.seq) AS failure_no,
            found.emitter AS emitter,
            found.epoch AS epoch,
            found.seq AS seq,
            found.ts AS ts,
            found.step_id AS step_id,
            found.agent_id AS agent_id,
            found.tool_call_id AS tool_call_id,
            coalesce(found.turn, called.turn) AS turn,
            recoveries.tool_name AS tool_name,
            found.root_kind AS root_kind,
            found.detail AS detail,
            found.error_type AS error_type,
            found.error_category AS error_category,
            found.message AS message,
            found.fatal AS fatal,
            found.recoverable AS recoverable,
            found.confidence AS confidence,
            found.similar_failures AS similar_failures,
            found.recovery_attempts AS recovery_attempts,
            found.contributing_factors AS contributing_factors,
            found.suggested_fix AS suggested_fix,
            found.remediation_suggestions AS remediation_suggestions,
            recoveries.is_recovered AS went_on,
            recoveries.recovery_ms AS recovery_ms,
            recoveries.steps AS recovery_steps,
            recoveries.calls AS recovery_calls,
            recoveries.tokens AS recovery_tokens,
            -- When work had gone on; never, as far as is known: the end of time.
            ifNull(
                toUnixTimestamp64Micro(found.ts) + toInt64(round(recoveries.recovery_ms * 1000)),
                9223372036854775807
            ) AS went_on_us
        FROM found
        INNER JOIN recoveries
            ON recoveries.emitter = found.emitter
            AND recoveries.epoch = found.epoch
            AND recoveries.seq = found.seq
        LEFT JOIN called ON called.tool_call_id = ifNull(found.tool_call_id, '')
    ),
    linked AS
    (
        SELECT
            *,
            row_number() OVER line = 1
                OR lagInFrame(went_on_us) OVER line <= toUnixTimestamp64Micro(ts) AS is_root
        FROM placed
        WINDOW line AS (
            PARTITION BY emitter, agent_id
            ORDER BY failure_no
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        )
    )
SELECT
    failure_no,
    is_root::Bool AS is_root,
    max(if(is_root, failure_no, 0)) OVER (
        PARTITION BY emitter, agent_id
        ORDER BY failure_no
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS root_failure_no,
    ts,
    emitter,
    epoch,
    seq,
    step_id,
    turn,
    agent_id,
    tool_call_id,
    tool_name,
    root_kind,
    detail,
    error_type,
    error_category,
    message,
    fatal AS is_fatal,
    if((SELECT max(is_stopped) FROM sum_runs WHERE run_id = {run_id:UUID}) OR went_on, went_on, NULL)::Nullable(Bool) AS is_recovered,
    recovery_ms,
    recovery_steps,
    recovery_calls,
    recovery_tokens,
    recoverable AS is_recoverable,
    confidence,
    similar_failures,
    toUInt64(length(recovery_attempts)) AS n_attempts,
    toUInt64(countEqual(recovery_attempts.success, true)) AS n_attempts_helped,
    recovery_attempts.strategy AS strategies,
    contributing_factors,
    suggested_fix,
    remediation_suggestions
FROM linked
ORDER BY failure_no;
