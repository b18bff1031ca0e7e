-- question:     Which configuration did an optimiser suggest, and why?
-- grain:        one row per optimizer_update event
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        as optimizer_updates
-- denominators: none
-- late, duplicate, missing: duplicates are removed by FINAL, conflicting contents by row_version; late rows appear in place;
--               a field the event does not state is NULL, a list it does not state is empty
-- operational:  no
CREATE OR REPLACE VIEW stg_optimizer_updates AS
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    row_version,
    ts,
    step_id,
    max_iterations,
    temperature,
    context_window,
    pruning_threshold,
    planner_depth,
    debate_rounds,
    available_tools,
    tool_timeout_ms,
    max_retries,
    backoff_ms,
    exponential_backoff,
    retry_on_flake,
    retry_on_timeout,
    execution_timeout_seconds,
    failing_tests_patience,
    no_progress_timeout_seconds,
    docker_image,
    tools_commit,
    memory_mb,
    cpu_cores,
    disk_mb,
    network_enabled,
    execution_timeout_ms,
    suggested_policy_id,
    optimizer,
    confidence,
    expected_improvement,
    exploration_vs_exploitation,
    reasoning,
    command_id
FROM optimizer_updates
FINAL;
