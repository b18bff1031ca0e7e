-- question:     When did signs of life come from the runs that may still be going at as_of?
-- grain:        one row per run_id of fct_open_runs_at
-- keys:         run_id
-- units:        times in UTC microseconds; gap_seconds_* in seconds
-- denominators: none
-- late, duplicate, missing: every event of whatever type is a sign of life, heartbeats too, but nothing from a grader (emitter
--               'grader'), who comes from outside and maybe long after; of a redelivered event the earliest delivery counts,
--               two contents of one identity are one event. Gaps are the times between distinct received_at, one after the
--               other (the events of a message share theirs); those under a second are left out, as messages sent
--               together. p95 interpolates between neighbours; without a gap all are NULL. The last event is the greatest by
--               (received_at, epoch, emitter, seq, row_version). is_sealed: all epochs have their emitter_stop (smith and
--               otlp never have)
-- operational:  yes (received_at belongs to a delivery)
CREATE OR REPLACE VIEW fct_unfinished_runs_at AS
WITH
    gathered AS
    (
        SELECT
            coming.run_id AS run_id,
            uniqExact(tuple(coming.emitter, coming.epoch, coming.seq)) AS n_events,
            min(coming.received_at) AS first_received_at,
            max(coming.received_at) AS last_received_at,
            arraySort(groupUniqArray(toUnixTimestamp64Micro(coming.received_at))) AS arrivals,
            argMax(
                toString(coming.event_type),
                tuple(coming.received_at, coming.epoch, coming.emitter, coming.seq, coming.row_version)
            ) AS last_event_type,
            argMaxIf(
                tuple(coming.emitter, coming.epoch, coming.seq),
                tuple(coming.received_at, coming.epoch, coming.emitter, coming.seq, coming.row_version),
                coming.event_type = 'tool_call'
            ) AS last_tool_call,
            groupUniqArrayIf(
                tuple(coming.emitter, coming.epoch),
                coming.emitter NOT IN ('smith', 'otlp')
            ) AS epochs,
            groupUniqArrayIf(
                tuple(coming.emitter, coming.epoch),
                coming.event_type = 'emitter_stop'
            ) AS seals
        FROM ${database}.stg_arrivals_of(
            run_ids = (SELECT groupArray(run_id) FROM ${database}.fct_open_runs_at(as_of = {as_of:DateTime64(6, 'UTC')}))
        ) AS coming
        WHERE coming.emitter != 'grader'
        GROUP BY coming.run_id
    ),
    spaced AS
    (
        SELECT
            run_id,
            n_events,
            first_received_at,
            last_received_at,
            last_event_type,
            last_tool_call,
            arrayFilter(
                gap -> gap >= 1,
                arrayMap(difference -> difference / 1000000, arrayPopFront(arrayDifference(arrivals)))
            ) AS gaps_seconds,
            arrayReduce('quantilesExactInclusive(0.5, 0.95)', gaps_seconds) AS quantiles_seconds,
            notEmpty(epochs) AND hasAll(seals, epochs) AS is_sealed
        FROM gathered
    )
SELECT
    run_id,
    n_events,
    first_received_at,
    last_received_at,
    last_event_type,
    last_tool_call,
    length(gaps_seconds) AS n_gaps,
    if(n_gaps = 0, NULL, quantiles_seconds[1]) AS gap_seconds_p50,
    if(n_gaps = 0, NULL, quantiles_seconds[2]) AS gap_seconds_p95,
    if(n_gaps = 0, NULL, arrayMax(gaps_seconds)) AS gap_seconds_max,
    is_sealed
FROM spaced
SETTINGS analyzer_inline_views = 1;
