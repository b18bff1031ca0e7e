"""Events on the stream become rows, once, whatever happens in between."""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its calls untyped.

import asyncio
import json
import urllib.request
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.fake_sink import FakeSink
from tests.support.filled_stream import all_stored, fill
from tests.support.jetstream import api, connected, jetstream
from tests.support.nats import NatsServer, publish_raw
from tests.support.running_consumer import running, until
from tests.support.view_store import give_back, take_database
from tests.support.wire_events import WireMessage, run_messages

from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import Sink
from benchwire.consumer.streams import DEAD_LETTERS_STREAM

if TYPE_CHECKING:
    from benchwire.embedded.store import ChdbStore

GARBAGE = [
    b"",
    b"not json at all",
    b"\x00\xff\xfe\x80 binary",
    b"[1,2,3]",
    b'{"schema_version":1}',
    b'{"schema_version":2,"event_type":"step"}',
    b'{"a":' * 3_000 + b"1" + b"}" * 3_000,
    b"z" * 1_000_000,
]


@pytest.fixture
def settings(nats_server: NatsServer) -> ConsumerSettings:
    return ConsumerSettings(
        nats_url=nats_server.url,
        ack_wait_seconds=2.0,
        insert_timeout_seconds=1.0,
        insert_backoff_seconds_max=0.2,
        batch_seconds=0.1,
    )


@pytest.fixture
def sink(chdb_store: "ChdbStore") -> Iterator[Sink]:
    made = take_database(chdb_store)
    yield made
    give_back(chdb_store, made)


def garbage_messages() -> list[WireMessage]:
    return [
        WireMessage("bench.events.a.b.c.d", payload, f"garbage/{number}", 0)
        for number, payload in enumerate(GARBAGE)
    ]


async def test_a_filled_stream_becomes_rows(settings: ConsumerSettings, sink: Sink) -> None:
    n_events = await fill(settings, run_messages(n_events=3_000, per_message=64))
    async with running(settings, sink):
        await all_stored(settings.nats_url, timeout_seconds=30)
    assert sink.query("SELECT count(), uniqExact(event_id) FROM events FINAL") == [
        (n_events, n_events)
    ]
    assert sink.query("SELECT count() FROM steps FINAL") == [(n_events,)]
    assert sink.query("SELECT count() FROM dead_letters") == [(0,)]


async def test_received_at_and_stream_seq_come_from_the_stream(
    settings: ConsumerSettings, sink: Sink
) -> None:
    await fill(settings, run_messages(n_events=4, per_message=2))
    async with running(settings, sink):
        await all_stored(settings.nats_url, timeout_seconds=30)
    expected: list[tuple[int, str]] = []
    for seq in (1, 2):
        found = await api(settings.nats_url, "STREAM.MSG.GET.BENCH_EVENTS", seq=seq)
        stored_at = found["message"]["time"].rstrip("Z").ljust(29, "0").replace("T", " ")
        expected += [(seq, stored_at[:26])] * 2
    rows = sink.query("SELECT stream_seq, toString(received_at) FROM events ORDER BY seq")
    assert rows == expected


async def test_garbage_becomes_dead_letters_and_the_consumer_goes_on(
    settings: ConsumerSettings, sink: Sink
) -> None:
    good = list(run_messages(n_events=20, per_message=10))
    mixed = WireMessage(good[1].subject, good[1].payload + b"\nbroken{", "mixed", 10)
    await fill(settings, [good[0], *garbage_messages(), mixed])
    async with running(settings, sink):
        await all_stored(settings.nats_url, timeout_seconds=30)
    assert sink.query("SELECT count() FROM events FINAL") == [(20,)]
    rows = sink.query("SELECT stream_seq, line_no, reason, hex(raw) FROM dead_letters FINAL")
    raws = {int(seq): bytes.fromhex(str(raw)) for seq, _, _, raw in rows}
    assert raws == dict(enumerate([*GARBAGE, b"broken{"], start=2))
    assert {str(reason) for _, _, reason, _ in rows} >= {"not_json", "not_object"}
    await _dead_letter_stream_holds(settings, raws)


