"""The HTTP sink tells a server that is away from rows that are wrong."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from tests.support.faulty_proxy import Fault, FaultyProxy
from tests.support.nats import free_port
from tests.support.served_endpoint import ServedEndpoint
from tests.support.writable_endpoint import writable_endpoint

from benchwire.consumer import migrations, server_version
from benchwire.consumer.checks import clickhouse as checks
from benchwire.consumer.clickhouse_sink import ClickHouseSink
from benchwire.consumer.server_version import ServerTooOld, is_older
from benchwire.consumer.sink import INSERT_SETTINGS, SinkUnavailable

if TYPE_CHECKING:
    from benchwire.embedded.store import ChdbStore


@pytest.fixture
def server(chdb_store: "ChdbStore") -> Iterator[ServedEndpoint]:
    with writable_endpoint(chdb_store) as made:
        yield made


@pytest.fixture
def way(server: ServedEndpoint, request: pytest.FixtureRequest) -> Iterator[FaultyProxy]:
    """What lies between the sink and the server."""
    with FaultyProxy(server.url(f"http_{abs(hash(request.node.name))}")) as made:
        yield made


@pytest.fixture
def sink(way: FaultyProxy) -> Iterator[ClickHouseSink]:
    made = ClickHouseSink(way.url, timeout_seconds=5.0)
    made.command("CREATE TABLE events (seq UInt64) ENGINE = ReplacingMergeTree ORDER BY seq")
    yield made
    made.close()


def test_the_database_is_made_when_it_is_missing(sink: ClickHouseSink) -> None:
    assert sink.query("SELECT count() FROM events") == [(0,)]


def test_every_insert_carries_the_settings(sink: ClickHouseSink, way: FaultyProxy) -> None:
    sink.insert("events", b'{"seq":1}')
    assert INSERT_SETTINGS.items() <= way.requests[-1].items()


@pytest.mark.parametrize("fault", ["drop", "drop_after", "error_503", "memory"])
def test_a_fault_on_the_way_means_try_again(
    sink: ClickHouseSink, way: FaultyProxy, fault: Fault
) -> None:
    way.faults = [fault] * 3  # the driver itself tries twice when it is hung up on
    with pytest.raises(SinkUnavailable):
        sink.insert("events", b'{"seq":1}')
    way.faults.clear()
    sink.insert("events", b'{"seq":1}')
    assert sink.query("SELECT count() FROM events FINAL") == [(1,)]


@pytest.mark.parametrize("fault", ["drop", "error_503", "memory"])
def test_a_statement_during_a_fault_means_try_again(
    sink: ClickHouseSink, way: FaultyProxy, fault: Fault
) -> None:
    way.faults = [fault] * 3  # the driver itself tries twice when it is hung up on
    with pytest.raises(SinkUnavailable):
        sink.command("SELECT 1")
    way.faults.clear()
    assert sink.query("SELECT 1") == [(1,)]


def test_a_server_that_was_never_there_is_away() -> None:
    sink = ClickHouseSink(f"http://u:s3cret@127.0.0.1:{free_port()}/db", timeout_seconds=1.0)
    with pytest.raises(SinkUnavailable) as refused:
        sink.insert("events", b'{"seq":1}')
    assert "s3cret" not in str(refused.value)
    sink.close()


def test_the_shipped_sql_applies_over_http(server: ServedEndpoint) -> None:
    sink = ClickHouseSink(server.url("http_migrated"), timeout_seconds=30.0)
    assert migrations.apply(sink)
    assert migrations.apply(sink) == []
    sink.close()


def test_an_older_server_is_refused_before_anything_is_done(
    server: ServedEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else an insert would fail with an unknown setting, and a view with a syntax error."""
    monkeypatch.setattr(server_version, "VERSION_MIN", (99, 1))
    sink = ClickHouseSink(server.url("older"), timeout_seconds=5.0)
    for use in (lambda: migrations.apply(sink), lambda: sink.insert("events", b"{}")):
        with pytest.raises(ServerTooOld, match=r"version 26\..* 99\.1 is the oldest"):
            use()
    (found,) = checks.usable(sink, server.url("older"))
    assert (found.status, found.fix) == ("fail", "use 99.1 or newer; all SQL is tested on 26.9")


@pytest.mark.parametrize(
    ("version", "is_too_old"),
    [("26.4.1.1139", False), ("26.10.1.1", False), ("26.3.9.1", True), ("25.12.3.21-lts", True)],
)
def test_versions_are_compared_by_year_and_month(version: str, is_too_old: bool) -> None:  # noqa: FBT001 - a column of the table above
    assert is_older(version, server_version.VERSION_MIN) == is_too_old
