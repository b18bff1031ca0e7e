"""Translates Smith's events and brings them back."""

import json
from typing import Any

from benchwire.schemas.codec import decode_message
from benchwire.schemas.smith import Facts, Place, SmithEvent, restore, translate


def translated(event: dict[str, Any], place: Place | None = None) -> SmithEvent:
    return translate(json.dumps(event).encode(), place or Place())


def back(line: bytes) -> dict[str, Any] | None:
    wire = json.loads(line)
    names = ("run_id", "task_id", "policy_id", "step_id", "ts", "seed")
    return restore(wire["event_type"], Facts(**{name: wire[name] for name in names}), wire["data"])


def written(value: Any) -> str:
    """JSON text that tells 1 from 1.0, whatever the order of keys."""
    return json.dumps(value, sort_keys=True)


def assert_survives(event: dict[str, Any], place: Place | None = None) -> SmithEvent:
    one = translated(event, place)
    assert decode_message(one.line).refused == []
    assert written(back(one.line)) == written(event)
    return one
