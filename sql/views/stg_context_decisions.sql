-- question:     What was kept, dropped or rewritten in the context window, and what did that cost?
-- grain:        one row per context_decision event
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        as context_decisions
-- denominators: none
-- late, duplicate, missing: duplicates are removed by FINAL, conflicting contents by row_version; late rows appear in place;
--               a field the event does not state is NULL, a list it does not state is empty
-- operational:  no
CREATE OR REPLACE VIEW stg_context_decisions AS
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
    segment_id,
    segment_kind,
    kept,
    success,
    tokens_before,
    tokens_after,
    tokens_removed,
    messages_before,
    messages_after,
    messages_removed,
    kb_before,
    kb_after,
    token_limit,
    algorithm,
    confidence,
    impact,
    model,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    reasoning_tokens,
    nano_aiu,
    nano_usd,
    cost_source,
    duration_ms,
    turn,
    agent_id
FROM context_decisions
FINAL;
