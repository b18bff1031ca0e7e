-- question:     When was an idle run last known to be alive?
-- grain:        one row per heartbeat event
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        as heartbeats
-- denominators: none
-- late, duplicate, missing: duplicates are removed by FINAL, conflicting contents by row_version; late rows appear in place;
--               a field the event does not state is NULL, a list it does not state is empty
-- operational:  no
CREATE OR REPLACE VIEW stg_heartbeats AS
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    row_version,
    ts,
    phase,
    events_emitted,
    turn
FROM heartbeats
FINAL;
