"""Examines the stream and how far its consumer is: room, settings, lag, redeliveries, clocks."""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its JetStream calls untyped.

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import ConsumerInfo, StreamInfo

from benchwire.consumer import streams
from benchwire.consumer.checks.nats_server import ANSWER_SECONDS, connect
from benchwire.consumer.settings import MIB, ConsumerSettings
from benchwire.consumer.streams import DURABLE, EVENTS_STREAM
from benchwire.schemas.finding import Finding, fail, ok, skip, span, warn

STREAM, FILL, LAG, REDELIVERED, CLOCK = "stream", "stream fill", "lag", "redeliveries", "clock"
FILL_WARN: Final = 0.8
FILL_FULL: Final = 0.98
"""A full stream refuses whole messages, so it never fills to the last byte."""
CLOCK_WARN_SECONDS: Final = 2.0
CLOCK_FAIL_SECONDS: Final = 300.0
NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class Look:
    """What JetStream said at one moment; None for what does not exist."""

    stream: StreamInfo | None
    durable: ConsumerInfo | None
    ahead_seconds: float | None
    """How far the server's clock is ahead of ours."""
    at: float
    """When, by our clock."""


def look(
    settings: ConsumerSettings, *, now: Callable[[], float] = time.time
) -> Look:  # fmt: skip
    """Ask the server once; raises NatsError, OSError or TimeoutError."""
    return asyncio.run(_look(settings, now))


def stream(seen: Look, settings: ConsumerSettings) -> Iterator[Finding]:
    """Say whether the stream is as configured, and how full."""
    if seen.stream is None:
        yield warn(
            STREAM,
            f"{EVENTS_STREAM} does not exist: events wait in the journals of their producers",
            "the first consumer makes it",
            "benchwire consume",
        )
        return
    wanted = streams.definitions(settings)
    found, state = seen.stream.config, seen.stream.state
    differing = streams.stream_differences(found, wanted.streams[0])
    if seen.durable is not None:
        differing |= streams.durable_differences(seen.durable.config, wanted.durable)
    yield _as_configured(differing)
    limit = found.max_bytes or 0
    share = state.bytes / limit if limit > 0 else 0.0
    shown = f"{state.messages:,} messages, {state.bytes / MIB:,.1f} of {limit / MIB:,.0f} MiB"
    if share >= FILL_FULL:
        yield fail(
            FILL,
            f"{shown}: full, events wait in the journals of their producers",
            "let the consumer catch up (it purges what is stored), or raise the limit",
            f"export BENCHWIRE_STREAM_MAX_BYTES={limit * 2}",
        )
    elif share >= FILL_WARN:
        yield warn(
            FILL,
            f"{shown} ({share:.0%})",
            "see whether the consumer keeps up; a full stream makes producers wait",
            "benchwire status",
        )
    else:
        yield ok(FILL, shown)


def consumer(seen: Look, settings: ConsumerSettings) -> Iterator[Finding]:
    """Say how far the consumer is behind, and what came more than once."""
    if seen.stream is None or seen.durable is None:
        yield skip(LAG, "nobody has consumed yet")
        return
    durable = seen.durable
    pending, held = durable.num_pending or 0, durable.num_ack_pending or 0
    acked = durable.ack_floor.last_active if durable.ack_floor is not None else None
    ago = None if acked is None else max(0.0, seen.at - acked.timestamp())
    last = (
        "nothing acknowledged since the server started"
        if ago is None
        else f"last acknowledgement {span(ago)} ago"
    )
    behind = f"{pending:,} messages not fetched, {held:,} being stored; {last}"
    if not pending and not held:
        yield ok(LAG, f"none: everything is stored; {last}")
    elif ago is None or ago > settings.ack_wait_seconds:
        yield fail(LAG, behind, "see what the consumer waits for", "benchwire status")
    else:
        yield ok(LAG, behind)
    again = durable.num_redelivered or 0
    if again:
        yield warn(
            REDELIVERED,
            f"{again:,} messages were delivered again and are not acknowledged yet",
            "harmless if it passes; if not, inserts fail: see the consumer's log",
        )
    else:
        yield ok(REDELIVERED, "none under way")


def clock(ahead_seconds: float | None, whose: str) -> Finding:
    """Compare a server's clock with ours: ages and lag are differences between the two."""
    if ahead_seconds is None:
        return skip(CLOCK, f"{whose} does not tell its time")
    way = "ahead of" if ahead_seconds > 0 else "behind"
    found = f"{whose} is {span(abs(ahead_seconds))} {way} this machine"
    if abs(ahead_seconds) > CLOCK_FAIL_SECONDS:
        return fail(CLOCK, found, "set the clocks (NTP): ages and states of runs are wrong")
    if abs(ahead_seconds) > CLOCK_WARN_SECONDS:
        return warn(CLOCK, found, "set the clocks (NTP): ages and lag are off by that much")
    return ok(CLOCK, f"{whose} agrees within {CLOCK_WARN_SECONDS:g} s")


async def _look(settings: ConsumerSettings, now: Callable[[], float]) -> Look:
    client = await connect(settings.nats_url, settings.nats_credentials, [])
    try:
        began = now()
        found = await _ask(client, f"STREAM.INFO.{EVENTS_STREAM}")
        middle = (began + now()) / 2
        durable = await _ask(client, f"CONSUMER.INFO.{EVENTS_STREAM}.{DURABLE}")
    finally:
        await client.close()
    server = None if found is None else _moment(found.get("ts"))
    return Look(
        stream=None if found is None else StreamInfo.from_response(found),
        durable=None if durable is None else ConsumerInfo.from_response(durable),
        ahead_seconds=None if server is None else server - middle,
        at=middle if server is None else server,
    )


async def _ask(client: Client, request: str) -> dict[str, Any] | None:
    """Ask JetStream's API as it is: nats-py drops the server's time from its answers."""
    answer = await client.request(f"$JS.API.{request}", timeout=ANSWER_SECONDS)
    found: dict[str, Any] = json.loads(answer.data)
    error = found.get("error")
    if error is None:
        return found
    if error.get("code") == NOT_FOUND:
        return None
    raise NatsError(f"{request}: {error.get('description')}")


def _moment(text: str | None) -> float | None:
    if not text:
        return None
    # Nanoseconds are more than Python reads.
    whole, _, fraction = text.rstrip("Z").partition(".")
    moment = datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}")
    return moment.replace(tzinfo=UTC).timestamp()


def _as_configured(differing: dict[str, tuple[Any, Any]]) -> Finding:
    if not differing:
        return ok(STREAM, f"{EVENTS_STREAM} and {DURABLE} are as configured")
    shown = ", ".join(f"{name} is {old}, not {new}" for name, (old, new) in differing.items())
    return warn(
        STREAM,
        f"{EVENTS_STREAM} differs from the configuration: {shown}",
        "the consumer changes what NATS lets it change when it starts; see its log",
    )
