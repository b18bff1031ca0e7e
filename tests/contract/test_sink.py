"""What every sink must do: the consumer's guarantees rest on these lines."""

import contextlib
import uuid
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

from benchwire.consumer.clickhouse_sink import ClickHouseSink
from benchwire.consumer.dead_letters import DeadLetter, table_rows
from benchwire.consumer.sink import (
    RowsRefused,
    Sink,
    SinkUnavailable,
    StatementFailed,
    verify_insert_settings,
)

if TYPE_CHECKING:
    from benchwire.embedded.store import ChdbStore

TABLE = """
CREATE TABLE events
(
    run_id UUID,
    ts DateTime64(6, 'UTC'),
    seq UInt64,
    step_id Nullable(String),
    data String
)
ENGINE = ReplacingMergeTree
ORDER BY (run_id, seq)
"""
RUN_ID = "01920000-0000-7000-8000-000000000001"


@pytest.fixture(params=["chdb", "http"])
def sink(request: pytest.FixtureRequest, chdb_store: "ChdbStore") -> Iterator[Sink]:
    """Each implementation with an empty database; another one is another parameter."""
    made = SINKS[request.param](chdb_store)
    with made as one:
        one.command(TABLE)
        yield one
        one.close()


@contextlib.contextmanager
def chdb_sink(store: "ChdbStore") -> Generator[Sink]:
    """The embedded sink: streams into the engine of this process."""
    from tests.support.chdb import fresh_sink  # noqa: PLC0415 - loads the engine

    yield fresh_sink(store)


@contextlib.contextmanager
def http_sink(store: "ChdbStore") -> Generator[Sink]:
    """The sink of server mode: clickhouse-connect, against the same engine behind the endpoint."""
    from tests.support.writable_endpoint import writable_endpoint  # noqa: PLC0415 - as above

    with writable_endpoint(store) as server:
        yield ClickHouseSink(server.url(f"http_{uuid.uuid4().hex}"), timeout_seconds=30.0)


SINKS = {"chdb": chdb_sink, "http": http_sink}


def row(seq: int, data: bytes = b'{"a":[1,{"b":null}]}') -> bytes:
    return (
        b'{"run_id":"%b","ts":"2026-10-01T12:00:00.123456Z","seq":%d,"step_id":null,"data":%b}'
        % (RUN_ID.encode(), seq, data)
    )


def count(sink: Sink) -> int:
    return int(sink.query("SELECT count() FROM events")[0][0])


def test_rows_are_stored_when_insert_returns(sink: Sink) -> None:
    sink.insert("events", row(1) + b"\n" + row(2))
    assert count(sink) == 2


def test_blank_lines_around_rows_are_nothing(sink: Sink) -> None:
    sink.insert("events", b"\n" + row(1) + b"\n\n" + row(2) + b"\n")
    assert count(sink) == 2


def test_a_nested_object_is_stored_as_its_text(sink: Sink) -> None:
    sink.insert("events", row(1, data=b'{"z":1.50,"a":"\\u00e9\\n"}'))
    assert sink.query("SELECT data FROM events") == [('{"z":1.50,"a":"\\u00e9\\n"}',)]


def test_an_insert_that_is_repeated_replaces_itself(sink: Sink) -> None:
    sink.insert("events", row(1))
    sink.insert("events", row(1))
    assert sink.query("SELECT count() FROM events FINAL") == [(1,)]


@pytest.mark.parametrize(
    "bad",
    [
        b"not json",
        b'{"seq":-1}',
        b'{"seq":1.5}',
        b'{"run_id":"nonsense"}',
        b'{"unknown":1}',
        b'{"seq":1,"seq":2}',
        b'{"ts":"yesterday"}',
    ],
)
def test_a_bad_row_refuses_all_rows_of_the_insert(sink: Sink, bad: bytes) -> None:
    with pytest.raises(RowsRefused):
        sink.insert("events", row(1) + b"\n" + bad + b"\n" + row(2))
    assert count(sink) == 0


def test_rows_that_parse_and_are_refused_later_refuse_the_insert(sink: Sink) -> None:
    """The engine's own streaming insert says that such rows were written."""
    sink.command("ALTER TABLE events ADD CONSTRAINT poison CHECK seq != 2")
    with pytest.raises(RowsRefused):
        sink.insert("events", row(1) + b"\n" + row(2))
    assert count(sink) == 0


@pytest.mark.parametrize(
    "limit", ["min_free_disk_bytes_to_perform_insert = 1e15", "max_parts_in_total = 1"]
)
def test_a_server_without_room_is_away(sink: Sink, limit: str) -> None:
    """A full disk, or more parts than merges can follow, must not be acknowledged."""
    sink.insert("events", row(1))
    sink.command(f"ALTER TABLE events MODIFY SETTING {limit}")
    with pytest.raises(SinkUnavailable):
        sink.insert("events", row(2))
    assert count(sink) == 1


def test_a_sink_works_after_it_refused_rows(sink: Sink) -> None:
    with pytest.raises(RowsRefused):
        sink.insert("events", b"nonsense")
    sink.insert("events", row(1))
    assert count(sink) == 1


def test_a_missing_table_is_not_the_rows_fault(sink: Sink) -> None:
    with pytest.raises(SinkUnavailable):
        sink.insert("no_such_table", row(1))


def test_a_wrong_statement_is_told_apart(sink: Sink) -> None:
    with pytest.raises(StatementFailed):
        sink.command("CREATE NONSENSE")
    with pytest.raises(StatementFailed):
        sink.query("SELECT nonsense FROM events")


def test_the_settings_of_an_insert_can_be_read_back(sink: Sink) -> None:
    verify_insert_settings(sink)


def test_large_integers_come_back_exactly(sink: Sink) -> None:
    rows = sink.query("SELECT toUInt64(18446744073709551615), 'é', NULL")
    assert rows == [(2**64 - 1, "é", None)]


def test_a_query_without_rows_gives_none(sink: Sink) -> None:
    assert sink.query("SELECT seq FROM events") == []


def test_any_bytes_of_a_dead_letter_are_kept(sink: Sink) -> None:
    sink.command(
        "CREATE TABLE dead_letters (stream String, stream_seq UInt64, line_no UInt32, "
        "subject String, reason String, detail String, raw String, state String, "
        "state_at DateTime64(6, 'UTC'), state_version UInt64, "
        "received_at DateTime64(6, 'UTC'), consumer String) "
        "ENGINE = ReplacingMergeTree(state_version) ORDER BY (stream, stream_seq, line_no)"
    )
    raws = [b"", bytes(range(256)), b"\xed\xa0\x80 lone surrogate", "é".encode(), b'{"a": 1}']
    at = "2026-10-01T12:00:00.123456Z"
    letters = [
        DeadLetter("BENCH_EVENTS", 1, number, "bench.events.a", "not_json", "d", raw, at)
        for number, raw in enumerate(raws)
    ]
    sink.insert("dead_letters", table_rows(letters, "consumer-1"))
    stored = sink.query("SELECT hex(raw) FROM dead_letters ORDER BY line_no")
    assert [bytes.fromhex(str(text)) for (text,) in stored] == raws


def test_closing_twice_is_harmless(sink: Sink) -> None:
    sink.close()
    sink.close()
