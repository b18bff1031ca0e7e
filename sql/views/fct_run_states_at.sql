-- question:     Is each run still going, and if not, how did it cease, seen from as_of?
-- grain:        one row per run, superseded runs included
-- keys:         run_id
-- units:        as_of in UTC microseconds
-- denominators: none
-- late, duplicate, missing: stopped = it has a run_stop; interrupted = no run_stop, but all its epochs are sealed; abandoned =
--               neither, and nothing received in the 24 hours before as_of; else running. What came from a grader (emitter
--               'grader': verdicts given from outside) says nothing of whether the run goes on. Of a redelivered event the
--               earliest delivery counts
-- operational:  no
CREATE OR REPLACE VIEW fct_run_states_at AS
SELECT
    run_id,
    multiIf(
        isNotNull(ended_as), assumeNotNull(ended_as),
        ifNull(last_received_at >= {as_of:DateTime64(6, 'UTC')} - INTERVAL 24 HOUR, false), 'running',
        'abandoned'
    ) AS state
FROM sum_runs;
