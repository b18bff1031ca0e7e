"""The events of one run, wherever they come from, and what its two ends and its verdicts say.

They come in the order of time, except that no clock changes the order in which one emitter sent:
an event is placed at the latest time that its emitter had reached.
"""

import contextlib
import json
import tempfile
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from benchwire.analysis.found_run import FoundRun
from benchwire.analysis.job_export.event_rows import Store, streamed
from benchwire.analysis.rows import text_param
from benchwire.schemas.event import EventType
from benchwire.schemas.timestamps import parse_timestamp

NO_TIME: Final = "1970-01-01T00:00:00.000000Z"
"""What importers write where a recording does not tell the time."""
_EVENTS_SQL: Final = """
SELECT
    toString(event_type) AS type,
    formatDateTime(ts, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS at,
    emitter,
    toString(epoch) AS epoch_text,
    toString(seq) AS seq_text,
    toString(payload_hash) AS payload_hash_text,
    job_id,
    policy_id,
    task_id,
    step_id,
    cfg_hash,
    env_hash,
    toString(seed) AS seed_text,
    trace_id,
    span_id,
    data
FROM
(
    SELECT
        *,
        max(ts) OVER
        (
            PARTITION BY epoch, emitter
            -- Emitters of foreign streams do not count their events: their seq is a digest.
            ORDER BY if(emitter IN ('smith', 'otlp'), toUInt64(toUnixTimestamp64Micro(ts)), seq),
                event_type
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS reached_at
    FROM
    (
        SELECT
            event_type,
            ts,
            emitter,
            epoch,
            seq,
            payload_hash,
            job_id,
            policy_id,
            task_id,
            step_id,
            cfg_hash,
            env_hash,
            seed,
            trace_id,
            span_id,
            data
        FROM stg_events
        WHERE experiment_id = {experiment:String}
            AND run_id = toUUID({run:String})
            AND
            (
                {all:UInt8} = 1
                OR event_type NOT IN ('emitter_stop', 'telemetry_loss', 'heartbeat')
            )
        ORDER BY
            epoch,
            emitter,
            seq,
            event_type,
            row_version DESC
        LIMIT 1 BY
            epoch,
            emitter,
            seq,
            event_type
    )
)
ORDER BY
    event_type != 'run_start',
    reached_at,
    epoch,
    emitter,
    seq,
    event_type
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvent:
    """One event of a run."""

    event_type: EventType
    ts: str
    """Wire form."""
    step_id: str | None
    data: dict[str, Any]
    """The payload as it is stored: absent members are not there."""
    emitter: str
    epoch: int
    seq: int
    payload_hash: int

    @property
    def place(self) -> tuple[int, str, int]:
        """What decides which of several run_starts and run_stops counts."""
        return self.epoch, self.emitter, self.seq


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event with all of its envelope that its run and its experiment do not tell."""

    event: RunEvent
    job_id: str
    policy_id: str
    task_id: str
    cfg_hash: str | None
    env_hash: str | None
    seed: int | None
    trace_id: str | None
    span_id: str | None
    data: str
    """The payload's very text."""


def stored_events(
    store: Store, run: FoundRun, *, with_delivery: bool = False
) -> Iterator[StoredEvent]:
    """Yield the events of a stored run; of conflicting contents the one that counts in the views.

    Seals, declared losses and heartbeats belong to its delivery; they come only if asked for.
    """
    for row in _rows(store, run, with_delivery=with_delivery):
        yield _stored(row)


@contextlib.contextmanager
def spooled_events(
    store: Store, run: FoundRun, *, with_delivery: bool = False
) -> Generator[tuple[int, Iterator[StoredEvent]]]:
    """Yield how many events there are, and the same events, read to a temporary file at once.

    For readers that take their time: no answer of the store stays open for them.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as spool:
        n_events = 0
        for row in _rows(store, run, with_delivery=with_delivery):
            spool.write(json.dumps(row) + "\n")
            n_events += 1
        spool.seek(0)
        yield n_events, (_stored(json.loads(line)) for line in spool)


def _rows(store: Store, run: FoundRun, *, with_delivery: bool) -> Iterator[list[Any]]:
    params = {
        "experiment": text_param(run.experiment_id),
        "run": run.run_id,
        "all": str(int(with_delivery)),
    }
    return streamed(store, _EVENTS_SQL, params)


def _stored(row: list[Any]) -> StoredEvent:
    event_type, ts, emitter, epoch, seq, payload_hash, *rest = row
    job_id, policy_id, task_id, step_id, cfg_hash, env_hash, seed, trace_id, span_id, data = rest
    return StoredEvent(
        event=RunEvent(
            event_type=event_type,
            ts=ts,
            step_id=step_id,
            data=json.loads(data),
            emitter=emitter,
            epoch=int(epoch),
            seq=int(seq),
            payload_hash=int(payload_hash),
        ),
        job_id=job_id,
        policy_id=policy_id,
        task_id=task_id,
        cfg_hash=cfg_hash,
        env_hash=env_hash,
        seed=None if seed is None else int(seed),
        trace_id=trace_id,
        span_id=span_id,
        data=data,
    )


@dataclass(slots=True)
class RunEnds:
    """The run_start, run_stop and verdict that count, of all that were seen."""

    start: RunEvent | None = None
    """The first by place."""
    stop: RunEvent | None = None
    """The last by place."""
    verdict: RunEvent | None = None
    """The latest by (graded_at, payload_hash)."""

    def see(self, event: RunEvent) -> None:
        """Take up an event of the run."""
        if event.event_type == "run_start":
            if self.start is None or event.place < self.start.place:
                self.start = event
        elif event.event_type == "run_stop":
            if self.stop is None or event.place > self.stop.place:
                self.stop = event
        elif event.event_type == "verdict" and (
            self.verdict is None or _graded(event) > _graded(self.verdict)
        ):
            self.verdict = event

    @property
    def started(self) -> dict[str, Any]:
        """What run_start says; empty before it arrives."""
        return {} if self.start is None else self.start.data

    @property
    def stopped(self) -> dict[str, Any]:
        """What run_stop says; empty while the run is open."""
        return {} if self.stop is None else self.stop.data

    @property
    def started_at(self) -> str | None:
        """When the work began, in wire form; None if that is not known."""
        known = self.started.get("started_at") or self.stopped.get("started_at")
        at = known or (None if self.start is None else self.start.ts)
        return None if at == NO_TIME else at

    @property
    def stopped_at(self) -> str | None:
        """When it ended, in wire form; None if that is not known, or while it goes on."""
        at = self.stopped.get("stopped_at") or (None if self.stop is None else self.stop.ts)
        return None if at == NO_TIME else at

    @property
    def score(self) -> float | None:
        """The score that counts: the verdict's, or that of a run_stop it does not contradict."""
        stopped: float | None = self.stopped.get("score")
        if self.verdict is None:
            return stopped
        graded: float | None = self.verdict.data.get("score")
        outcome, before = self.verdict.data.get("outcome"), self.stopped.get("outcome")
        overruled = outcome != "excluded" and before is not None and outcome != before
        return graded if graded is not None or overruled else stopped


def seconds_of(ts: str | None) -> float | None:
    """Seconds since 1970 of an instant in wire form; None if it is not known."""
    return None if ts is None or ts == NO_TIME else parse_timestamp(ts).timestamp()


def part(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A nested object of a payload; empty if it is absent."""
    found: dict[str, Any] | None = data.get(name)
    return found or {}


def _graded(verdict: RunEvent) -> tuple[str, int]:
    return str(verdict.data.get("graded_at") or ""), verdict.payload_hash
