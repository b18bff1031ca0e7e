"""The producer's assembler of wire lines: constant parts encoded once, the rest spliced in."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from benchwire.schemas.event import SCHEMA_VERSION, EventType, check_identifier
from benchwire.schemas.free_form import U64_MAX
from benchwire.schemas.hashing import payload_hash
from benchwire.schemas.identity import EventIds

_json: Final[Callable[[Any], bytes]] = msgspec.json.Encoder().encode
_HEAD: Final = f'{{"schema_version":{SCHEMA_VERSION},"event_id":"'


class LineTemplate:
    """Writes the events of one (run, emitter, epoch) as wire lines, without line ends."""

    __slots__ = ("_ids", "_middle", "_tail")

    def __init__(  # noqa: PLR0913 - the envelope has that many facts
        self,
        *,
        experiment_id: str,
        job_id: str,
        policy_id: str,
        task_id: str,
        run_id: str,
        emitter: str,
        epoch: int,
        cfg_hash: str | None = None,
        env_hash: str | None = None,
        seed: int | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
    ) -> None:
        self._ids = EventIds(run_id, emitter, epoch)
        self._middle = _members(
            experiment_id=experiment_id,
            job_id=job_id,
            policy_id=policy_id,
            task_id=task_id,
            run_id=run_id,
            emitter=emitter,
            epoch=epoch,
        )
        self._tail = _members(
            cfg_hash=cfg_hash, env_hash=env_hash, seed=seed, trace_id=trace_id, span_id=span_id
        )

    def line(
        self, event_type: EventType, ts: str, seq: int, step_id: str | None, data: bytes
    ) -> tuple[bytes, str, int]:
        """Return the wire line, its event_id and its payload_hash.

        ``ts`` and ``data`` must be valid already: they come from ``wire_timestamp`` and
        ``encode_payload``.
        """
        event_id = self._ids.of(seq)
        digest = payload_hash(data)
        step = "null" if step_id is None else _step(step_id)
        head = (
            f'{_HEAD}{event_id}","event_type":"{event_type}","ts":"{ts}",{self._middle},'
            f'"seq":{seq},"step_id":{step},{self._tail},"payload_hash":{digest},"data":'
        )
        return head.encode() + data + b"}", event_id, digest


def _step(step_id: str) -> str:
    return _json(check_identifier(step_id)).decode()


def _members(**members: str | int | None) -> str:
    for value in members.values():
        if isinstance(value, int) and not 0 <= value <= U64_MAX:
            raise ValueError("epoch and seed are unsigned 64-bit integers")
    return _json(members)[1:-1].decode()
