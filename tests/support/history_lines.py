"""Writes wire lines with nothing but the standard library and xxhash, so that tests of the SQL
share no code with the product; counts sequence numbers and checksums as an emitter does."""

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
        line = _line(self, labels or self.labels, event_type, number, step_id, span_id, raw)
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


def _line(
    stream: HistoryStream,
    labels: Labels,
    event_type: str,
    seq: int,
    step_id: str | None,
    span_id: str | None,
    raw: bytes,
) -> bytes:
    name = f"{stream.emitter}/{stream.epoch}/{seq}"
    envelope = {
        "schema_version": 1,
        "event_id": str(uuid.uuid5(uuid.UUID(labels.run_id), name)),
        "event_type": event_type,
        "ts": stamp(stream.now),
        "experiment_id": labels.experiment_id,
        "job_id": labels.job_id,
        "policy_id": labels.policy_id,
        "task_id": labels.task_id,
        "run_id": labels.run_id,
        "emitter": stream.emitter,
        "epoch": stream.epoch,
        "seq": seq,
        "step_id": step_id,
        "cfg_hash": labels.cfg_hash,
        "env_hash": labels.env_hash,
        "seed": labels.seed,
        "trace_id": None,
        "span_id": span_id,
        "payload_hash": xxhash.xxh64_intdigest(raw),
    }
    return compact(envelope)[:-1] + b',"data":' + raw + b"}"


def bodies(deliveries: Sequence[Sent], edges: Sequence[int], first_stream_seq: int = 1) -> list[bytes]:
    """Splice received_at and stream_seq into the lines, as the consumer does, and cut batches."""
    spliced = [
        b'{"received_at":"%s","stream_seq":%d,'
        % (stamp(sent.received_at).encode(), first_stream_seq + number)
        + sent.line[1:]
        for number, sent in enumerate(deliveries)
    ]
    cuts = [0, *edges, len(spliced)]
    return [
        b"\n".join(spliced[start:end]) for start, end in zip(cuts, cuts[1:], strict=False) if end > start
    ]
