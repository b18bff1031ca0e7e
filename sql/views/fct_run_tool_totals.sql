-- question:     How many tools did each run call, and how many of the calls failed?
-- grain:        one row per run that has a tool call
-- keys:         experiment_id, run_id
-- units:        counts
-- denominators: none
-- late, duplicate, missing: a call that does not say whether it failed did if its exit_kind is known and not 'ok'; one that
--               does not say whether its command exited non-zero did if its exit_code is known and not 0
-- operational:  no
CREATE OR REPLACE VIEW fct_run_tool_totals AS
SELECT
    experiment_id,
    run_id,
    count() AS tool_calls,
    countIf(coalesce(failed, exit_kind != 'ok', false)) AS tool_failures,
    countIf(coalesce(nonzero_exit, exit_code != 0, false)) AS nonzero_exits
FROM stg_tool_calls
GROUP BY
    experiment_id,
    run_id;
