"""The questions whose answers together are the record of one run; each takes its id, `run`."""

from typing import Final

from benchwire.analysis import run_record as row
from benchwire.analysis.query import Query

ROWS_MAX: Final = 10_000
"""Most ranges, contents or letters that are listed; a record that broken needs no more."""

# The sort key of events begins with the experiment: naming it finds the run's rows at once.
_OF_RUN: Final = """run_id = toUUID({run:String})
    AND experiment_id IN
    (
        SELECT experiment_id
        FROM stg_emitters
        WHERE run_id = toUUID({run:String})
    )"""

RUNS: Final = Query(
    "What has become of the runs whose id begins so?",
    row.Run,
    """
SELECT
    experiment_id,
    job_id,
    policy_id,
    task_id,
    toString(found.run_id) AS run_id,
    trial_no,
    attempt,
    state,
    telemetry,
    n_emitters,
    n_epochs,
    n_events,
    n_missing,
    n_declared_lost,
    n_conflicts,
    n_open_epochs,
    toString(found.superseded_by) AS superseded_by
FROM rpt_run_integrity AS found
WHERE startsWith(toString(found.run_id), {run:String})
LIMIT {limit:UInt64}
""",
)

COUNT: Final = Query(
    "How many runs begin so, and of how many is the telemetry not complete?",
    row.Count,
    """
SELECT
    count() AS n_runs,
    countIf(telemetry != 'complete') AS n_not_complete
FROM rpt_run_integrity AS found
WHERE startsWith(toString(found.run_id), {run:String})
""",
)

END: Final = Query(
    "How did the run end?",
    row.End,
    """
SELECT
    emitter,
    epoch,
    seq,
    toString(ts) AS ts,
    status,
    outcome,
    arrayMap(named -> tuple(named.emitter, named.epoch), emitters) AS emitters
FROM stg_run_ends
WHERE run_id = toUUID({run:String})
ORDER BY experiment_id
LIMIT 1
""",
)

_STOPS: Final = f"""
    SELECT
        emitter,
        epoch,
        seq AS stop_seq,
        ts AS sealed_at,
        n_events AS n_events_stated,
        checksum AS checksum_stated,
        sealed_by,
        toUInt64(bitShiftRight(row_version, 64)) AS own_hash,
        1 AS is_there
    FROM stg_emitter_stops
    WHERE {_OF_RUN}
    ORDER BY
        emitter,
        epoch,
        seq,
        row_version
    LIMIT 1 BY
        emitter,
        epoch
"""  # noqa: S608 - constants of this module

EPOCHS: Final = Query(
    "Is every epoch of its emitters complete?",
    row.Epoch,
    f"""
SELECT
    toString(counted.emitter) AS emitter,
    counted.epoch AS epoch,
    counted.n_events AS n_events,
    held.first_seq AS first_seq,
    held.last_seq AS last_seq,
    counted.n_missing AS n_missing,
    counted.n_declared_lost AS n_declared_lost,
    counted.n_conflicts AS n_conflicts,
    toBool(counted.is_unsequenced) AS is_unsequenced,
    if(stops.is_there = 1, toString(stops.sealed_by), NULL) AS sealed_by,
    if(stops.is_there = 1, toString(stops.sealed_at), NULL) AS sealed_at,
    if(stops.is_there = 1, stops.stop_seq, NULL) AS stop_seq,
    if(stops.is_there = 1, stops.n_events_stated, NULL) AS n_events_stated,
    if(stops.is_there = 1, toString(stops.checksum_stated), NULL) AS checksum_stated,
    if(stops.is_there = 1, toString(toUInt64(held.checksum - stops.own_hash)), NULL)
        AS checksum_stored,
    toString(held.first_received_at) AS first_received_at,
    toString(held.last_received_at) AS last_received_at,
    held.first_stream_seq AS first_stream_seq,
    held.last_stream_seq AS last_stream_seq
FROM fct_emitter_epochs AS counted
INNER JOIN
(
    SELECT
        emitter,
        epoch,
        min(seq) AS first_seq,
        max(seq) AS last_seq,
        sum(payload_hash) AS checksum,
        min(received_at) AS first_received_at,
        max(received_at) AS last_received_at,
        min(stream_seq) AS first_stream_seq,
        max(stream_seq) AS last_stream_seq
    FROM stg_events
    WHERE {_OF_RUN}
    GROUP BY
        emitter,
        epoch
) AS held
    ON held.emitter = counted.emitter
    AND held.epoch = counted.epoch
LEFT JOIN ({_STOPS}) AS stops
    ON stops.emitter = counted.emitter
    AND stops.epoch = counted.epoch
WHERE counted.run_id = toUUID({{run:String}})
ORDER BY
    held.first_stream_seq,
    emitter,
    epoch
""",  # noqa: S608 - constants of this module
)

