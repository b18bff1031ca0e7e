"""Start all engines of one data directory in order, and stop them in the reverse one.

The caller holds the directory's lock. nats-server starts first and comes up while the half
gigabyte of chDB is loaded; the registration is written last, when everything answers.
"""

import contextlib
import importlib.metadata
import os
import secrets
import time
from datetime import UTC, datetime
from typing import Any

import structlog

from benchwire.consumer import migrations
from benchwire.consumer.price_book import load_book, load_price_books
from benchwire.consumer.price_file import parse_prices
from benchwire.consumer.settings import ConsumerSettings
from benchwire.embedded import jetstream_state, status
from benchwire.embedded.chdb_sink import ChdbSink
from benchwire.embedded.consumer_thread import ConsumerThread
from benchwire.embedded.data_directory import DataDirectory
from benchwire.embedded.endpoint.app import EndpointApp
from benchwire.embedded.endpoint.execution import QueryRunner
from benchwire.embedded.endpoint.limits import QueryLimits
from benchwire.embedded.endpoint.presence import Presence
from benchwire.embedded.endpoint.server import EndpointServer
from benchwire.embedded.engine_watch import EngineWatch
from benchwire.embedded.nats_launch import launch_nats
from benchwire.embedded.nats_process import read_info
from benchwire.embedded.ports import RememberedPorts
from benchwire.embedded.registration import (
    Registration,
    Role,
    remove_registration,
    write_registration,
)
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.embedded.store import ChdbStore

QUERY_GRACE_SECONDS = 2.0
REPORTS_SECONDS = 20.0
"""How long a start waits for the rows that reports read; after an upgrade all are made anew."""
TOKEN_BYTES = 24

log = structlog.get_logger("benchwire.embedded")


