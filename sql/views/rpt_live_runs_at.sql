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
--               Expected duration: the median of those durations (fct_run_durations) longer than age_seconds, from the narrowest
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
            experiment_id,
            run_id,
            toString(emitter) AS emitter,
            epoch,
            seq,
            name
        FROM ${database}.stg_unfinished_tool_calls_at(as_of = {as_of:DateTime64(6, 'UTC')})
    )
SELECT
    live.experiment_id AS experiment_id,
    live.job_id AS job_id,
    live.policy_id AS policy_id,
    live.task_id AS task_id,
    live.run_id AS run_id,
    live.trial_no AS trial_no,
    live.attempt AS attempt,
    live.model AS model,
    if(live.last_event_age_seconds > stall_threshold_seconds, 'stalled', 'running') AS state,
    live.started_at AS started_at,
    live.first_received_at AS first_received_at,
    live.age_seconds AS age_seconds,
    live.n_events AS n_events,
    live.steps AS steps,
    live.turns AS turns,
    live.tool_calls AS tool_calls,
    live.tool_failures AS tool_failures,
    live.input_tokens AS input_tokens,
    live.cache_read_tokens AS cache_read_tokens,
    live.cache_write_tokens AS cache_write_tokens,
    live.output_tokens AS output_tokens,
    if(
        isNull(coalesce(input_tokens, cache_read_tokens, cache_write_tokens, output_tokens)),
        NULL,
        ifNull(input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_tokens, 0) + ifNull(output_tokens, 0)
    ) AS total_tokens,
    live.nano_aiu AS nano_aiu,
    live.nano_aiu / 1000000000 AS aiu,
    live.last_event_type AS last_event_type,
    nullIf(toString(called.name), '') AS last_tool,
    live.last_received_at AS last_received_at,
    live.last_event_age_seconds AS last_event_age_seconds,
    live.n_gaps AS n_gaps,
    live.gap_seconds_p50 AS gap_seconds_p50,
    live.gap_seconds_p95 AS gap_seconds_p95,
    live.gap_seconds_max AS gap_seconds_max,
    greatest(120., 4 * ifNull(live.gap_seconds_p95, 0)) AS stall_threshold_seconds,
    live.eta_basis AS eta_basis,
    length(pools.durations_seconds) AS eta_n_finished,
    length(
        arrayFilter(each -> each > live.age_seconds, pools.durations_seconds) AS longer_seconds
    ) AS eta_n_longer,
    if(
        eta_n_longer = 0,
        NULL,
        (longer_seconds[intDiv(eta_n_longer + 1, 2)] + longer_seconds[intDiv(eta_n_longer, 2) + 1]) / 2
    ) AS expected_duration_seconds,
    addMicroseconds(
        live.first_received_at,
        toInt64(expected_duration_seconds * 1000000)
    ) AS expected_end_at
FROM ${database}.fct_live_runs_at(as_of = {as_of:DateTime64(6, 'UTC')}) AS live
LEFT JOIN fct_duration_pools AS pools
    ON pools.basis = live.eta_basis
    AND pools.experiment_id = live.experiment_id
    AND pools.policy_id = if(live.eta_basis = 'experiment', '', toString(live.policy_id))
    AND pools.task_id = if(live.eta_basis = 'task', toString(live.task_id), '')
LEFT JOIN called
    ON called.experiment_id = live.experiment_id
    AND called.run_id = live.run_id
    AND called.emitter = live.last_tool_call.1
    AND called.epoch = live.last_tool_call.2
    AND called.seq = live.last_tool_call.3
ORDER BY
    experiment_id,
    policy_id,
    task_id,
    job_id,
    trial_no,
    attempt,
    toString(run_id);
