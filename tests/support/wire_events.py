"""Valid wire messages, made fast: the sizes and types a real run would send."""

import random
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchwire.schemas.event import EventType
from benchwire.schemas.fast import encode_payload
from benchwire.schemas.line import LineTemplate
from benchwire.schemas.subject import event_subject
from benchwire.schemas.timestamps import wire_timestamp_us

FIRST_US = 1_790_000_000_000_000


@dataclass(frozen=True, slots=True)
class WireMessage:
    """A message as a producer publishes it."""

    subject: str
    payload: bytes
    message_id: str
    n_events: int


def step_payload(number: int, rng: random.Random) -> tuple[EventType, Mapping[str, Any]]:
    """A model turn with its tokens."""
    return "step", {
        "kind": "act",
        "turn": number,
        "model": "model-large",
        "usage": {
            "input_tokens": rng.randrange(60_000),
            "cache_read_tokens": rng.randrange(40_000),
            "output_tokens": rng.randrange(3_000),
            "nano_aiu": rng.randrange(10**9),
        },
    }


def run_messages(
    *,
    n_events: int,
    per_message: int,
    seed: int = 1,
    run_no: int = 0,
    payload: Any = step_payload,
) -> Iterator[WireMessage]:
    """Make the messages of one run; the same arguments always give the same bytes."""
    rng = random.Random(f"{seed}/{run_no}")
    run_id = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    labels = {
        "experiment_id": "exp-a",
        "job_id": "job-1",
        "policy_id": f"policy-{run_no % 3}",
        "task_id": f"task-{run_no % 7}",
        "run_id": run_id,
    }
    template = LineTemplate(**labels, emitter="runner", epoch=1, seed=42)
    subject = event_subject(labels["experiment_id"], labels["policy_id"], labels["task_id"], run_id)
    for first in range(0, n_events, per_message):
        lines: list[bytes] = []
        for seq in range(first, min(first + per_message, n_events)):
            event_type, data = payload(seq, rng)
            line, _, _ = template.line(
                event_type,
                wire_timestamp_us(FIRST_US + seq * 1_000),
                seq,
                None,
                encode_payload(event_type, data),
            )
            lines.append(line)
        last = first + len(lines) - 1
        yield WireMessage(
            subject, b"\n".join(lines), f"{run_id}/runner/1/{first}-{last}", len(lines)
        )
