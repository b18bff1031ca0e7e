-- question:     What went wrong in a run, what came of what, and did work go on?
-- grain:        one row per failure event of the run run_id, superseded or not
-- keys:         failure_no
-- units:        recovery_ms in milliseconds; recovery_steps, _calls and _tokens as counts; confidence as stated; failure_no from 1
-- denominators: none
-- late, duplicate, missing: failure_no counts by time, but no clock changes the order in which one epoch of an emitter sent (smith and
--               otlp do not number their events: time alone counts). is_recovered, recovery_ms and what that took are as
--               sum_recoveries says: something seen to go well afterwards; is_recovered is NULL if nothing could show it, or
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
    ordered AS
    (
        SELECT
            emitter,
            epoch,
            seq,
            line,
            toUnixTimestamp64Micro(ts) AS ts_us,
            max(ts) OVER (
                PARTITION BY epoch, emitter
                -- Emitters of foreign streams do not count their events: their seq is a digest.
                ORDER BY if(emitter IN ('smith', 'otlp'), toUInt64(toUnixTimestamp64Micro(ts)), seq)
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS reached_at,
            -- When work had gone on; never, as far as is known: the end of time.
            ifNull(ts_us + toInt64(round(recovery_ms * 1000)), 9223372036854775807) AS went_on_us,
            tool_name,
            turn,
            is_recovered,
            recovery_ms,
            steps,
            calls,
            tokens
        FROM sum_recoveries
        WHERE experiment_id = experiment AND run_id = {run_id:UUID}
    ),
    numbered AS
    (
        SELECT
            *,
            row_number() OVER (ORDER BY reached_at, epoch, emitter, seq) AS failure_no
        FROM ordered
    ),
    linked AS
    (
        SELECT
            *,
            row_number() OVER of_line = 1 OR lagInFrame(went_on_us) OVER of_line <= ts_us AS is_root
        FROM numbered
        WINDOW of_line AS (
            PARTITION BY line
            ORDER BY failure_no
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        )
    )
SELECT
    linked.failure_no AS failure_no,
    linked.is_root::Bool AS is_root,
    max(if(linked.is_root, linked.failure_no, 0)) OVER (
        PARTITION BY linked.line
        ORDER BY linked.failure_no
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS root_failure_no,
    found.ts AS ts,
    found.emitter AS emitter,
    found.epoch AS epoch,
    found.seq AS seq,
    found.step_id AS step_id,
    linked.turn AS turn,
    found.agent_id AS agent_id,
    found.tool_call_id AS tool_call_id,
    linked.tool_name AS tool_name,
    toString(found.root_kind) AS root_kind,
    coalesce(
        found.command,
        found.missing_module,
        found.invalid_path,
        found.flaky_test,
        found.logic_error,
        found.reasoning_error,
        found.missing_info,
        found.usage_error,
        toString(found.component)
    ) AS detail,
    coalesce(found.error_type, found.root_error_type) AS error_type,
    found.error_category AS error_category,
    found.message AS message,
    found.fatal AS is_fatal,
    if(
        (SELECT max(is_stopped) FROM sum_runs WHERE run_id = {run_id:UUID}) OR linked.is_recovered,
        linked.is_recovered,
        NULL
    )::Nullable(Bool) AS is_recovered,
    linked.recovery_ms AS recovery_ms,
    linked.steps AS recovery_steps,
    linked.calls AS recovery_calls,
    linked.tokens AS recovery_tokens,
    found.recoverable AS is_recoverable,
    found.confidence AS confidence,
    found.similar_failures AS similar_failures,
    toUInt64(length(found.recovery_attempts)) AS n_attempts,
    toUInt64(countEqual(found.recovery_attempts.success, true)) AS n_attempts_helped,
    found.recovery_attempts.strategy AS strategies,
    found.contributing_factors AS contributing_factors,
    found.suggested_fix AS suggested_fix,
    found.remediation_suggestions AS remediation_suggestions
FROM stg_failures AS found
INNER JOIN linked
    ON linked.emitter = found.emitter
    AND linked.epoch = found.epoch
    AND linked.seq = found.seq
WHERE found.experiment_id = experiment AND found.run_id = {run_id:UUID}
ORDER BY failure_no;
