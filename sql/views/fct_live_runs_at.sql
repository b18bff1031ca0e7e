-- question:     Which runs are going at as_of, and when did they give signs of life?
-- grain:        one row per run that counts, has sent something and is not over: state running in fct_run_states_at
-- keys:         run_id
-- units:        _seconds in seconds; times in UTC microseconds; said is what sum_runs says (job_id, trial_no, attempt, stated_model,
--               started_at, steps, turns, tool_calls, tool_failures, the four buckets of tokens, nano_aiu), seen what
--               fct_unfinished_runs_at saw (n_events, last_received_at, last_event_type, n_gaps, the gaps' p50, p95 and max);
--               last_tool_call_key is sipHash128 of the event's identity
-- denominators: none
-- late, duplicate, missing: a run is over when it has a run_stop, when all its epochs are sealed, or when nothing came in the 24
--               hours before as_of. Ages are by received_at, never negative; labels, started_at and what the run has done are
--               those of sum_runs, a moment behind; n_events and the signs of life are as of now. eta_basis is
--               the narrowest row of fct_duration_pools for the run: 'task', 'policy', 'experiment', or NULL for none;
--               pool_key is its key
-- operational:  yes (ages and gaps belong to deliveries)
-- What is only passed on is in two tuples: a join plans each of its columns anew.
CREATE OR REPLACE VIEW fct_live_runs_at AS
WITH
    -- Filtered before they are joined: a filter on the result would not reach through.
    open_runs AS
    (
        SELECT
            run_id,
            experiment_id,
            policy_id,
            task_id,
            tuple(
                job_id,
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
            ) AS said
        FROM sum_runs
        WHERE isNull(ended_as)
            AND run_id NOT IN (SELECT run_id FROM fct_superseded_runs)
    ),
    alive AS
    (
        SELECT
            run_id,
            first_received_at,
            last_received_at,
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
    pools AS
    (
        SELECT arrayJoin(pool_keys) AS pool_key
        FROM fct_run_durations
    ),
    placed AS
    (
        SELECT
            runs.experiment_id AS experiment_id,
            runs.policy_id AS policy_id,
            runs.task_id AS task_id,
            runs.run_id AS run_id,
            runs.said AS said,
            alive.seen AS seen,
            sipHash128(runs.experiment_id, runs.run_id, alive.last_tool_call.1, alive.last_tool_call.2, alive.last_tool_call.3)
                AS last_tool_call_key,
            alive.first_received_at AS first_received_at,
            alive.last_received_at AS last_received_at,
            arrayFirst(
                pool -> pool.1 IN (SELECT pool_key FROM pools),
                [
                    tuple(sipHash128('task', runs.experiment_id, runs.policy_id, runs.task_id), 'task'),
                    tuple(sipHash128('policy', runs.experiment_id, runs.policy_id), 'policy'),
                    tuple(sipHash128('experiment', runs.experiment_id), 'experiment')
                ]
            ) AS pool
        FROM open_runs AS runs
        INNER JOIN alive ON alive.run_id = runs.run_id
    )
SELECT
    experiment_id,
    policy_id,
    task_id,
    run_id,
    said,
    seen,
    last_tool_call_key,
    first_received_at,
    greatest(dateDiff('microsecond', first_received_at, {as_of:DateTime64(6, 'UTC')}), 0) / 1000000 AS age_seconds,
    greatest(dateDiff('microsecond', last_received_at, {as_of:DateTime64(6, 'UTC')}), 0) / 1000000 AS last_event_age_seconds,
    pool.1 AS pool_key,
    nullIf(pool.2, '') AS eta_basis
FROM placed;
