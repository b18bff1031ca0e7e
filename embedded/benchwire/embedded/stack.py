"""Use the engines of a data directory: attach to whoever runs them, or run them for a while.

An attached command holds a lease: a command that owns the engines stays until its leases are
given back, so it never takes them away in the middle of another one's work. When an owner dies
anyway, the attached command looks again and, if need be, becomes the owner itself.
"""

import contextlib
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from benchwire.embedded.client import EndpointClient
from benchwire.embedded.data_directory import DataDirectory
from benchwire.embedded.errors import EnginesBusyError, OwnerGoneError
from benchwire.embedded.registration import (
    DaemonLock,
    LockHolder,
    Registration,
    Role,
    lock_holder,
    read_registration,
)
from benchwire.embedded.settings import EmbeddedSettings

if TYPE_CHECKING:
    from benchwire.embedded.engines import Engines

POLL_SECONDS = 0.05
TRIES_MAX = 3
"""How often a request is made again on other engines when its owner went away."""

Answer = TypeVar("Answer")
Announce = Callable[[str], None]


def _silent(_message: str) -> None:
    """Drop messages for people."""


@contextlib.contextmanager
def open_stack(
    settings: EmbeddedSettings | None = None,
    *,
    catch_up: bool = True,
    announce: Announce = _silent,
) -> Generator["Stack"]:
    """Yield a stack that answers; on leaving, engines that were started for it end.

    With `catch_up`, engines that had to be started first store what an earlier daemon left in the
    stream, so that an answer is complete. `announce` gets sentences for people.
    """
    stack = Stack(settings or EmbeddedSettings(), announce)
    try:
        stack.connect(catch_up=catch_up)
        yield stack
    except BaseException:
        stack.close(wait_for_others=False)
        raise
    stack.close(wait_for_others=True)


