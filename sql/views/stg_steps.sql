-- question:     What did the agent think, do, see and spend, entry by entry?
-- grain:        one row per step event
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        as steps
-- denominators: none
-- late, duplicate, missing: duplicates are removed by FINAL, conflicting contents by row_version; late rows appear in place;
--               a field the event does not state is NULL, a list it does not state is empty
-- operational:  no
CREATE OR REPLACE VIEW stg_steps AS
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    row_version,
    ts,
    step_id,
    kind,
    step_no,
    turn,
    model,
    reasoning_effort,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    reasoning_tokens,
    nano_aiu,
    nano_usd,
    cost_source,
    llm_calls,
    duration_ms,
    api_time_ms,
    server_time_ms,
    time_to_first_token_ms,
    context_tokens,
    context_limit_tokens,
    context_kb,
    finish_reason,
    response_id,
    content_bytes,
    planned,
    agent_name,
    agent_id,
    parent_step_id,
    action_type,
    action_path,
    action_content_bytes,
    reward,
    cumulative_reward,
    done,
    error,
    file_diff_path,
    chars_changed,
    test_pass_rate,
    security_flags,
    is_copied_context
FROM steps
FINAL;
