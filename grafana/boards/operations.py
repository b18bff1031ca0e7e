"""The dashboard of the pipeline itself: how much, how late, how often again, what went wrong."""

from typing import Final

from grafana.boards.board import Board, Line, Section
from grafana.boards.panels import AnyPanel, figures, over_time, rows
from grafana.boards.question import Question, text
from grafana.boards.units import BYTES, COUNT, MILLISECONDS, Unit

_IN_RANGE: Final = ("$__timeFilter(minute)",)


def _each_minute(
    title: str, about: str, columns: tuple[str, ...], unit: Unit, *, stacked: bool = False
) -> AnyPanel:
    question = Question(
        view="rpt_operations", columns=("minute", *columns), where=_IN_RANGE, order_by="minute"
    )
    return over_time(title, about, question, unit, stacked=stacked)


_SUMS = figures(
    "In the time range",
    "Everything that should be 0 is a reason to look: letters still open, events their producers "
    "declared lost, and identities that came with two payloads.",
    Question(
        view="rpt_operations",
        columns=(
            "sum(n_events_stored) AS n_events_stored",
            "sum(n_messages_redelivered) AS n_messages_redelivered",
            "sum(n_dead_letters_open) AS n_dead_letters_open",
            "sum(n_declared_lost) AS n_declared_lost",
            "sum(n_conflicts) AS n_conflicts",
        ),
        where=_IN_RANGE,
    ),
)
_HEALTH = figures(
    "Consumer",
    "How long ago it stored its last batch, and how late the slowest message of the last such "
    "minute was.",
    Question(
        view="rpt_operations",
        columns=(
            "dateDiff('second', max(minute), now()) AS last_batch_seconds",
            "argMax(storage_lag_ms_max, minute) AS storage_lag_ms_max",
        ),
        where=("n_batches > 0",),
    ),
)
_EVENTS = _each_minute(
    "Events per minute",
    "Received by the stream, and stored by the consumer; redelivered messages are stored again, "
    "which changes nothing.",
    ("n_events_received", "n_events_stored"),
    COUNT,
)
_LAG = _each_minute(
    "Storage lag",
    "From the stream's receipt of a batch's oldest message to its insert.",
    ("storage_lag_ms_p50", "storage_lag_ms_p99", "storage_lag_ms_max"),
    MILLISECONDS,
)
_EMISSION = _each_minute(
    "Emission lag",
    "From an event's own time to its receipt by the stream: slow networks, journals that were "
    "drained later, clocks that differ.",
    ("emission_lag_ms_p50", "emission_lag_ms_p99"),
    MILLISECONDS,
)
_INSERTS = _each_minute(
    "Duration of inserts",
    "How long the store took for a batch.",
    ("insert_ms_p50", "insert_ms_p99", "insert_ms_max"),
    MILLISECONDS,
)
_BATCHES = _each_minute(
    "Batches and redeliveries",
    "Messages that came again were not acknowledged in time: a consumer was killed, or an insert "
    "took too long.",
    ("n_batches", "n_messages_redelivered"),
    COUNT,
)
_BYTES = _each_minute(
    "Bytes stored per minute", "Of the events' bodies, before compression.", ("body_bytes",), BYTES
)
_LETTERS = _each_minute(
    "Dead letters",
    "What could not be decoded or stored, by the minute of its receipt and by what became of it.",
    ("n_dead_letters_open", "n_dead_letters_replayed", "n_dead_letters_discarded"),
    COUNT,
    stacked=True,
)
_LOST = _each_minute(
    "Losses and conflicts",
    "Events that producers declared lost, and second payloads under one identity.",
    ("n_declared_lost", "n_conflicts"),
    COUNT,
)
_INTEGRITY = rows(
    "Telemetry of runs",
    "How many runs are in which state, and how whole what they sent is.",
    Question(
        view="rpt_run_integrity",
        columns=(
            "experiment_id",
            "state",
            "telemetry",
            "count() AS n_runs",
            "sum(n_events) AS n_events",
            "sum(n_missing) AS n_missing",
            "sum(n_declared_lost) AS n_declared_lost",
            "sum(n_conflicts) AS n_conflicts",
        ),
        group_by=("experiment_id", "state", "telemetry"),
        order_by="experiment_id, state, telemetry",
    ),
)
_BROKEN = rows(
    "Runs with gaps, losses or conflicts",
    "Runs of which not everything is stored, or one thing twice.",
    Question(
        view="rpt_run_integrity",
        columns=(
            text("run_id"),
            "experiment_id",
            "policy_id",
            "task_id",
            "state",
            "telemetry",
            "n_missing",
            "n_declared_lost",
            "n_conflicts",
        ),
        where=("telemetry IN ('gaps', 'lost', 'conflict')",),
        order_by="experiment_id, policy_id, task_id, run_id",
        limit=200,
    ),
)

OPERATIONS: Final = Board(
    name="operations",
    title="Benchwire / Operations",
    about="How well the pipeline works, whatever it carries.",
    variables=(),
    refresh="30s",
    since="now-6h",
    sections=(
        Section(
            title="Flow",
            lines=(
                Line(3, ((16, _SUMS), (8, _HEALTH))),
                Line(8, ((8, _EVENTS), (8, _LAG), (8, _EMISSION))),
                Line(8, ((8, _BATCHES), (8, _INSERTS), (8, _BYTES))),
            ),
        ),
        Section(
            title="What went wrong",
            lines=(
                Line(8, ((12, _LETTERS), (12, _LOST))),
                Line(7, ((10, _INTEGRITY), (14, _BROKEN))),
            ),
        ),
    ),
)
