"""What a late watcher asks the store."""

from typing import Final

SETTLED: Final = """
SELECT
    toString(run_id),
    experiment_id,
    job_id,
    policy_id,
    task_id,
    trial_no,
    attempt,
    toUnixTimestamp64Micro(run_start_ts),
    source_system,
    source_id,
    source_content_sha256,
    source_n_records,
    source_translator_version,
    source_revision,
    status,
    outcome,
    toString(total_tokens),
    toString(nano_aiu),
    is_stopped,
    planned_trials,
    arraySum(epochs.n_declared_lost)
FROM {rows}
WHERE {experiment}
"""
DUE: Final = """
SELECT toString(run_id)
FROM fct_due_runs
WHERE stored_in = 'sum_runs' AND reason != 'prices' AND {experiment}
"""
MOVING: Final = """
SELECT toString(run_id)
FROM sum_runs
WHERE {experiment}
    AND NOT is_stopped
    AND last_received_at >= now() - INTERVAL 25 HOUR
UNION DISTINCT
SELECT DISTINCT toString(run_id)
FROM events
WHERE {experiment}
    AND stream_seq > {position}
    AND received_at >= fromUnixTimestamp64Micro(toInt64({stream_began_us}), 'UTC')
UNION DISTINCT
SELECT run_id
FROM
(
    SELECT toString(run_id) AS run_id
    FROM sum_runs
    WHERE {experiment}
        AND last_received_at >= now() - INTERVAL {minutes} MINUTE
    ORDER BY last_received_at DESC
    LIMIT {recent}
)
UNION DISTINCT
SELECT run_id
FROM
(
    SELECT toString(run_id) AS run_id
    FROM sum_runs
    WHERE {experiment}
        AND (failures > 0 OR status != 'ok' OR arraySum(epochs.n_declared_lost) > 0)
    ORDER BY last_received_at DESC
    LIMIT {bad}
)
"""
EXPERIMENTS: Final = """
SELECT toString(experiment_id) AS experiment
FROM sum_runs
GROUP BY experiment
ORDER BY
    max(last_received_at) DESC NULLS LAST,
    experiment
"""
OLDER: Final = """
SELECT 1
FROM events
WHERE {experiment}
    AND received_at < fromUnixTimestamp64Micro(toInt64({moment_us}), 'UTC')
LIMIT 1
"""
EVENTS: Final = """
SELECT
    toString(event_type),
    toString(run_id),
    experiment_id,
    job_id,
    policy_id,
    task_id,
    emitter,
    toString(epoch),
    toString(seq),
    toString(payload_hash),
    toUnixTimestamp64Micro(ts),
    toUnixTimestamp64Micro(received_at),
    stream_seq,
    data
FROM stg_events
WHERE run_id IN ({run_ids})
    AND {experiment}
"""
