-- question:     How did each tool call go, how long did it take, what did it touch?
-- grain:        one row per tool_call event
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        as tool_calls
-- denominators: none
-- late, duplicate, missing: duplicates are removed by FINAL, conflicting contents by row_version; late rows appear in place;
--               a field the event does not state is NULL, a list it does not state is empty
-- operational:  no
CREATE OR REPLACE VIEW stg_tool_calls AS
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    row_version,
    ts,
    step_id,
    name,
    tool_call_id,
    tool_type,
    mcp_server,
    turn,
    model,
    args_hash,
    latency_ms,
    retries,
    exit_kind,
    exit_detail,
    exit_code,
    failed,
    nonzero_exit,
    error,
    error_code,
    result_bytes,
    result_chars,
    result_truncated,
    user_requested,
    files_read,
    files_modified,
    lines_changed,
    tests_added,
    tests_modified,
    bytes_read,
    bytes_written,
    user_feedback_score,
    intent_accuracy,
    agent_name,
    agent_id
FROM tool_calls
FINAL;
