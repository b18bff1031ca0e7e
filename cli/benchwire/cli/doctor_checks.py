"""Puts the checks of every role in order, and hands each what those before have found out."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from benchwire.cli.doctor_pipeline import pipeline
from benchwire.cli.installation import encoding, packages, python_version
from benchwire.cli.settings_report import variables
from benchwire.consumer.settings import ConsumerSettings
from benchwire.embedded.checks import data_directory, engines, owner
from benchwire.embedded.daemon import running_daemon
from benchwire.embedded.data_directory import DataDirectory
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.producer import checks as journal
from benchwire.producer.settings import ProducerSettings
from benchwire.schemas.finding import Finding, Group, grouped, skip

BY_URL: Final = "this machine works with servers, by URL"


@dataclass(frozen=True, slots=True)
class Examination:
    """What is examined, and how far the checks may go."""

    producer: ProducerSettings
    consumer: ConsumerSettings
    embedded: EmbeddedSettings
    offline: bool
    announce: Callable[[str], None]

    @property
    def on_servers(self) -> bool:
        """Whether this machine works with servers by URL instead of engines of its own."""
        return self.producer.nats_url is not None or self.consumer.clickhouse_url is not None


def examine(what: Examination) -> Iterator[Group]:
    """Yield group after group, each when it is finished."""
    data, journal_dir = DataDirectory(what.embedded.data_dir), what.producer.journal_dir
    yield grouped(
        "installation",
        ("python", python_version),
        ("packages", packages),
        ("variables", variables),
        ("terminal", lambda: encoding(sys.stdout, "standard output")),
    )
    place = grouped(
        "data directory",
        (data_directory.DIRECTORY, lambda: data_directory.directory(data)),
        (data_directory.ACCESS, lambda: data_directory.access(data)),
        (data_directory.FILE_SYSTEM, lambda: data_directory.file_system(data)),
        (data_directory.SYNC, lambda: data_directory.fsync(data)),
        (
            data_directory.SPACE,
            lambda: data_directory.free_space(data, what.consumer.stream_max_bytes),
        ),
    )
    yield place
    yield grouped(
        "journal",
        (journal.ROOM, lambda: journal.journal_room(journal_dir)),
        (journal.BACKLOG, lambda: journal.journal_segments(journal_dir)),
    )
    yield from _engines(what, data, usable=not place.failed)
    if what.on_servers:
        # The drivers of the servers belong to roles that need not be installed.
        from benchwire.cli.doctor_servers import servers  # noqa: PLC0415

        yield from servers(what.producer, what.consumer)


def _engines(what: Examination, data: DataDirectory, *, usable: bool) -> Iterator[Group]:
    """Examine engines and owner, then the pipeline if it runs or may be started."""
    found = running_daemon(what.embedded)
    if what.on_servers and found is None and not data.store.exists():
        tried = Group("engines", [skip("engines", f"not needed: {BY_URL}")])
    elif not usable:
        tried = Group("engines", [skip("engines", "not tried before the directory is usable")])
    else:
        tried = grouped(
            "engines",
            (engines.NATS, engines.nats_server),
            (engines.CHDB, lambda: engines.chdb(data, open_store=not what.offline)),
        )
    who = grouped(
        "engines",
        (owner.OWNER, lambda: owner.owner(data)),
        (owner.ORPHAN, lambda: owner.orphan(data)),
        (owner.PORTS, lambda: owner.ports(what.embedded, found)),
    )
    both = Group("engines", [*tried.findings, *who.findings])
    yield both
    reason = "" if found is not None else _why_not_started(what, data, both)
    if reason:
        yield Group("pipeline", [skip("pipeline", reason)])
        return
    if found is None:
        what.announce("starting the engines for the other checks (--offline leaves them alone)")
    yield from pipeline(what.embedded, what.consumer, what.announce, was_running=found is not None)


def _why_not_started(what: Examination, data: DataDirectory, tried: Group) -> str:
    """Say why what the engines hold is not looked at; empty if it is."""
    pending: list[Finding] = [
        each for each in tried.findings if each.check == "migrations" and each.status != "ok"
    ]
    if what.offline:
        return "not looked at: --offline starts nothing"
    if not data.store.exists():
        return "nothing is stored yet; `benchwire demo` makes something to look at"
    if what.on_servers:
        return f"not started: {BY_URL}"
    if tried.failed:
        return "not started before the failures above are mended"
    if pending:
        return "not started: that would apply the pending migrations"
    return ""
