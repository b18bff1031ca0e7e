"""The checks of server mode: the NATS and the ClickHouse server that the settings name."""

import logging
from collections.abc import Iterator

from benchwire.cli.doctor_pipeline import stored, stream
from benchwire.consumer.checks import clickhouse, database, nats_server
from benchwire.consumer.settings import ConsumerSettings
from benchwire.producer.settings import ProducerSettings
from benchwire.schemas.finding import Finding, Group, findings_of, grouped, skip


def servers(producer: ProducerSettings, consumer: ConsumerSettings) -> Iterator[Group]:
    """Examine each server; a role that is not configured here is not tried."""
    yield _nats(producer, consumer)
    if consumer.clickhouse_url is None:
        why = "BENCHWIRE_CLICKHOUSE_URL is not set: this machine produces and does not consume"
        yield Group("clickhouse server", [skip("clickhouse server", why)])
    else:
        yield from _clickhouse(consumer, consumer.clickhouse_url.get_secret_value())


def _nats(producer: ProducerSettings, consumer: ConsumerSettings) -> Group:
    url = producer.nats_url or consumer.nats_url
    credentials = consumer.nats_credentials
    consumes = consumer.clickhouse_url is not None
    settings = consumer.model_copy(update={"nats_url": url})
    there = grouped("nats server", (nats_server.SERVER, lambda: nats_server.reachable(url)))
    if all(finding.status != "ok" for finding in there.findings):
        return there
    login = grouped(
        "nats server",
        (nats_server.SERVER, lambda: nats_server.usable(url, credentials, consumes=consumes)),
    )
    found = [*there.findings, *login.findings]
    if any(each.status == "fail" and each.check == nats_server.SERVER for each in login.findings):
        return Group("nats server", found)
    return Group("nats server", [*found, *findings_of("stream", lambda: stream(settings))])


def _clickhouse(consumer: ConsumerSettings, url: str) -> Iterator[Group]:
    there = grouped("clickhouse server", (clickhouse.SERVER, lambda: clickhouse.reachable(url)))
    if there.failed:
        yield there
        return
    # The driver logs what it raises, too; here it is a finding.
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
    sink = clickhouse.open_sink(url, consumer.insert_timeout_seconds)
    try:
        login = findings_of(clickhouse.SERVER, lambda: clickhouse.usable(sink, url))
        yield Group("clickhouse server", [*there.findings, *login])
        if not _database_is_there(login):
            return
        settings = findings_of(database.SETTINGS, lambda: database.insert_settings(sink))
        yield Group("stored", [*settings, *stored(sink).findings])
    finally:
        sink.close()


def _database_is_there(login: list[Finding]) -> bool:
    return any(each.check == clickhouse.DATABASE and each.status == "ok" for each in login)
