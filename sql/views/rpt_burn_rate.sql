-- question:     What do the jobs that are running spend, how far are they, and what will they have spent in the end?
-- grain:        one row per experiment and job with a running run (rpt_run_integrity says what that is)
-- keys:         experiment_id, job_id
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; AIU in 10^9 nano-AIU; _seconds in seconds; times in UTC
--               microseconds; share 0 to 1
-- denominators: as rpt_burn_rate_at: _per_minute divide by the minutes since the job's first run started, _recent by the last ten of
--               them; done_share = n_trials_done / n_trials_expected. NULL when the denominator is 0
-- late, duplicate, missing: as rpt_burn_rate_at with as_of = now, which says how spending is spread and projected
-- operational:  yes (it depends on the time of asking)
CREATE OR REPLACE VIEW rpt_burn_rate AS
SELECT
    experiment_id,
    job_id,
    first_started_at,
    age_seconds,
    n_policies,
    n_tasks,
    n_runs_running,
    n_runs_without_cost,
    n_trials_done,
    n_trials_running,
    n_trials_ceased,
    n_trials_expected,
    done_share,
    total_tokens,
    cost_nano_aiu,
    cost_aiu,
    tokens_per_minute,
    tokens_per_minute_recent,
    aiu_per_minute,
    aiu_per_minute_recent,
    n_finished_with_cost,
    mean_trial_cost_aiu,
    projected_begun_aiu,
    projected_aiu
FROM ${database}.rpt_burn_rate_at(as_of = now64(6));
