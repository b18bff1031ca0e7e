-- question:     Which steps have the runs taken that may still be going at as_of?
-- grain:        one row per step event of a run of stg_unfinished_runs_at
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        tokens as counts; nano_aiu in 10^-9 AIU
-- denominators: none
-- late, duplicate, missing: as stg_steps
-- operational:  yes (which runs are listed belongs to deliveries)
CREATE OR REPLACE VIEW stg_unfinished_steps_at AS
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    turn,
    agent_id,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    nano_aiu,
    is_copied_context
FROM steps
FINAL
PREWHERE run_id IN
(
    SELECT run_id
    FROM ${database}.stg_unfinished_runs_at(as_of = {as_of:DateTime64(6, 'UTC')})
);
