-- question:     What do the jobs that are running at as_of spend, how far are they, and what will they have spent in the end?
-- grain:        one row per experiment and job with a running run (rpt_run_integrity_at says what that is)
-- keys:         experiment_id, job_id
-- units:        tokens as counts; nano_aiu in 10^-9 AIU, exact; AIU in 10^9 nano-AIU; _seconds in seconds; times in UTC
--               microseconds; share 0 to 1
-- denominators: aiu_per_minute and tokens_per_minute divide what was spent by the minutes since the job's first run started;
--               _recent what was spent in the ten minutes before as_of, or since the first run started if that is later.
--               Nobody says when within a run it was spent: it is spread evenly from its start to its end, of a run that still
--               goes on to as_of; NULL where no run of that time states any. mean_trial_cost_aiu = cost of the
--               n_finished_with_cost finished trials / their number. done_share = n_trials_done / n_trials_expected. NULL when
--               the denominator is 0
-- late, duplicate, missing: as_of is the clock, not the extent of the record: what was received after it counts. Everything that
--               was spent counts: all attempts, excluded trials too, but no superseded runs; n_runs_without_cost state nothing that
--               could be added or priced. Trials are done when their final attempt has a run_stop, running while it is, and
--               n_trials_ceased have neither, and are expected to be run again. n_trials_expected: for each policy of the job that
--               has begun, its planned trials per task times the tasks begun by any (NULL where a policy states no plan; too few
--               until all tasks and policies have begun).
--               projected_begun_aiu = cost of what is over + for each running trial the greater of what it has spent and the
--               mean cost of its policy's finished trials in this job, or in all jobs where none has finished in this one;
--               projected_aiu adds that mean for each trial expected that is neither done nor running. NULL where a mean that
--               is needed is not known
-- operational:  no
CREATE OR REPLACE VIEW rpt_burn_rate_at AS
WITH
    runs AS
    (
        SELECT
            experiment_id,
            job_id,
            policy_id,
            task_id,
            trial_key,
            attempt_order,
            is_stopped,
            isNull(ended_as) AND ifNull(last_received_at >= {as_of:DateTime64(6, 'UTC')} - INTERVAL 24 HOUR, false) AS is_running,
            planned_trials,
            started_at,
            total_tokens,
            cost_nano_aiu,
            toUnixTimestamp64Micro({as_of:DateTime64(6, 'UTC')}) AS now_us,
            ifNull(toUnixTimestamp64Micro(started_at), 0) AS start_us,
            if(is_running, now_us, ifNull(toUnixTimestamp64Micro(stopped_at), 0)) AS end_us,
            -- The part of the run that lies in the ten minutes before as_of.
            multiIf(
                start_us = 0 OR end_us = 0 OR NOT (is_running OR is_stopped), 0,
                end_us <= start_us, toFloat64(start_us > now_us - 600000000 AND start_us <= now_us),
                greatest(least(end_us, now_us) - greatest(start_us, now_us - 600000000), 0)
                    / nullIf(end_us - start_us, 0)
            ) AS recent_share
        FROM sum_runs
        WHERE run_id NOT IN (SELECT run_id FROM fct_superseded_runs)
            AND experiment_id IN
            (
                SELECT experiment_id
                FROM sum_runs
                WHERE isNull(ended_as)
                    AND last_received_at >= {as_of:DateTime64(6, 'UTC')} - INTERVAL 24 HOUR
            )
    ),
    -- Its last attempt speaks for a trial (fct_final_attempts). All of its runs are here, so the sets that say which one it is
    -- are not needed, nor is fct_counted_runs.
    trials AS
    (
        SELECT
            min(runs.experiment_id) AS experiment_id,
            min(runs.job_id) AS job_id,
            min(runs.policy_id) AS policy_id,
            min(runs.task_id) AS task_id,
            argMax(multiIf(runs.is_stopped, 'stopped', runs.is_running, 'running', 'ceased'), runs.attempt_order) AS final_state,
            countIf(runs.is_running) AS n_running,
            max(runs.planned_trials) AS planned_trials,
            count() AS n_runs,
            count(runs.cost_nano_aiu) AS n_with_cost,
            min(runs.started_at) AS first_started_at,
            sum(runs.total_tokens) AS tokens,
            sum(runs.cost_nano_aiu) AS cost,
            groupArrayIf(
                assumeNotNull(toFloat64(runs.total_tokens) * runs.recent_share),
                isNotNull(runs.total_tokens) AND runs.recent_share > 0
            ) AS recent_tokens,
            groupArrayIf(
                assumeNotNull(toFloat64(runs.cost_nano_aiu) * runs.recent_share),
                isNotNull(runs.cost_nano_aiu) AND runs.recent_share > 0
            ) AS recent_costs
        FROM runs
        GROUP BY runs.trial_key
    ),
    policies AS
    (
        SELECT
            trials.experiment_id AS experiment_id,
            trials.job_id AS job_id,
            trials.policy_id AS policy_id,
            groupUniqArray(trials.task_id) AS tasks,
            max(trials.planned_trials) AS planned,
            sum(trials.n_running) AS n_runs_running,
            sum(trials.n_runs - trials.n_with_cost) AS n_runs_without_cost,
            countIf(trials.final_state = 'stopped') AS n_done,
            countIf(trials.final_state = 'running') AS n_open,
            countIf(trials.final_state = 'ceased') AS n_ceased,
            min(trials.first_started_at) AS first_started_at,
            sum(trials.tokens) AS tokens,
            sum(trials.cost) AS cost,
            sumIf(trials.cost, trials.final_state != 'running') AS cost_of_rest,
            countIf(trials.final_state = 'stopped' AND trials.n_with_cost = trials.n_runs) AS n_finished,
            ifNull(sumIf(trials.cost, trials.final_state = 'stopped' AND trials.n_with_cost = trials.n_runs), 0) AS finished_cost,
            arraySort(groupArrayIf(toFloat64(ifNull(trials.cost, 0)), trials.final_state = 'running')) AS open_costs,
            groupArrayArray(trials.recent_tokens) AS recent_tokens,
            groupArrayArray(trials.recent_costs) AS recent_costs
        FROM trials
        GROUP BY
            trials.experiment_id,
            trials.job_id,
            trials.policy_id
    ),
    expected AS
    (
        SELECT
            policies.experiment_id AS experiment_id,
            policies.job_id AS job_id,
            policies.tasks AS tasks,
            policies.n_runs_running AS n_runs_running,
            policies.n_runs_without_cost AS n_runs_without_cost,
            policies.n_done AS n_done,
            policies.n_open AS n_open,
            policies.n_ceased AS n_ceased,
            policies.first_started_at AS first_started_at,
            policies.tokens AS tokens,
            policies.cost AS cost,
            policies.n_finished AS n_finished,
            policies.finished_cost AS finished_cost,
            policies.recent_tokens AS recent_tokens,
            policies.recent_costs AS recent_costs,
            uniqExactArray(policies.tasks) OVER of_job AS n_tasks,
            policies.planned * n_tasks AS n_expected,
            sum(policies.n_finished) OVER of_policy AS n_finished_anywhere,
            if(
                policies.n_finished > 0,
                policies.finished_cost / nullIf(policies.n_finished, 0),
                sum(policies.finished_cost) OVER of_policy / nullIf(n_finished_anywhere, 0)
            ) AS mean_cost,
            ifNull(toFloat64(policies.cost_of_rest), 0) + multiIf(
                policies.n_open = 0, 0,
                isNull(mean_cost), NULL,
                arraySum(spent -> greatest(spent, assumeNotNull(mean_cost)), policies.open_costs)
            ) AS projected_begun,
            if(isNull(n_expected), NULL, greatest(toInt64(n_expected) - toInt64(policies.n_done + policies.n_open), 0))
                AS n_left,
            projected_begun + if(n_left = 0, 0, n_left * mean_cost) AS projected
        FROM policies
        WINDOW
            of_job AS (PARTITION BY policies.experiment_id, policies.job_id),
            of_policy AS (PARTITION BY policies.experiment_id, policies.policy_id)
    ),
    jobs AS
    (
        SELECT
            expected.experiment_id AS experiment_id,
            expected.job_id AS job_id,
            count() AS n_policies,
            max(expected.n_tasks) AS n_tasks,
            sum(expected.n_runs_running) AS n_runs_running,
            sum(expected.n_runs_without_cost) AS n_runs_without_cost,
            sum(expected.n_done) AS n_trials_done,
            sum(expected.n_open) AS n_trials_running,
            sum(expected.n_ceased) AS n_trials_ceased,
            if(count(expected.n_expected) = count(), sum(expected.n_expected), NULL) AS n_trials_expected,
            min(expected.first_started_at) AS first_started_at,
            sum(expected.tokens) AS total_tokens,
            sum(expected.cost) AS cost_nano_aiu,
            sum(expected.n_finished) AS n_finished_with_cost,
            sum(expected.finished_cost) AS finished_cost,
            -- Added up in order of size: a sum of floats depends on its order, and threads have none.
            if(
                empty(groupArrayArray(expected.recent_tokens) AS shares_of_tokens),
                NULL,
                arraySum(arraySort(shares_of_tokens))
            ) AS recent_tokens,
            if(empty(groupArrayArray(expected.recent_costs) AS shares_of_cost), NULL, arraySum(arraySort(shares_of_cost))) AS recent_cost,
            if(
                count(expected.projected_begun) = count(),
                arraySum(arraySort(groupArray(expected.projected_begun))),
                NULL
            ) AS projected_begun,
            if(count(expected.projected) = count(), arraySum(arraySort(groupArray(expected.projected))), NULL) AS projected
        FROM expected
        GROUP BY
            expected.experiment_id,
            expected.job_id
    )
