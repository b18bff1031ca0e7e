"""What the consumer logs and stores is what rpt_operations tells of it."""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its JetStream calls untyped.

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.filled_stream import all_stored, fill
from tests.support.jetstream import jetstream
from tests.support.nats import NatsServer
from tests.support.oracle import Row
from tests.support.oracle_operations import operations
from tests.support.running_consumer import running
from tests.support.view_store import give_back, take_database
from tests.support.wire_events import WireMessage, run_messages, step_payload

from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import Sink
from benchwire.consumer.streams import DURABLE, EVENTS_STREAM
from benchwire.schemas.event import EventType

if TYPE_CHECKING:
    from benchwire.embedded.store import ChdbStore

N_TAKEN = 4
EVENT_COLUMNS = (
    "experiment_id",
    "run_id",
    "emitter",
    "epoch",
    "seq",
    "event_type",
    "payload_hash",
    "received_at",
    "ts",
    "data",
)
BATCH_COLUMNS = (
    "inserted_at",
    "n_messages",
    "n_redelivered",
    "n_events",
    "body_bytes",
    "insert_ms",
    "oldest_received_at",
)


@pytest.fixture
def sink(chdb_store: "ChdbStore") -> Iterator[Sink]:
    made = take_database(chdb_store)
    yield made
    give_back(chdb_store, made)


def lossy_payload(number: int, rng: random.Random) -> tuple[EventType, Mapping[str, Any]]:
    """Declare numbers 3 and 4 lost with number 5."""
    if number == 5:
        return "telemetry_loss", {
            "ranges": [{"first_seq": 3, "last_seq": 4}],
            "reason": "disk_full",
        }
    return step_payload(number, rng)


def other_payload(number: int, _: random.Random) -> tuple[EventType, Mapping[str, Any]]:
    return "step", {"kind": "plan", "turn": number}


def troubled_messages() -> list[WireMessage]:
    """Good messages, a declared loss, a contradiction, and what is no event at all."""
    good = list(run_messages(n_events=60, per_message=10))
    lossy = list(run_messages(n_events=8, per_message=1, run_no=1, payload=lossy_payload))
    contradiction = replace(
        next(run_messages(n_events=2, per_message=2, payload=other_payload)), message_id="again"
    )
    garbage = [
        WireMessage("bench.events.a.b.c.d", b"no event", f"garbage/{number}", 0)
        for number in range(3)
    ]
    return [*good, *lossy[:3], *lossy[5:], contradiction, *garbage]


async def test_operations_tell_what_the_consumer_did(nats_server: NatsServer, sink: Sink) -> None:
    settings = ConsumerSettings(
        nats_url=nats_server.url,
        ack_wait_seconds=2.0,
        insert_timeout_seconds=1.0,
        batch_seconds=0.1,
    )
    messages = troubled_messages()
    n_events = await fill(settings, messages)
    async with jetstream(settings.nats_url) as js:
        # A predecessor dies with what it was given: JetStream delivers that again.
        predecessor = await js.pull_subscribe_bind(DURABLE, EVENTS_STREAM)
        assert len(await predecessor.fetch(N_TAKEN, timeout=5)) == N_TAKEN
    async with running(settings, sink):
        await all_stored(settings.nats_url, timeout_seconds=30)
    report = _report(sink)
    assert _sums(report) == {
        "n_events_received": n_events,
        "n_messages_stored": len(messages),
        "n_messages_redelivered": N_TAKEN,
        "n_events_stored": n_events,
        "n_dead_letters": 3,
        "n_dead_letters_open": 3,
        "n_declared_lost": 2,
        "n_conflicts": 2,
    }
    expected = operations(_events(sink), _rows(sink, "batches", BATCH_COLUMNS), _letters(sink))
    expected.sort(key=lambda row: str(row["minute"]))
    assert [_about(row) for row in expected] == report


def _about(row: Row) -> Row:
    return {
        name: pytest.approx(value) if isinstance(value, float) else value
        for name, value in row.items()
    }


def _report(sink: Sink) -> list[Row]:
    names = [str(column[0]) for column in sink.query("DESCRIBE TABLE rpt_operations")]
    return [
        dict(zip(names, row, strict=True)) for row in sink.query("SELECT * FROM rpt_operations")
    ]


def _sums(report: list[Row]) -> dict[str, int]:
    names = (
        "n_events_received",
        "n_messages_stored",
        "n_messages_redelivered",
        "n_events_stored",
        "n_dead_letters",
        "n_dead_letters_open",
        "n_declared_lost",
        "n_conflicts",
    )
    return {name: sum(row[name] for row in report) for name in names}


def _rows(sink: Sink, table: str, columns: tuple[str, ...]) -> list[Row]:
    found = sink.query(f"SELECT {', '.join(columns)} FROM {table}")
    return [
        {
            name: _moment(value) if name.endswith("_at") else value
            for name, value in zip(columns, row, strict=True)
        }
        for row in found
    ]


def _events(sink: Sink) -> list[Row]:
    rows = _rows(sink, "events FINAL", EVENT_COLUMNS)
    return [
        {**row, "ts": f"{row['ts'].replace(' ', 'T')}Z", "data": json.loads(row["data"])}
        for row in rows
    ]


def _letters(sink: Sink) -> list[Row]:
    return _rows(sink, "dead_letters FINAL", ("received_at", "state"))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
