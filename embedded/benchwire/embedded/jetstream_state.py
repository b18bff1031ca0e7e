"""Ask JetStream how much is in the stream and how much of it the consumer has stored."""

import asyncio
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from benchwire.consumer.streams import DEAD_LETTERS_STREAM, DURABLE, EVENTS_STREAM

Answer = TypeVar("Answer")

CONNECT_SECONDS = 2.0
POLL_SECONDS = 0.005
POLL_SECONDS_MAX = 0.1


@dataclass(frozen=True, slots=True)
class StreamState:
    """A moment of the events stream and its durable; None where something does not exist yet."""

    messages: int
    bytes: int
    last_sequence: int
    stored_sequence: int | None
    """Everything up to here is acknowledged, so stored."""
    pending: int | None
    ack_pending: int | None
    dead_letter_messages: int


def read_state(nats_url: str) -> StreamState | None:
    """Return the state now, or None when the server or the stream cannot be asked."""
    return _awaited(_once(nats_url))


def wait_stored(nats_url: str, timeout_seconds: float) -> bool:
    """Wait until everything in the stream at the time of the call is stored."""
    return _awaited(_wait_stored(nats_url, timeout_seconds))


def _awaited(question: Coroutine[Any, Any, Answer]) -> Answer:
    """Run to the end; in a thread for who asks from within an event loop, having lost the engines.

    Only then: Ctrl-C ends an event loop at once, but waits for a thread.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(question)
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, question).result()


async def _once(nats_url: str) -> StreamState | None:
    connection = await _connect(nats_url)
    if connection is None:
        return None
    try:
        return await _state(_jetstream(connection))
    finally:
        await connection.close()


async def _wait_stored(nats_url: str, timeout_seconds: float) -> bool:
    deadline = time.monotonic() + timeout_seconds
    target: int | None = None
    connection: Client | None = None
    pause = POLL_SECONDS
    try:
        while True:
            if connection is None or connection.is_closed:
                connection = await _connect(nats_url)
            state = None if connection is None else await _state(_jetstream(connection))
            if state is not None:
                target = state.last_sequence if target is None else target
                if _is_stored(state, target):
                    return True
            if time.monotonic() >= deadline:
                return False
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, POLL_SECONDS_MAX)
    finally:
        if connection is not None:
            await connection.close()


def _is_stored(state: StreamState, target: int) -> bool:
    if state.stored_sequence is None:
        return False
    # Nothing pending covers a stream whose last messages were purged.
    return state.stored_sequence >= target or (state.pending == 0 and state.ack_pending == 0)


async def _connect(nats_url: str) -> Client | None:
    try:
        return await nats.connect(  # pyright: ignore[reportUnknownMemberType] - nats-py
            nats_url,
            allow_reconnect=False,
            max_reconnect_attempts=1,  # nats-py tries the first connection so often, too
            connect_timeout=CONNECT_SECONDS,
            error_cb=_ignore,
            name="benchwire-status",
        )
    except (NatsError, OSError, TimeoutError):
        return None


def _jetstream(connection: Client) -> JetStreamContext:
    return connection.jetstream()  # pyright: ignore[reportUnknownMemberType] - nats-py


async def _ignore(_error: Exception) -> None:
    """Connection errors of a status request are its answer, not a log line."""


async def _state(jetstream: JetStreamContext) -> StreamState | None:
    try:
        stream = (await jetstream.stream_info(EVENTS_STREAM)).state
    except (NatsError, OSError, TimeoutError):
        return None
    stored = pending = ack_pending = None
    dead_letters = 0
    try:
        durable = await jetstream.consumer_info(EVENTS_STREAM, DURABLE)
        stored = durable.ack_floor.stream_seq if durable.ack_floor is not None else 0
        pending, ack_pending = durable.num_pending, durable.num_ack_pending
    except (NatsError, OSError, TimeoutError):
        pass
    try:
        dead_letters = (await jetstream.stream_info(DEAD_LETTERS_STREAM)).state.messages
    except NotFoundError:
        pass
    except (NatsError, OSError, TimeoutError):
        return None
    return StreamState(
        messages=stream.messages,
        bytes=stream.bytes,
        last_sequence=stream.last_seq,
        stored_sequence=stored,
        pending=pending,
        ack_pending=ack_pending,
        dead_letter_messages=dead_letters,
    )
