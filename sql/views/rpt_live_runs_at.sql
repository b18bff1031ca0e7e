-- question:     Which runs are going at as_of, how far are they, which of them hang, and when will they end?
-- grain:        one row per run that counts, has sent something and is not over (state running in rpt_run_integrity_at)
-- keys:         run_id
-- units:        _seconds in seconds; tokens as counts; nano_aiu in 10^-9 AIU, exact; aiu in AIU; times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: as_of is the clock, not the extent of the record: what was received after it counts, with age 0. Ages
--               are by received_at, the stream's clock: age_seconds since the first event, last_event_age_seconds since the
--               last one of any kind. A run whose run_start is not here yet has started_at NULL.
--               gap_seconds_* describe the run's own gaps between arrivals (fct_unfinished_runs_at: those of at least a second; the
--               present silence is not among them); NULL while there is none.
--               stall_threshold_seconds = the greater of 120 and 4 * gap_seconds_p95: 120 is four heartbeats missed at
--               the producer's default of 30. stalled = last_event_age_seconds is greater; a stalled run is over once it is
--               stopped or sealed, and abandoned, no longer here, after 24 hours.
--               Expected duration: the median of those durations (fct_duration_pools) longer than age_seconds, from the narrowest
--               of 'task' (same experiment, policy and task), 'policy' (same experiment and policy), 'experiment' that has
--               a finished run. eta_basis says which, eta_n_finished how many it has, eta_n_longer how many of them the
--               median is of; NULL when none was longer. expected_end_at = the first event's received_at + that.
--               Steps, tokens and cost are sums over the steps so far, tool calls count those so far, both at the consumer's
--               last look at the run; what no step states is NULL
-- operational:  yes (ages and gaps belong to deliveries)
CREATE OR REPLACE VIEW rpt_live_runs_at AS
WITH
    called AS
    (
        SELECT
            sipHash128(experiment_id, run_id, emitter, epoch, seq) AS tool_call_key,
            name
        FROM ${database}.stg_tools_called_of(
            run_ids = (SELECT groupArray(run_id) FROM ${database}.fct_open_runs_at(as_of = {as_of:DateTime64(6, 'UTC')}))
        )
    ),
    alive AS
    (
        SELECT
            run_id,
            first_received_at,
            last_tool_call,
            tuple(
                n_events,
                last_received_at,
                last_event_type,
                n_gaps,
                gap_seconds_p50,
                gap_seconds_p95,
                gap_seconds_max
            ) AS seen
        FROM ${database}.fct_unfinished_runs_at(as_of = {as_of:DateTime64(6, 'UTC')})
        WHERE NOT is_sealed
            AND last_received_at >= {as_of:DateTime64(6, 'UTC')} - INTERVAL 24 HOUR
    ),
    -- Each run three times, once for each basis, the narrowest first.
    live AS
    (
        SELECT
            runs.run_id AS run_id,
            tuple(runs.experiment_id, runs.policy_id, runs.task_id) AS labels,
            runs.said AS said,
            alive.seen AS seen,
            alive.first_received_at AS first_received_at,
            sipHash128(runs.experiment_id, runs.run_id, alive.last_tool_call.1, alive.last_tool_call.2, alive.last_tool_call.3)
                AS last_tool_call_key,
            arrayJoin(runs.pools) AS pool,
            pool.3 AS pool_key
        FROM fct_open_runs AS runs
        INNER JOIN alive ON alive.run_id = runs.run_id
    ),
    expected AS
    (
        SELECT
            live.run_id AS run_id,
            live.labels AS labels,
            live.said AS said,
            live.seen AS seen,
            live.first_received_at AS first_received_at,
            called.name AS last_tool,
            live.pool AS pool,
            pools.durations_seconds AS durations_seconds
        FROM live
        LEFT JOIN fct_duration_pools AS pools ON pools.pool_key = live.pool_key
        LEFT JOIN called ON called.tool_call_key = live.last_tool_call_key
        ORDER BY
            empty(pools.durations_seconds),
            live.pool.1
        LIMIT 1 BY live.run_id
    ),
    timed AS
    (
        SELECT
            run_id,
            labels,
            said,
            seen,
            first_received_at,
            last_tool,
            pool,
            arraySort(durations_seconds) AS finished_seconds,
            greatest(dateDiff('microsecond', first_received_at, {as_of:DateTime64(6, 'UTC')}), 0) / 1000000 AS age_seconds,
            greatest(dateDiff('microsecond', seen.2, {as_of:DateTime64(6, 'UTC')}), 0) / 1000000 AS last_event_age_seconds,
            arrayFilter(each -> each > age_seconds, finished_seconds) AS longer_seconds
        FROM expected
    )
SELECT
    labels.1 AS experiment_id,
    said.1 AS job_id,
    labels.2 AS policy_id,
    labels.3 AS task_id,
    run_id,
    said.2 AS trial_no,
    said.3 AS attempt,
    said.4 AS model,
    if(last_event_age_seconds > stall_threshold_seconds, 'stalled', 'running') AS state,
    said.5 AS started_at,
    first_received_at,
    age_seconds,
    seen.1 AS n_events,
    said.6 AS steps,
    said.7 AS turns,
    said.8 AS tool_calls,
    said.9 AS tool_failures,
    said.10 AS input_tokens,
    said.11 AS cache_read_tokens,
    said.12 AS cache_write_tokens,
    said.13 AS output_tokens,
    said.14 AS total_tokens,
    said.15 AS nano_aiu,
    said.15 / 1000000000 AS aiu,
    seen.3 AS last_event_type,
    nullIf(toString(last_tool), '') AS last_tool,
    seen.2 AS last_received_at,
    last_event_age_seconds,
    seen.4 AS n_gaps,
    seen.5 AS gap_seconds_p50,
    seen.6 AS gap_seconds_p95,
    seen.7 AS gap_seconds_max,
    greatest(120., 4 * ifNull(seen.6, 0)) AS stall_threshold_seconds,
    if(eta_n_finished = 0, NULL, pool.2) AS eta_basis,
    length(finished_seconds) AS eta_n_finished,
    length(longer_seconds) AS eta_n_longer,
    if(
        eta_n_longer = 0,
        NULL,
        (longer_seconds[intDiv(eta_n_longer + 1, 2)] + longer_seconds[intDiv(eta_n_longer, 2) + 1]) / 2
    ) AS expected_duration_seconds,
    addMicroseconds(first_received_at, toInt64(expected_duration_seconds * 1000000)) AS expected_end_at
FROM timed
ORDER BY
    experiment_id,
    policy_id,
    task_id,
    job_id,
    trial_no,
    attempt,
    toString(run_id);
