-- question:     Which source has each look at a run found it to record?
-- grain:        one row per run and time it was looked at, until the engine merges them
-- keys:         run_id
-- units:        none
-- denominators: none
-- late, duplicate, missing: what sum_runs says is among the rows of a run, and may not be all of them: a list to look up in, read
--               in a fifth of the time because nothing is merged
-- operational:  yes (which looks are still there belongs to merges)
CREATE OR REPLACE VIEW sum_claimed_sources AS
SELECT
    run_id,
    source_key,
    source_system,
    source_id
FROM sum_runs_stored;
