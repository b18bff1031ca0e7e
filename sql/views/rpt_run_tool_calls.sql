-- question:     Which tools did a run call, one after the other, with what, and how did each call go?
-- grain:        one row per tool_call of the run run_id, superseded or not
-- keys:         call_no
-- units:        latency_ms in milliseconds; _bytes in bytes; call_no, place and turn_no from 1; arguments as JSON text
-- denominators: none
-- late, duplicate, missing: place and turn_no are those of rpt_run_steps and rpt_run_turns: a call names its turn, or belongs to that of
--               the step with its step_id; call_no counts the calls in that order. has_failed is what the call says (failed, else
--               an exit_kind other than 'ok'), NULL if it says neither, and true whatever it says if failures of the run name
--               its tool_call_id: n_failures of them, failure_kinds their root kinds. n_same_before counts the calls before it
--               of the same tool and args_hash, NULL without a hash. path is the first file that it changed, else that it read,
--               else the path, file_path or filename among its arguments. arguments are as the runner recorded them, redacted;
--               what a call does not state is NULL, a list empty
-- operational:  no
CREATE OR REPLACE VIEW rpt_run_tool_calls AS
WITH
    -- Rows lie by experiment: without it every experiment's are searched for the run.
    (SELECT max(toString(experiment_id)) FROM sum_runs WHERE run_id = {run_id:UUID}) AS experiment,
    entries AS
    (
        SELECT
            place,
            turn_no,
            emitter,
            epoch,
            seq
        FROM sum_entry_turns
        WHERE experiment_id = experiment AND run_id = {run_id:UUID} AND entry = 'tool_call'
    ),
    named AS
    (
        SELECT
            assumeNotNull(found.tool_call_id) AS tool_call_id,
            count() AS n_failures,
            arraySort(groupUniqArray(toString(found.root_kind))) AS failure_kinds
        FROM stg_failures AS found
        WHERE found.experiment_id = experiment AND found.run_id = {run_id:UUID} AND isNotNull(found.tool_call_id)
        GROUP BY tool_call_id
    ),
    sent AS
    (
        SELECT
            emitter,
            epoch,
            seq,
            row_version,
            nullIf(JSONExtractRaw(data, 'arguments'), '') AS arguments,
            nullIf(
                JSONExtractString(
                    data,
                    'arguments',
                    arrayFirst(key -> JSONType(data, 'arguments', key) = 'String', ['path', 'file_path', 'filename'])
                ),
                ''
            ) AS path
        FROM stg_events
        WHERE experiment_id = experiment AND run_id = {run_id:UUID} AND event_type = 'tool_call'
    ),
    made AS
    (
        SELECT
            emitter,
            epoch,
            seq,
            row_version,
            ts,
            step_id,
            agent_id,
            agent_name,
            toString(name) AS tool_name,
            tool_call_id,
            tool_type,
            mcp_server,
            model,
            args_hash,
            files_read,
            files_modified,
            lines_changed,
            latency_ms,
            retries,
            failed,
            exit_kind,
            exit_detail,
            exit_code,
            nonzero_exit,
            error,
            error_code,
            result_bytes,
            result_truncated,
            user_requested
        FROM stg_tool_calls
        WHERE experiment_id = experiment AND run_id = {run_id:UUID}
    )
SELECT
    row_number() OVER (ORDER BY entries.place) AS call_no,
    entries.place AS place,
    entries.turn_no AS turn_no,
    made.ts AS ts,
    made.emitter AS emitter,
    made.epoch AS epoch,
    made.seq AS seq,
    made.step_id AS step_id,
    made.agent_id AS agent_id,
    made.agent_name AS agent_name,
    made.tool_name AS tool_name,
    made.tool_call_id AS tool_call_id,
    made.tool_type AS tool_type,
    made.mcp_server AS mcp_server,
    made.model AS model,
    sent.arguments AS arguments,
    length(sent.arguments) AS arguments_bytes,
    made.args_hash AS args_hash,
    if(
        isNull(made.args_hash),
        NULL,
        row_number() OVER (PARTITION BY made.tool_name, made.args_hash ORDER BY entries.place) - 1
    ) AS n_same_before,
    coalesce(
        nullIf(made.files_modified[1], ''),
        nullIf(made.files_read[1], ''),
        sent.path
    ) AS path,
    made.files_read AS files_read,
    made.files_modified AS files_modified,
    made.lines_changed AS lines_changed,
    made.latency_ms AS latency_ms,
    made.retries AS retries,
    if(named.n_failures > 0, true, coalesce(made.failed, made.exit_kind != 'ok'))::Nullable(Bool) AS has_failed,
    made.exit_kind AS exit_kind,
    made.exit_detail AS exit_detail,
    made.exit_code AS exit_code,
    made.nonzero_exit AS nonzero_exit,
    made.error AS error,
    made.error_code AS error_code,
    made.result_bytes AS result_bytes,
    made.result_truncated AS result_truncated,
    made.user_requested AS user_requested,
    toUInt64(ifNull(named.n_failures, 0)) AS n_failures,
    named.failure_kinds AS failure_kinds
FROM made
INNER JOIN entries
    ON entries.emitter = made.emitter
    AND entries.epoch = made.epoch
    AND entries.seq = made.seq
INNER JOIN sent
    ON sent.emitter = made.emitter
    AND sent.epoch = made.epoch
    AND sent.seq = made.seq
    AND sent.row_version = made.row_version
LEFT JOIN named ON named.tool_call_id = ifNull(made.tool_call_id, '')
ORDER BY call_no;