SELECT
    experiment_id,
    job_id,
    first_started_at,
    if(
        isNull(first_started_at),
        NULL,
        greatest(dateDiff('microsecond', first_started_at, {as_of:DateTime64(6, 'UTC')}), 0) / 1000000
    ) AS age_seconds,
    n_policies,
    n_tasks,
    n_runs_running,
    n_runs_without_cost,
    n_trials_done,
    n_trials_running,
    n_trials_ceased,
    n_trials_expected,
    n_trials_done / nullIf(n_trials_expected, 0) AS done_share,
    total_tokens,
    cost_nano_aiu,
    cost_nano_aiu / 1000000000 AS cost_aiu,
    total_tokens * 60 / nullIf(age_seconds, 0) AS tokens_per_minute,
    recent_tokens * 60 / nullIf(if(isNull(age_seconds), NULL, least(age_seconds, 600)), 0) AS tokens_per_minute_recent,
    cost_nano_aiu * 60 / nullIf(age_seconds, 0) / 1000000000 AS aiu_per_minute,
    recent_cost * 60 / nullIf(if(isNull(age_seconds), NULL, least(age_seconds, 600)), 0) / 1000000000 AS aiu_per_minute_recent,
    n_finished_with_cost,
    finished_cost / nullIf(n_finished_with_cost, 0) / 1000000000 AS mean_trial_cost_aiu,
    projected_begun / 1000000000 AS projected_begun_aiu,
    projected / 1000000000 AS projected_aiu
FROM jobs
WHERE n_runs_running > 0
ORDER BY
    experiment_id,
    job_id;