ABSENCES: Final = Query(
    "Which numbers does no stored event carry?",
    row.Absence,
    f"""
SELECT
    emitter,
    epoch,
    expected AS first_seq,
    seq - 1 AS last_seq
FROM
(
    SELECT
        numbers.emitter AS emitter,
        numbers.epoch AS epoch,
        numbers.seq AS seq,
        ifNull(stops.is_there, 0) = 1 AND numbers.seq > stops.stop_seq AS is_beyond,
        lagInFrame(toUInt64(numbers.seq + 1), 1, toUInt64(0)) OVER
        (
            PARTITION BY numbers.emitter, numbers.epoch
            ORDER BY numbers.seq
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS expected
    FROM
    (
        SELECT
            emitter,
            epoch,
            seq
        FROM stg_events
        WHERE {_OF_RUN}
            AND emitter NOT IN ('smith', 'otlp')
        GROUP BY
            emitter,
            epoch,
            seq
    ) AS numbers
    LEFT JOIN ({_STOPS}) AS stops
        ON stops.emitter = numbers.emitter
        AND stops.epoch = numbers.epoch
)
WHERE NOT is_beyond
    AND seq > expected
ORDER BY
    emitter,
    epoch,
    first_seq
LIMIT {ROWS_MAX}
""",  # noqa: S608 - constants of this module
)

DECLARED_LOSSES: Final = Query(
    "Which numbers were declared lost, and why?",
    row.DeclaredLoss,
    f"""
SELECT
    toString(emitter) AS emitter,
    epoch,
    lost.first_seq AS first_seq,
    least(lost.last_seq, toUInt64(seq - 1)) AS last_seq,
    toString(reason) AS reason,
    detail,
    seq AS declared_at_seq
FROM stg_telemetry_losses
ARRAY JOIN ranges AS lost
WHERE {_OF_RUN}
    AND seq > 0
    AND lost.first_seq <= least(lost.last_seq, toUInt64(seq - 1))
ORDER BY
    emitter,
    epoch,
    first_seq,
    last_seq,
    declared_at_seq
LIMIT {ROWS_MAX}
""",  # noqa: S608 - constants of this module
)

CONFLICTS: Final = Query(
    "Which identities came with several contents?",
    row.Conflict,
    f"""
SELECT
    emitter,
    epoch,
    seq,
    toString(event_id) AS event_id,
    toString(event_type) AS event_type,
    toString(payload_hash) AS payload_hash,
    toString(envelope_hash) AS envelope_hash,
    toBool(row_version = max(row_version) OVER (PARTITION BY emitter, epoch, seq)) AS counts,
    stream_seq,
    toString(received_at) AS received_at
FROM stg_events
WHERE {_OF_RUN}
    AND (emitter, epoch, seq) IN
    (
        SELECT
            emitter,
            epoch,
            seq
        FROM stg_events
        WHERE {_OF_RUN}
        GROUP BY
            emitter,
            epoch,
            seq
        HAVING count() > 1
    )
ORDER BY
    emitter,
    epoch,
    seq,
    row_version
LIMIT {ROWS_MAX}
""",  # noqa: S608 - constants of this module
)

DEAD_LETTERS: Final = Query(
    "What came on its subject and could not be stored?",
    row.DeadLetter,
    f"""
SELECT
    toString(stream) AS stream,
    stream_seq,
    line_no,
    toString(reason) AS reason,
    detail,
    toString(state) AS state,
    toString(received_at) AS received_at
FROM stg_dead_letters
WHERE endsWith(subject, concat('.', {{run:String}}))
ORDER BY
    stream,
    stream_seq,
    line_no
LIMIT {ROWS_MAX}
""",  # noqa: S608 - constants of this module
)

LAST_EVENT: Final = Query(
    "What did the run send last?",
    row.LastEvent,
    f"""
SELECT
    toString(event_type) AS event_type,
    emitter,
    epoch,
    seq,
    toString(ts) AS ts,
    toString(received_at) AS received_at,
    dateDiff('millisecond', sent.received_at, now64(6)) / 1000 AS seconds_ago
FROM stg_events AS sent
WHERE {_OF_RUN}
    AND sent.event_type NOT IN ('emitter_stop', 'telemetry_loss')
ORDER BY
    sent.received_at DESC,
    epoch DESC,
    seq DESC,
    emitter DESC
LIMIT 1
""",  # noqa: S608 - constants of this module
)

DELIVERY: Final = Query(
    "Were messages delivered again meanwhile?",
    row.Delivery,
    f"""
SELECT
    count() AS n_batches,
    sum(n_messages) AS n_messages,
    sum(n_redelivered) AS n_redelivered
FROM stg_batches
WHERE first_stream_seq <= (SELECT max(stream_seq) FROM stg_events WHERE {_OF_RUN})
    AND last_stream_seq >= (SELECT min(stream_seq) FROM stg_events WHERE {_OF_RUN})
""",  # noqa: S608 - constants of this module
)

LABELS: Final = Query(
    "Under which experiments did it send?",
    row.Label,
    """
SELECT DISTINCT toString(experiment_id) AS experiment_id
FROM stg_emitters
WHERE run_id = toUUID({run:String})
ORDER BY experiment_id
""",
)

SUPERSEDED: Final = Query(
    "Which imports does it replace?",
    row.Superseded,
    """
SELECT toString(run_id) AS run_id
FROM stg_runs
WHERE superseded_by = toUUID({run:String})
ORDER BY run_id
""",
)
