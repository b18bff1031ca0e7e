"""Hears the commands for an experiment while a job runs, wherever its NATS server is by then.

A thread of its own: it finds the server as the publisher does, subscribes, and then asks for
the last command the stream keeps, so that none is missed while there was no connection.
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import Any, Final, Self

from benchwire.producer.discovery import nats_urls
from benchwire.producer.fork import importing
from benchwire.producer.log import log_warning
from benchwire.producer.runner.control import CONTROL_STREAM, control_subject
from benchwire.producer.settings import ProducerSettings

RETRY_SECONDS: Final = 1.0
CONNECT_SECONDS_MAX: Final = 3.0
REQUEST_SECONDS_MAX: Final = 2.0
PING_SECONDS: Final = 10
CLOSE_SECONDS_MAX: Final = 3.0


class ControlListener:
    """Hands every command for an experiment to ``receive``, while its block runs."""

    def __init__(
        self, settings: ProducerSettings, experiment_id: str, receive: Callable[[bytes], None]
    ) -> None:
        self._settings = settings
        self._subject = control_subject(experiment_id)
        self._receive = receive
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="benchwire-control", daemon=True)
        self.listening = threading.Event()
        """Set once commands arrive."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(CLOSE_SECONDS_MAX)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._listen())
        finally:
            self._loop.close()

    async def _listen(self) -> None:
        while not self._closing.is_set():
            urls = nats_urls(self._settings.nats_url, self._settings.data_dir)
            if urls:
                # nats-py has many ways to say that nobody is there; all of them end here.
                with contextlib.suppress(Exception):
                    await self._listen_at(urls)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), RETRY_SECONDS)

    async def _listen_at(self, urls: list[str]) -> None:
        lost = asyncio.Event()
        async with connected(urls, self._settings, lost) as client:

            async def receive(message: Any) -> None:
                await self._hand_over(message.data)

            await client.subscribe(self._subject, cb=receive)
            await client.flush()
            await self._hand_over(await last_command(client, self._subject))
            self.listening.set()
            waits = [asyncio.create_task(event.wait()) for event in (lost, self._closing)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()

    async def _hand_over(self, message: bytes | None) -> None:
        if message is None:
            return
        try:
            await asyncio.to_thread(self._receive, message)
        except Exception as error:  # noqa: BLE001 - the next command must still be heard
            log_warning("command_failed", error_type=type(error).__name__, error=str(error))


async def last_command(client: Any, subject: str) -> bytes | None:
    """The last command on a subject that the stream keeps, if there is one."""
    try:
        reply = await client.request(
            f"$JS.API.DIRECT.GET.{CONTROL_STREAM}.{subject}", b"", timeout=REQUEST_SECONDS_MAX
        )
    except Exception:  # noqa: BLE001 - no stream, no answer: no command
        return None
    status = reply.headers.get("Status") if reply.headers else None
    return None if status is not None else reply.data


@contextlib.asynccontextmanager
async def connected(
    urls: list[str], settings: ProducerSettings, lost: asyncio.Event
) -> AsyncGenerator[Any]:
    """Connect while the block runs; ``lost`` is set when the server went away."""
    with importing():
        from nats.aio.client import Client  # noqa: PLC0415 - 150 ms, paid by the thread

    async def closed() -> None:
        lost.set()

    async def ignore(_error: Exception) -> None:
        """Errors show as a lost connection."""

    client = Client()
    credentials = settings.nats_credentials
    options: dict[str, Any] = {} if credentials is None else {"user_credentials": str(credentials)}
    try:
        await asyncio.wait_for(
            client.connect(  # pyright: ignore[reportUnknownMemberType]
                urls,
                name="benchwire-control",
                allow_reconnect=False,
                connect_timeout=2,
                ping_interval=PING_SECONDS,
                max_outstanding_pings=1,
                error_cb=ignore,
                closed_cb=closed,
                **options,
            ),
            CONNECT_SECONDS_MAX,
        )
        yield client
    finally:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(client.close(), REQUEST_SECONDS_MAX)