class Stack:
    """The engines of one data directory, attached or owned; made by `open_stack`.

    Questions may be put from several threads.
    """

    def __init__(self, settings: EmbeddedSettings, announce: Announce = _silent) -> None:
        self._settings = settings
        self._data = DataDirectory(settings.data_dir)
        self._announce = announce
        self._registration: Registration | None = None
        self._lease: HTTPResponse | None = None
        self._engines: Engines | None = None
        self._lock = DaemonLock(self._data.lock)
        self._looking = threading.Lock()

    @property
    def is_owner(self) -> bool:
        """Whether the engines run in this process."""
        return self._engines is not None

    @property
    def registration(self) -> Registration:
        """Who runs the engines, and how to reach them."""
        return self._known()

    @property
    def nats_url(self) -> str:
        """Where producers publish."""
        return self._known().nats_url

    @property
    def sql_url(self) -> str:
        """Where SQL is answered; the token is in daemon.json."""
        return self._known().sql_url

    def stream(
        self,
        sql: str,
        fmt: str = "JSONCompact",
        params: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> Iterator[bytes]:
        """Yield an answer block by block; `fmt` is any ClickHouse format."""

        def first() -> tuple[bytes, Iterator[bytes]]:
            blocks = EndpointClient(self._known()).query(sql, fmt, params, settings)
            return next(blocks, b""), blocks

        # Only before the first block may another owner be asked: after it, rows would come twice.
        block, blocks = self._retried(first)
        if block:
            yield block
        yield from blocks

    def query(
        self,
        sql: str,
        fmt: str = "JSONCompact",
        params: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> bytes:
        """Return a whole answer in any ClickHouse format."""
        return self._retried(
            lambda: b"".join(EndpointClient(self._known()).query(sql, fmt, params, settings))
        )

    def rows(self, sql: str, params: Mapping[str, str] | None = None) -> list[tuple[Any, ...]]:
        """Return an answer as tuples of JSON values; integers stay integers."""
        body = self.query(sql, "JSONCompact", params)
        return [tuple(row) for row in json.loads(body)["data"]]

    def wait_stored(self, timeout_seconds: float = 30.0) -> bool:
        """Wait until everything published so far is stored; False when the time is over."""
        return self._retried(lambda: EndpointClient(self._known()).wait_stored(timeout_seconds))

    def apply_prices(self, text: str, name: str) -> bool:
        """Put a price book in the place of the override; an empty text ends it."""
        return self._retried(lambda: EndpointClient(self._known()).apply_prices(text, name))

    def status(self) -> dict[str, Any]:
        """Describe engines, stream, store and disk."""
        return self._retried(lambda: EndpointClient(self._known()).status())

    def ensure_running(self) -> None:
        """Make sure that engines run: find or start others when their owner went away."""

        def ask() -> None:
            if not EndpointClient(self._known()).answers():
                raise OwnerGoneError("the process that runs the engines does not answer")

        self._retried(ask)

    def connect(self, *, catch_up: bool = True) -> None:
        """Attach, or take the lock and start the engines; waits for another starter, bounded."""
        deadline = time.monotonic() + self._settings.start_timeout_seconds
        holder = None
        self._data.create()
        while time.monotonic() < deadline:
            if self._attach():
                return
            if self._lock.acquire(this_process("command")):
                self._own(catch_up=catch_up)
                return
            if holder is None and (holder := lock_holder(self._data.lock)) is not None:
                self._announce(f"waiting for the engines of `{holder.command}` (pid {holder.pid})")
            time.sleep(POLL_SECONDS)
        raise busy(self._data, self._settings)

    def close(self, *, wait_for_others: bool) -> None:
        """Give the lease back; end owned engines, after those who use them if asked to."""
        lease, self._lease = self._lease, None
        if lease is not None:
            lease.close()
        engines, self._engines = self._engines, None
        if engines is None:
            return
        try:
            if wait_for_others:
                self._wait_for_others(engines)
        finally:
            engines.stop()
            self._lock.release()

    def _wait_for_others(self, engines: "Engines") -> None:
        others = engines.presence.leases
        if others:
            self._announce(f"done; keeping the engines for {others} other command(s)")
        engines.presence.close_when_alone(None)

    def _attach(self) -> bool:
        registration = read_registration(self._data.registration)
        if registration is None:
            return False
        client = EndpointClient(registration)
        if not client.answers():
            return False
        try:
            self._lease = client.lease()
        except OwnerGoneError:
            return False
        self._registration = registration
        return True

    def _own(self, *, catch_up: bool) -> None:
        # Loads the engines' libraries; an attached command never needs them.
        from benchwire.embedded.engines import Engines  # noqa: PLC0415

        _keep_stdout_clean()
        holder = this_process("command")
        engines = Engines(self._settings, role="command", command=holder.command)
        try:
            self._registration = engines.start()
        except BaseException:
            self._lock.release()
            raise
        self._engines = engines
        timeout = self._settings.catch_up_timeout_seconds
        if catch_up and not engines.wait_stored(timeout):
            self._announce(
                f"events in the stream are not all stored after {timeout:g} s; see benchwire status"
            )

    def _retried(self, ask: Callable[[], Answer]) -> Answer:
        for _ in range(TRIES_MAX - 1):
            asked_of = self._registration
            try:
                return ask()
            except OwnerGoneError:
                if self.is_owner and asked_of is self._registration:
                    raise
                with self._looking:
                    if asked_of is self._registration:
                        self.close(wait_for_others=False)
                        self._announce("the process that ran the engines went away; looking again")
                        self.connect()
        return ask()

    def _known(self) -> Registration:
        if self._registration is None:
            raise OwnerGoneError("not connected", hint="use `with open_stack() as stack:`")
        return self._registration


def _keep_stdout_clean() -> None:
    """Send log lines to standard error, unless the program has said where it wants them."""
    if not structlog.is_configured():
        structlog.configure(
            wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
            logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        )


def this_process(role: Role) -> LockHolder:
    """Describe this process for others who want the engines."""
    words = [word for word in sys.argv[1:3] if not word.startswith("-")]
    return LockHolder(pid=os.getpid(), role=role, command=" ".join(["benchwire", *words[:1]]))


def busy(data: DataDirectory, settings: EmbeddedSettings) -> EnginesBusyError:
    """Return the error for a lock that did not become free."""
    holder = lock_holder(data.lock)
    who = f"`{holder.command}` (pid {holder.pid})" if holder else "another process"
    return EnginesBusyError(
        f"{who} holds the engines of {data.root} and did not answer within "
        f"{settings.start_timeout_seconds:g} s",
        hint="wait for it or end it; or use another data directory (--data-dir)",
    )
