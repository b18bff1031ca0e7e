"""One run of which several lines are refused, each for another reason, and the account of it."""

import json
from dataclasses import dataclass
from typing import Any

from tests.support.filled_stream import fill
from tests.support.wire_events import WireMessage, run_messages

from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import Sink

N_EVENTS = 24
BROKEN_TABLE = "ALTER TABLE events ADD CONSTRAINT broken CHECK seq != 21"
MENDED_TABLE = "ALTER TABLE events DROP CONSTRAINT broken"


@dataclass(frozen=True, slots=True)
class RefusedLines:
    """What is published, and what each refused line should have been."""

    messages: list[WireMessage]
    originals: dict[str, bytes]
    """Reason → the line as it was before it was spoiled."""

    async def publish(self, settings: ConsumerSettings) -> None:
        """Put all of it on the stream."""
        await fill(settings, self.messages)


def refused_lines() -> RefusedLines:
    """Make 24 events in four messages, five of them spoiled.

    Besides `row_refused`, which takes a table that is broken: see `BROKEN_TABLE`.
    """
    first, second, third, fourth = run_messages(n_events=N_EVENTS, per_message=6)
    lines = [message.payload.split(b"\n") for message in (first, second, third, fourth)]
    originals = {
        "not_json": lines[0][2],
        "wrong_event_id": lines[1][1],
        "newer_version": lines[1][4],
        "row_refused": lines[3][3],
    }
    lines[0][2] = lines[0][2][:-20]
    lines[1][1] = _changed(lines[1][1], event_id=json.loads(lines[1][2])["event_id"])
    lines[1][4] = _changed(lines[1][4], schema_version=2)
    return RefusedLines(
        [
            WireMessage(first.subject, b"\n".join(lines[0]), "first", 6),
            WireMessage(second.subject, b"\n".join(lines[1]), "second", 6),
            WireMessage("bench.events.exp-b.p.t.r", third.payload, "third", 6),
            WireMessage(fourth.subject, fourth.payload, "fourth", 6),
        ],
        originals,
    )


def check_account(sink: Sink) -> dict[str, int]:
    """Assert that every event is stored or an open letter, none twice; returns letters by state."""
    ((stored, identities),) = sink.query("SELECT count(), uniqExact(event_id) FROM stg_events")
    assert stored == identities
    counts = sink.query("SELECT state, count() FROM stg_dead_letters GROUP BY state")
    states = {str(state): int(count) for state, count in counts}
    gone = states.get("discarded", 0)
    assert stored + states.get("open", 0) + gone == N_EVENTS, (stored, states)
    assert sink.query("SELECT count() FROM rpt_store_check WHERE difference != 0") == [(0,)]
    return states


def _changed(line: bytes, **fields: Any) -> bytes:
    return json.dumps({**json.loads(line), **fields}, separators=(",", ":")).encode()
