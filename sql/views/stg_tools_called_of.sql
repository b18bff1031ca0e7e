-- question:     Which tools have some runs called?
-- grain:        one row per tool_call event of run_ids
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        none
-- denominators: none
-- late, duplicate, missing: as stg_tool_calls
-- operational:  no
CREATE OR REPLACE VIEW stg_tools_called_of AS
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    name
FROM tool_calls
FINAL
PREWHERE run_id IN {run_ids:Array(UUID)};
