-- question:     Which runs are going now, how far are they, which of them hang, and when will they end?
-- grain:        one row per run that counts, has sent something and is not over (state running in rpt_run_integrity)
-- keys:         run_id
-- units:        _seconds in seconds; tokens as counts; nano_aiu in 10^-9 AIU, exact; aiu in AIU; times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: as rpt_live_runs_at with as_of = now, which says what stalls a run and how its end is expected
-- operational:  yes (ages and gaps belong to deliveries)
CREATE OR REPLACE VIEW rpt_live_runs AS
SELECT
    experiment_id,
    job_id,
    policy_id,
    task_id,
    run_id,
    trial_no,
    attempt,
    model,
    state,
    started_at,
    first_received_at,
    age_seconds,
    n_events,
    steps,
    turns,
    tool_calls,
    tool_failures,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    total_tokens,
    nano_aiu,
    aiu,
    last_event_type,
    last_tool,
    last_received_at,
    last_event_age_seconds,
    n_gaps,
    gap_seconds_p50,
    gap_seconds_p95,
    gap_seconds_max,
    stall_threshold_seconds,
    eta_basis,
    eta_n_finished,
    eta_n_longer,
    expected_duration_seconds,
    expected_end_at
FROM ${database}.rpt_live_runs_at(as_of = now64(6));
