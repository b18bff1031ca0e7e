"""Writes wire lines as an emitter does, with nothing but the standard library and xxhash.

Tests of the SQL share no code with the product.
"""

import itertools
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import xxhash

START = datetime(2026, 10, 1, 8, 0, 0, tzinfo=UTC)
JsonMap = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """One wire line and when the stream received it."""

    line: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Labels:
    """What the envelope says of a run."""

    experiment_id: str
    job_id: str
    policy_id: str
    task_id: str
    run_id: str
    cfg_hash: str | None = None
    env_hash: str | None = None
    seed: int | None = None


def stamp(moment: datetime) -> str:
    """Write an instant in the wire's one lexical form."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def compact(value: Any) -> bytes:
    """Write compact, unescaped JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(slots=True)
class HistoryStream:
    """One emitter's epoch: numbers its events and remembers what it sent."""

    labels: Labels
    emitter: str
    epoch: int
    received_at: datetime
    now: datetime = START
    seq: int = 0
    checksum: int = 0
    sent: list[Sent] = field(default_factory=list[Sent])

    def emit(
        self,
        event_type: str,
        data: JsonMap,
        *,
        step_id: str | None = None,
        seq: int | None = None,
        span_id: str | None = None,
        labels: Labels | None = None,
    ) -> bytes:
        """Send one event; with `seq` it claims a number without using one up."""
        self.now += timedelta(milliseconds=250)
        number = self.seq if seq is None else seq
        raw = compact(data)
        payload_hash = xxhash.xxh64_intdigest(raw)
        said = labels or self.labels
        envelope = {
            "schema_version": 1,
            "event_id": _event_id(said.run_id, self.emitter, self.epoch, number),
            "event_type": event_type,
            "ts": stamp(self.now),
            "experiment_id": said.experiment_id,
            "job_id": said.job_id,
            "policy_id": said.policy_id,
            "task_id": said.task_id,
            "run_id": said.run_id,
            "emitter": self.emitter,
            "epoch": self.epoch,
            "seq": number,
            "step_id": step_id,
            "cfg_hash": said.cfg_hash,
            "env_hash": said.env_hash,
            "seed": said.seed,
            "trace_id": None,
            "span_id": span_id,
            "payload_hash": payload_hash,
        }
        line = compact(envelope)[:-1] + b',"data":' + raw + b"}"
        if seq is None:
            self.seq += 1
            self.checksum = (self.checksum + payload_hash) % 2**64
        self.sent.append(Sent(line, self.received_at))
        return line

    def lose(self, count: int) -> int:
        """Use up numbers without sending anything; returns the first of them."""
        first = self.seq
        self.seq += count
        return first

    def close(self, sealed_by: str = "close", *, skew: int = 0) -> None:
        """Seal the epoch; `skew` makes the checksum wrong."""
        data = {
            "n_events": self.seq,
            "checksum": (self.checksum + skew) % 2**64,
            "sealed_by": sealed_by,
        }
        self.emit("emitter_stop", data)


def _event_id(run_id: str, emitter: str, epoch: int, seq: int) -> str:
    return str(uuid.uuid5(uuid.UUID(run_id), f"{emitter}/{epoch}/{seq}"))


def bodies(
    deliveries: Sequence[Sent], edges: Sequence[int], first_stream_seq: int = 1
) -> list[bytes]:
    """Splice received_at and stream_seq into the lines, as the consumer does, and cut batches."""
    spliced = [
        b'{"received_at":"%s","stream_seq":%d,'
        % (stamp(sent.received_at).encode(), first_stream_seq + number)
        + sent.line[1:]
        for number, sent in enumerate(deliveries)
    ]
    cuts = [0, *edges, len(spliced)]
    return [
        b"\n".join(spliced[start:end]) for start, end in itertools.pairwise(cuts) if end > start
    ]
