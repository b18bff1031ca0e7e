"""Reads events that other programs write, one JSON object a line: simplified, or wire lines."""

import json
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

from benchwire.producer.run_identity import RunIdentity
from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.event import EVENT_TYPES, BenchmarkEvent, EventType
from benchwire.schemas.hashing import document_hash
from benchwire.schemas.judge import judge_line
from benchwire.schemas.redaction import Redactor

REQUIRED = ("experiment_id", "policy_id", "task_id", "event_type")
OPTIONAL_TEXT = (
    "run_id",
    "job_id",
    "emitter",
    "step_id",
    "ts",
    "cfg_hash",
    "env_hash",
    "trace_id",
    "span_id",
)
RUN_FIELDS = (
    "experiment_id",
    "policy_id",
    "task_id",
    "job_id",
    "run_id",
    "cfg_hash",
    "env_hash",
    "trace_id",
    "span_id",
    "seed",
)
"""What the lines of one run have in common."""
KNOWN = frozenset((*REQUIRED, *OPTIONAL_TEXT, "seed", "data"))
WIRE_MARKS = ("schema_version", "event_id", "payload_hash")
"""Keys only a wire line has."""
SENT_BY_US = frozenset({"emitter_stop", "telemetry_loss"})
"""Written by the producer itself; a pipe that wants to write them sends wire lines."""


@dataclass(frozen=True, slots=True)
class SimpleEvent:
    """An event whose numbers, ids and hashes the producer adds."""

    identity: RunIdentity
    emitter: str
    event_type: EventType
    data: dict[str, Any]
    step_id: str | None
    ts: str | None


class LineReader:
    """Turns lines into events; remembers the run ids it gave out to lines without one.

    With ``run``, all lines are of that run: they need not name it, and may name no other.
    """

    def __init__(self, *, default_emitter: str, run: RunIdentity | None = None) -> None:
        self._default_emitter = default_emitter
        self._run = run
        self._job_id = f"job-{uuid4().hex[:12]}"
        self._runs: dict[tuple[str, ...], str] = {}
        self._hashes: dict[str, tuple[str | None, str | None]] = {}
        self._redactor = Redactor()

    def read(self, line: bytes) -> SimpleEvent | BenchmarkEvent:
        """Return the event of one line; raises `InvalidEvent` without quoting its values."""
        document = _object(line)
        if any(mark in document for mark in WIRE_MARKS):
            return judge_line(line)
        _check_keys(document, REQUIRED if self._run is None else ("event_type",))
        event_type = _event_type(document["event_type"])
        data = _data(document)
        return SimpleEvent(
            identity=self._of_run(document, self._run)
            if self._run is not None
            else self._identity(document, event_type, data),
            emitter=document.get("emitter") or self._default_emitter,
            event_type=event_type,
            data=data,
            step_id=document.get("step_id"),
            ts=document.get("ts"),
        )

    def _identity(
        self, document: dict[str, Any], event_type: EventType, data: dict[str, Any]
    ) -> RunIdentity:
        cell = tuple(document[name] for name in ("experiment_id", "policy_id", "task_id"))
        job_id = document.get("job_id") or self._job_id
        run_id = document.get("run_id") or self._runs.setdefault((*cell, job_id), str(uuid4()))
        if event_type == "run_start":
            self._hashes[run_id] = (
                self._document_hash(data.get("config")),
                self._document_hash(data.get("environment")),
            )
        cfg_hash, env_hash = self._hashes.get(run_id, (None, None))
        return RunIdentity(
            experiment_id=cell[0],
            policy_id=cell[1],
            task_id=cell[2],
            job_id=job_id,
            run_id=run_id,
            cfg_hash=document.get("cfg_hash") or cfg_hash,
            env_hash=document.get("env_hash") or env_hash,
            seed=_seed(document.get("seed")),
            trace_id=document.get("trace_id"),
            span_id=document.get("span_id"),
        )

    @staticmethod
    def _of_run(document: dict[str, Any], run: RunIdentity) -> RunIdentity:
        for name in RUN_FIELDS:
            if document.get(name) not in (None, getattr(run, name)):
                raise InvalidEvent(
                    "invalid_field", f"{name}: not that of this run", hint=f"leave out {name}"
                )
        return run

    def _document_hash(self, document: Any) -> str | None:
        """Hash a run's document as the producer's recorder does: redacted, canonical."""
        if not isinstance(document, dict):
            return None
        return document_hash(self._redactor.document(cast("dict[str, Any]", document)))


def _data(document: dict[str, Any]) -> dict[str, Any]:
    data: object = document.get("data", {})
    if not isinstance(data, dict):
        raise InvalidEvent("invalid_field", "data: an object")
    return cast("dict[str, Any]", data)


def _object(line: bytes) -> dict[str, Any]:
    try:
        document: object = json.loads(line, object_pairs_hook=_unique)
    except RecursionError as error:
        raise InvalidEvent("too_deep", "the line nests too deep") from error
    except ValueError as error:
        where = getattr(error, "pos", None)
        raise InvalidEvent("not_json", "" if where is None else f"at character {where}") from error
    if not isinstance(document, dict):
        raise InvalidEvent("not_object", "the line holds another JSON value")
    return cast("dict[str, Any]", document)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise InvalidEvent("duplicate_key", "an object holds a key twice")
    return document


def _check_keys(document: dict[str, Any], required: tuple[str, ...]) -> None:
    unknown = sorted(document.keys() - KNOWN)
    if unknown:
        raise InvalidEvent(
            "unknown_field",
            ", ".join(name[:40] for name in unknown[:5]),
            hint=f"known keys: {', '.join(sorted(KNOWN))}; the rest belongs into `data`",
        )
    for name in required:
        if document.get(name) is None:
            raise InvalidEvent("missing_field", name)
    for name in (*REQUIRED, *OPTIONAL_TEXT):
        if not isinstance(document.get(name), str | None):
            raise InvalidEvent("invalid_field", f"{name}: a text")


def _event_type(name: str) -> EventType:
    for known in EVENT_TYPES:
        if known == name:
            if known in SENT_BY_US:
                raise InvalidEvent("invalid_field", f"event_type: the producer writes {known}")
            return known
    raise InvalidEvent("unknown_event_type", hint=f"known types: {', '.join(EVENT_TYPES)}")


def _seed(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise InvalidEvent("invalid_field", "seed: an unsigned 64-bit integer")