async def _dead_letter_stream_holds(settings: ConsumerSettings, raws: dict[int, bytes]) -> None:
    async with jetstream(settings.nats_url) as js:
        assert (await js.stream_info(DEAD_LETTERS_STREAM)).state.messages == len(raws)
        for seq, raw in raws.items():
            line_no = 11 if raw == b"broken{" else 1
            subject = f"bench.dead_letters.BENCH_EVENTS.{seq}.{line_no}"
            message = await js.get_last_msg(DEAD_LETTERS_STREAM, subject)
            assert (message.data or b"") == raw


async def test_a_subject_that_is_no_text_stops_nobody(
    settings: ConsumerSettings, nats_server: NatsServer
) -> None:
    """nats-py's own client would stop reading for ever at this message."""
    sink = FakeSink()
    messages = list(run_messages(n_events=40, per_message=8))
    await fill(settings, messages[:2])
    publish_raw(nats_server.port, b"bench.events.\xff\xfe.x", messages[0].payload)
    await fill(settings, messages[2:])
    async with running(settings, sink):
        await all_stored(settings.nats_url, timeout_seconds=30)
    assert len(sink.rows["events"]) == 40
    letters = [json.loads(row) for row in sink.rows["dead_letters"]]
    assert {letter["reason"] for letter in letters} == {"wrong_subject"}
    assert {letter["subject"] for letter in letters} == {r"bench.events.\xff\xfe.x"}


async def test_rows_that_clickhouse_refuses_are_set_aside(settings: ConsumerSettings) -> None:
    sink = FakeSink(poison=b'"seq":13,')
    await fill(settings, run_messages(n_events=40, per_message=8))
    async with running(settings, sink):
        await all_stored(settings.nats_url, timeout_seconds=30)
    assert len(sink.rows["events"]) == 39
    (letter,) = [json.loads(row) for row in sink.rows["dead_letters"]]
    assert (letter["stream_seq"], letter["line_no"], letter["reason"]) == (2, 6, "row_refused")
    assert json.loads(letter["raw"])["seq"] == 13


async def test_nothing_is_acknowledged_before_the_sink_has_answered(
    settings: ConsumerSettings,
) -> None:
    sink = FakeSink()
    sink.gate.clear()
    await fill(settings, run_messages(n_events=40, per_message=8))
    async with running(settings, sink):
        await until(lambda: sink.attempts == 1)
        # Longer than ack_wait: what is held is kept in progress, not delivered again.
        await asyncio.sleep(2 * settings.ack_wait_seconds)
        info = await _durable_info(settings)
        assert (info["num_ack_pending"], info["num_redelivered"]) == (5, 0)
        sink.gate.set()
        await all_stored(settings.nats_url, timeout_seconds=30)
    assert len(sink.rows["events"]) == 40


async def _durable_info(settings: ConsumerSettings) -> dict[str, Any]:
    return await api(settings.nats_url, "CONSUMER.INFO.BENCH_EVENTS.benchwire-consumer")


async def test_a_sink_that_is_away_loses_nothing(settings: ConsumerSettings) -> None:
    sink = FakeSink(away=5)
    await fill(settings, run_messages(n_events=100, per_message=10))
    async with running(settings, sink) as consumer:
        await until(lambda: "clickhouse" in consumer.readiness.missing)
        await all_stored(settings.nats_url, timeout_seconds=30)
        await until(lambda: consumer.readiness.is_ready)
    assert len(sink.rows["events"]) == 100


async def test_a_restarted_server_is_taken_up_again(
    settings: ConsumerSettings, nats_server: NatsServer
) -> None:
    sink = FakeSink()
    messages = list(run_messages(n_events=400, per_message=8))
    await fill(settings, messages[:25])
    async with running(settings, sink) as consumer:
        await until(lambda: len(sink.rows.get("events", [])) == 200)
        nats_server.kill()
        await until(lambda: "nats" in consumer.readiness.missing)
        nats_server.start()
        await fill(settings, messages[25:])
        await all_stored(settings.nats_url, timeout_seconds=30)
        await until(lambda: consumer.readiness.is_ready)
    assert len(set(sink.rows["events"])) == 400


