-- question:     Which runs are going at as_of, and when did they give signs of life?
-- grain:        one row per run that counts, has sent something and is not over: state running in fct_run_states_at
-- keys:         run_id
-- units:        _seconds in seconds; times in UTC microseconds
-- denominators: none
-- late, duplicate, missing: a run is over when it has a run_stop, when all its epochs are sealed, or when nothing came in the 24
--               hours before as_of. Ages are by received_at, never negative; labels, started_at and what the run has done are
--               those of sum_runs, a moment behind; n_events and the signs of life are as of now. eta_basis is
--               the narrowest row of fct_duration_pools for the run: 'task', 'policy', 'experiment', or NULL for none
-- operational:  yes (ages and gaps belong to deliveries)
CREATE OR REPLACE VIEW fct_live_runs_at AS
WITH
    finished AS
    (
        SELECT
            experiment_id,
            toString(policy_id) AS policy_id,
            toString(task_id) AS task_id
        FROM fct_run_durations
        GROUP BY
            experiment_id,
            policy_id,
            task_id
    ),
    pools AS
    (
        SELECT
            experiment_id,
            groupArray(tuple(policy_id, task_id)) AS tasks,
            groupUniqArray(policy_id) AS policies,
            1 AS is_known
        FROM finished
        GROUP BY experiment_id
    ),
    -- Filtered before they are joined: a filter on the result would not reach through.
    open_runs AS
    (
        SELECT
            run_id,
            experiment_id,
            job_id,
            policy_id,
            task_id,
            trial_no,
            attempt,
            stated_model,
            started_at,
            steps,
            turns,
            tool_calls,
            tool_failures,
            input_tokens,
            cache_read_tokens,
            cache_write_tokens,
            output_tokens,
            nano_aiu
        FROM sum_runs
        WHERE isNull(ended_as)
    )
SELECT
    runs.experiment_id AS experiment_id,
    runs.job_id AS job_id,
    runs.policy_id AS policy_id,
    runs.task_id AS task_id,
    runs.run_id AS run_id,
    runs.trial_no AS trial_no,
    runs.attempt AS attempt,
    runs.stated_model AS model,
    runs.started_at AS started_at,
    runs.steps AS steps,
    runs.turns AS turns,
    runs.tool_calls AS tool_calls,
    runs.tool_failures AS tool_failures,
    runs.input_tokens AS input_tokens,
    runs.cache_read_tokens AS cache_read_tokens,
    runs.cache_write_tokens AS cache_write_tokens,
    runs.output_tokens AS output_tokens,
    runs.nano_aiu AS nano_aiu,
    unfinished.n_events AS n_events,
    unfinished.first_received_at AS first_received_at,
    unfinished.last_received_at AS last_received_at,
    unfinished.last_event_type AS last_event_type,
    unfinished.last_tool_call AS last_tool_call,
    unfinished.n_gaps AS n_gaps,
    unfinished.gap_seconds_p50 AS gap_seconds_p50,
    unfinished.gap_seconds_p95 AS gap_seconds_p95,
    unfinished.gap_seconds_max AS gap_seconds_max,
    greatest(
        dateDiff('microsecond', unfinished.first_received_at, {as_of:DateTime64(6, 'UTC')}),
        0
    ) / 1000000 AS age_seconds,
    greatest(
        dateDiff('microsecond', unfinished.last_received_at, {as_of:DateTime64(6, 'UTC')}),
        0
    ) / 1000000 AS last_event_age_seconds,
    multiIf(
        has(pools.tasks, tuple(toString(runs.policy_id), toString(runs.task_id))), 'task',
        has(pools.policies, toString(runs.policy_id)), 'policy',
        ifNull(pools.is_known, 0) = 1, 'experiment',
        NULL
    ) AS eta_basis
FROM open_runs AS runs
INNER JOIN ${database}.fct_unfinished_runs_at(as_of = {as_of:DateTime64(6, 'UTC')}) AS unfinished
    ON unfinished.run_id = runs.run_id
LEFT JOIN pools ON pools.experiment_id = runs.experiment_id
WHERE runs.run_id NOT IN (SELECT run_id FROM fct_superseded_runs)
    AND NOT unfinished.is_sealed
    AND unfinished.last_received_at >= {as_of:DateTime64(6, 'UTC')} - INTERVAL 24 HOUR;
