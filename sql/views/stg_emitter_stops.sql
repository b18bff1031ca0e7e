-- question:     Where does each epoch of an emitter end, and what must be there before its end?
-- grain:        one row per emitter_stop event
-- keys:         experiment_id, run_id, emitter, epoch, seq
-- units:        as emitter_stops
-- denominators: none
-- late, duplicate, missing: duplicates are removed by FINAL, conflicting contents by row_version; late rows appear in place;
--               a field the event does not state is NULL, a list it does not state is empty
-- operational:  no
CREATE OR REPLACE VIEW stg_emitter_stops AS
SELECT
    experiment_id,
    run_id,
    emitter,
    epoch,
    seq,
    row_version,
    ts,
    n_events,
    checksum,
    sealed_by
FROM emitter_stops
FINAL;
