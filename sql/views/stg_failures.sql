-- question:     What went wrong first, what was tried, and how did it end?
-- grain:        one row per failure event
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        as failures
-- denominators: none
-- late, duplicate, missing: duplicates are removed by FINAL, conflicting contents by row_version; late rows appear in place;
--               a field the event does not state is NULL, a list it does not state is empty
-- operational:  no
CREATE OR REPLACE VIEW stg_failures AS
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    row_version,
    ts,
    step_id,
    root_kind,
    root_error_type,
    command,
    missing_module,
    suggested_fix,
    invalid_path,
    expected_location,
    flaky_test,
    failure_rate,
    logic_error,
    root_context,
    reasoning_error,
    step_number,
    missing_info,
    pruning_error,
    tool_name,
    usage_error,
    component,
    message,
    error_type,
    tool_call_id,
    turn,
    fatal,
    recovery_attempts,
    recoverable,
    error_category,
    confidence,
    similar_failures,
    contributing_factors,
    remediation_suggestions,
    agent_id
FROM failures
FINAL;