class Engines:
    """nats-server, store, consumer and SQL endpoint of one data directory."""

    def __init__(self, settings: EmbeddedSettings, *, role: Role, command: str) -> None:
        self._settings = settings
        self._data = DataDirectory(settings.data_dir)
        self._undo = contextlib.ExitStack()
        self._began = time.monotonic()
        self.presence = Presence()
        token = settings.sql_token.get_secret_value() if settings.sql_token else ""
        self._identity: dict[str, Any] = {
            "pid": os.getpid(),
            "role": role,
            "command": command,
            "instance_id": secrets.token_hex(8),
            "token": token or secrets.token_urlsafe(TOKEN_BYTES),
            "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "version": importlib.metadata.version("benchwire"),
        }
        self.registration: Registration | None = None

    def start(self) -> Registration:
        """Start everything; on any error what was started is stopped again."""
        try:
            self._start()
        except BaseException:
            self._undo.close()
            raise
        assert self.registration is not None
        return self.registration

    def stop(self, query_grace_seconds: float = QUERY_GRACE_SECONDS) -> None:
        """Stop everything in order; running queries get a moment, then they are cancelled."""
        if self.registration is not None:
            remove_registration(self._data.registration, self.registration.instance_id)
        self.presence.close_when_alone(query_grace_seconds)
        self._undo.close()

    def status(self) -> dict[str, Any]:
        """Describe the engines, the stream, the store and the disk."""
        assert self.registration is not None
        registration = self.registration
        info = read_info(self._nats.config.port) or {}
        return {
            "role": registration.role,
            "pid": registration.pid,
            "version": registration.version,
            "started_at": registration.started_at,
            "uptime_seconds": round(time.monotonic() - self._began, 1),
            "data_dir": str(self._data.root),
            "nats_url": registration.nats_url,
            "sql_url": registration.sql_url,
            "engines": {
                "nats": {
                    "version": info.get("version"),
                    "pid": self._nats.pid,
                    "restarts": self._nats.restarts_total,
                    "ready": self._nats.is_ready,
                },
                "store": {"version": self._store.engine_version, "ready": True},
                "consumer": self._consumer.describe(),
            },
            "stream": status.stream_fields(jetstream_state.read_state(registration.nats_url)),
            "stored": status.stored_counts(self._store),
            "disk": status.disk_fields(self._data),
            "attached_commands": self.presence.leases,
            "running_queries": self.presence.queries,
        }

    @property
    def failure(self) -> str | None:
        """What the store's engine says instead of answering; None while it works."""
        return self._watch.failure

    def wait_stored(self, timeout_seconds: float) -> bool:
        """Wait until everything published so far is stored and reports tell of it."""
        deadline = time.monotonic() + timeout_seconds
        if not jetstream_state.wait_stored(self._nats.config.url, timeout_seconds):
            return False
        return self._consumer.wait_refreshed(max(0.0, deadline - time.monotonic()))

    def apply_prices(self, text: str, name: str) -> bool:
        """Put a price book in the place of the override; an empty text ends it.

        Waits a moment for the rows that reports read; `status` says how many runs lag after that.
        """
        prices = parse_prices(text, name) if text else []
        sink = ChdbSink(self._store)
        try:
            changed = load_book(sink, "override", "command", prices)
        finally:
            sink.close()
        if changed:
            self._consumer.sweep_soon()
            self._consumer.wait_refreshed(REPORTS_SECONDS)
        return changed

    def _start(self) -> None:
        self._data.create()
        name = f"benchwire-{self._identity['instance_id']}"
        self._nats = launch_nats(self._settings, self._data, name)
        self._undo.callback(self._nats.stop)
        self._store = ChdbStore.open(self._data.store, self._data.engine_config)
        self._undo.callback(self._store.close)
        self._watch = EngineWatch(lambda: self._store.control("SELECT 1"))
        sink = ChdbSink(self._store)
        self._undo.callback(sink.close)
        migrations.apply(sink)
        load_price_books(sink, ConsumerSettings().price_book)
        self._nats.wait_ready(self._settings.start_timeout_seconds)
        self._consumer = ConsumerThread(self._consumer_settings(), sink)
        self._consumer.start()
        self._undo.callback(self._stop_consumer)
        server = self._serve()
        if not self._consumer.wait_refreshed(REPORTS_SECONDS):
            log.warning("reports_incomplete", **self._consumer.describe())
        self.registration = Registration(
            **self._identity, nats_url=self._nats.config.url, sql_url=server.url
        )
        write_registration(self._data.registration, self.registration)
        self._watch.start()
        self._undo.callback(self._watch.stop)
        log.info(
            "engines_started",
            nats_url=self.registration.nats_url,
            sql_url=self.registration.sql_url,
            seconds=round(time.monotonic() - self._began, 2),
        )

    def _serve(self) -> EndpointServer:
        settings = self._settings
        limits = QueryLimits(
            seconds=settings.query_seconds,
            seconds_max=settings.query_seconds_max,
            memory_bytes_max=settings.query_memory_bytes_max,
            result_bytes_max=settings.query_result_bytes_max,
            threads_max=os.cpu_count() or 1,
        )
        app = EndpointApp(
            store=self._store,
            runner=QueryRunner(self._store, limits),
            operations=self,
            presence=self.presence,
            token=self._identity["token"],
            instance_id=self._identity["instance_id"],
            queries_concurrent_max=settings.queries_concurrent_max,
            held_bytes_max=settings.query_result_bytes_max,
        )
        self._undo.callback(app.shutdown)
        port = RememberedPorts(self._data.ports).choose("sql", asked=settings.sql_port)
        server = EndpointServer(app.application(), port)
        server.start()
        self._undo.callback(server.stop)
        self._undo.callback(app.cancel_running)
        return server

    def _consumer_settings(self) -> ConsumerSettings:
        # The lock makes this the only consumer; what a killed one held is taken over at once.
        return ConsumerSettings(nats_url=self._nats.config.url, exclusive=True)

    def _stop_consumer(self) -> None:
        waited = self._settings.stop_timeout_seconds
        if not self._consumer.stop(waited):
            log.warning("consumer_stop_waits", after_seconds=waited)
            # The store must not close under an insert; the stream redelivers what is left.
            self._consumer.stop(None)
