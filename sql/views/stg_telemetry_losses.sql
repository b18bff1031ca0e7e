-- question:     Which sequence numbers carry no event, and why?
-- grain:        one row per telemetry_loss event
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        as telemetry_losses
-- denominators: none
-- late, duplicate, missing: duplicates are removed by FINAL, conflicting contents by row_version; late rows appear in place;
--               a field the event does not state is NULL, a list it does not state is empty
-- operational:  no
CREATE OR REPLACE VIEW stg_telemetry_losses AS
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    row_version,
    ts,
    ranges,
    event_types,
    reason,
    detail
FROM telemetry_losses
FINAL;
