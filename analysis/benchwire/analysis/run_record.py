"""What is known of one run's record: the rows that the queries of `run_record_queries` give."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """One run as `rpt_run_integrity` has it."""

    experiment_id: str
    job_id: str
    policy_id: str
    task_id: str
    run_id: str
    trial_no: int | None
    attempt: int
    state: str
    telemetry: str
    n_emitters: int
    n_epochs: int
    n_events: int
    n_missing: int
    n_declared_lost: int
    n_conflicts: int
    n_open_epochs: int
    superseded_by: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many runs there are."""

    n_runs: int
    n_not_complete: int


@dataclass(frozen=True, slots=True)
class End:
    """The run_stop that counts."""

    emitter: str
    epoch: int
    seq: int
    ts: str
    status: str | None
    outcome: str | None
    emitters: list[tuple[str, int | None]]
    """Emitters that must be there, with their epochs (None: any)."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One life of an emitter of the run. Times are UTC; checksums are sums of payload hashes."""

    emitter: str
    epoch: int
    n_events: int
    first_seq: int
    last_seq: int
    n_missing: int
    n_declared_lost: int
    n_conflicts: int
    is_unsequenced: bool
    sealed_by: str | None
    """close, recovery, or None: not ended."""
    sealed_at: str | None
    stop_seq: int | None
    n_events_stated: int | None
    """What the emitter_stop says was before it."""
    checksum_stated: str | None
    checksum_stored: str | None
    """Of what is stored, the emitter_stop left out."""
    first_received_at: str
    last_received_at: str
    first_stream_seq: int
    last_stream_seq: int


@dataclass(frozen=True, slots=True)
class Absence:
    """Numbers of an epoch, both ends included, that no stored event carries."""

    emitter: str
    epoch: int
    first_seq: int
    last_seq: int


@dataclass(frozen=True, slots=True)
class DeclaredLoss:
    """Numbers that a telemetry_loss declares, and why."""

    emitter: str
    epoch: int
    first_seq: int
    last_seq: int
    reason: str
    detail: str | None
    declared_at_seq: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """One of the contents that came under one identity."""

    emitter: str
    epoch: int
    seq: int
    event_id: str
    event_type: str
    payload_hash: str
    envelope_hash: str
    counts: bool
    """Whether the views use this one."""
    stream_seq: int
    received_at: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A line sent on the subject of this run that was not stored as an event."""

    stream: str
    stream_seq: int
    line_no: int
    reason: str
    detail: str
    state: str
    received_at: str


@dataclass(frozen=True, slots=True)
class LastEvent:
    """The last event received that is no end of an epoch and no declaration of a loss."""

    event_type: str
    emitter: str
    epoch: int
    seq: int
    ts: str
    received_at: str
    seconds_ago: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the consumer's log says of the batches in which the run's messages came."""

    n_batches: int
    n_messages: int
    """Messages of these batches, those of other runs too."""
    n_redelivered: int
    """Those of them that had been delivered before."""


@dataclass(frozen=True, slots=True)
class Label:
    """An experiment under which the run sent events; more than one is a contradiction."""

    experiment_id: str


@dataclass(frozen=True, slots=True)
class Superseded:
    """An import that this run replaces."""

    run_id: str
