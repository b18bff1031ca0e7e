-- question:     Which runs may still be going at as_of?
-- grain:        one row per run without an end of which something came in the 24 hours before as_of
-- keys:         run_id
-- units:        as_of in UTC microseconds
-- denominators: none
-- late, duplicate, missing: as sum_runs, a moment behind. It only narrows what is read: rpt_live_runs_at decides
-- operational:  yes (last_received_at belongs to deliveries)
CREATE OR REPLACE VIEW fct_open_runs_at AS
SELECT run_id
FROM sum_runs
WHERE isNull(ended_as)
    AND last_received_at >= {as_of:DateTime64(6, 'UTC')} - INTERVAL 24 HOUR;