async def test_a_lost_durable_is_made_again(settings: ConsumerSettings) -> None:
    sink = FakeSink()
    messages = list(run_messages(n_events=80, per_message=8))
    await fill(settings, messages[:5])
    async with running(settings, sink):
        await until(lambda: len(sink.rows.get("events", [])) == 40)
        async with jetstream(settings.nats_url) as js:
            await js.delete_stream("BENCH_EVENTS")
        await asyncio.sleep(0.5)
        await fill(settings, messages[5:])
        await until(lambda: len(set(sink.rows["events"])) == 80, what="storing after the loss")


async def test_stopping_stores_and_acknowledges_what_is_held(settings: ConsumerSettings) -> None:
    sink = FakeSink()
    await fill(settings, run_messages(n_events=4_000, per_message=8))
    async with running(settings, sink):
        await until(lambda: sink.attempts > 0)
    info = await _durable_info(settings)
    stored = {json.loads(row)["stream_seq"] for row in sink.rows["events"]}
    assert len(stored) + info["num_pending"] + info["num_ack_pending"] == 500


async def test_stopping_while_the_sink_is_away_gives_back(settings: ConsumerSettings) -> None:
    sink = FakeSink(away=1_000_000)
    impatient = settings.model_copy(update={"drain_seconds": 0.3})
    await fill(settings, run_messages(n_events=40, per_message=8))
    async with running(impatient, sink) as consumer:
        await until(lambda: "clickhouse" in consumer.readiness.missing)
    sink.away = 0
    async with running(settings, sink):
        await all_stored(settings.nats_url, timeout_seconds=1.5)
    assert len(sink.rows["events"]) == 40


async def test_a_stop_ends_the_wait_for_a_server() -> None:
    """Neither NATS nor ClickHouse has to be there for the process to end."""
    async with running(ConsumerSettings(nats_url="nats://127.0.0.1:1"), FakeSink()):
        await asyncio.sleep(0.2)


async def test_an_exclusive_consumer_takes_over_at_once(settings: ConsumerSettings) -> None:
    """What a killed predecessor held does not wait for ack_wait."""
    await fill(settings, run_messages(n_events=40, per_message=8))
    async with connected(settings.nats_url) as predecessor:
        inbox = await predecessor.subscribe("dead.predecessor")
        await predecessor.publish(
            "$JS.API.CONSUMER.MSG.NEXT.BENCH_EVENTS.benchwire-consumer",
            b'{"batch":5}',
            reply="dead.predecessor",
        )
        for _ in range(5):
            await inbox.next_msg()
    sink = FakeSink()
    patient = settings.model_copy(update={"ack_wait_seconds": 300.0, "exclusive": True})
    async with running(patient, sink):
        await until(lambda: len(sink.rows.get("events", [])) == 40, timeout_seconds=5)


async def test_the_brake_stops_consuming_mostly_garbage(settings: ConsumerSettings) -> None:
    sink = FakeSink()
    held = settings.model_copy(update={"brake_dead_letters_min": 20, "fetch_messages_max": 10})
    garbage = [
        WireMessage("bench.events.a.b.c.d", b"g" * 600_000, f"g/{number}", 0)
        for number in range(100)
    ]
    await fill(settings, garbage)
    async with running(held, sink) as consumer:
        await until(lambda: "brake" in consumer.readiness.missing)
        await asyncio.sleep(0.5)
        assert not consumer.readiness.is_ready
    assert 20 <= len(sink.rows["dead_letters"]) < 100
    assert (await _durable_info(settings))["num_pending"] > 0


async def test_health_tells_readiness_and_counts(settings: ConsumerSettings) -> None:
    sink = FakeSink()
    n_events = await fill(settings, run_messages(n_events=50, per_message=10))
    async with running(settings.model_copy(update={"health_port": 0}), sink) as consumer:
        await all_stored(settings.nats_url, timeout_seconds=30)
        await until(lambda: consumer.health_port is not None)
        url = f"http://127.0.0.1:{consumer.health_port}"
        assert await asyncio.to_thread(_get, f"{url}/readyz") == '{"status":"ready"}'
        page = await asyncio.to_thread(_get, f"{url}/metrics")
    assert f"benchwire_consumer_events_inserted_total {n_events}.0" in page
    assert "benchwire_consumer_messages_acknowledged_total 5.0" in page


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
        text: str = answer.read().decode()
    return text
