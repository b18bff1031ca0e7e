-- question:     Which tools have some runs called?
-- grain:        one row per tool_call event of run_ids
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        none
-- denominators: none
-- late, duplicate, missing: as stg_tool_calls
-- operational:  no
-- Duplicates are removed by grouping, as in stg_arrivals_of.
CREATE OR REPLACE VIEW stg_tools_called_of AS
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    argMax(payload.name, row_version) AS name
FROM tool_calls
PREWHERE run_id IN {run_ids:Array(UUID)}
GROUP BY
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq;
