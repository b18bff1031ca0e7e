-- question:     Which tools have the runs called that may still be going at as_of?
-- grain:        one row per tool_call event of a run of stg_unfinished_runs_at
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        none
-- denominators: none
-- late, duplicate, missing: as stg_tool_calls
-- operational:  yes (which runs are listed belongs to deliveries)
CREATE OR REPLACE VIEW stg_unfinished_tool_calls_at AS
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    name
FROM tool_calls
FINAL
PREWHERE run_id IN
(
    SELECT run_id
    FROM ${database}.stg_unfinished_runs_at(as_of = {as_of:DateTime64(6, 'UTC')})
);
