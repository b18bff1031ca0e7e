"""The streams and the durable Benchwire needs, and how they come to exist.

`ensure` may run at any time and from several processes at once: what is missing is created,
what differs is updated where NATS allows it, and what NATS does not let us change is logged.
"""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its JetStream calls untyped.

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import structlog
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import APIError, NotFoundError

from benchwire.consumer.letter_key import STATE_SUBJECTS, SUBJECTS
from benchwire.consumer.settings import MIB, ConsumerSettings
from benchwire.schemas.errors import BenchwireError
from benchwire.schemas.smith import SUBJECTS as SMITH_SUBJECTS
from benchwire.schemas.subject import EVENTS_PREFIX

EVENTS_STREAM: Final = "BENCH_EVENTS"
EVENT_SUBJECTS: Final = (f"{EVENTS_PREFIX}.>", *SMITH_SUBJECTS)
"""What BENCH_EVENTS takes in: our own events, and those of Smith in its own JSON."""
DEAD_LETTERS_STREAM: Final = "BENCH_DEAD_LETTERS"
CONTROL_STREAM: Final = "BENCH_CONTROL"
DURABLE: Final = "benchwire-consumer"
STATES_DURABLE: Final = "benchwire-letter-states"
"""Reads from BENCH_DEAD_LETTERS what became of letters."""

DEAD_LETTERS_BYTES_MAX: Final = (1024 + 64) * MIB
"""Of these, letters leave a sixteenth to what becomes of them (`letter_room.py`)."""
CONTROL_BYTES_MAX: Final = 64 * MIB
STATES_ACK_PENDING_MAX: Final = 1_000
STREAM_BYTES_MIN: Final = 64 * MIB
"""Below this a stream is useless; a server with less room gets an error instead."""
DUPLICATES_SECONDS: Final = 120.0
"""Window in which JetStream recognises a message that is published again."""

_NO_ROOM: Final = 10047
_NAME_IN_USE: Final = 10058
_CONSUMER_EXISTS: Final = 10148
_MAYBE_JUST_CREATED: Final = frozenset({_NAME_IN_USE, _CONSUMER_EXISTS})

log = structlog.get_logger(__name__)


class StreamsUnusable(BenchwireError):  # noqa: N818 - the streams are what is unusable
    """A stream or durable could not be brought into a usable state."""


@dataclass(frozen=True, slots=True)
class Definitions:
    """Every JetStream object Benchwire reads or writes."""

    streams: tuple[StreamConfig, ...]
    durable: ConsumerConfig
    states_durable: ConsumerConfig


def definitions(settings: ConsumerSettings) -> Definitions:
    """Describe the streams and the durable for these settings."""
    return Definitions(
        streams=(
            _stream(settings, EVENTS_STREAM, EVENT_SUBJECTS, settings.stream_max_bytes),
            # One message per subject, and the subject is the key of the dead letter: a
            # redelivery writes the same one again instead of another. Its newest state stands
            # beside it in the same way.
            _stream(
                settings,
                DEAD_LETTERS_STREAM,
                (SUBJECTS,),
                DEAD_LETTERS_BYTES_MAX,
                max_msgs_per_subject=1,
            ),
            _stream(
                settings,
                CONTROL_STREAM,
                ("bench.control.>",),
                CONTROL_BYTES_MAX,
                max_msgs_per_subject=1,
                discard=DiscardPolicy.OLD,
            ),
        ),
        durable=ConsumerConfig(
            name=DURABLE,
            durable_name=DURABLE,
            ack_policy=AckPolicy.EXPLICIT,
            deliver_policy=DeliverPolicy.ALL,
            ack_wait=settings.ack_wait_seconds,
            max_deliver=-1,
            max_ack_pending=settings.max_ack_pending,
        ),
        states_durable=ConsumerConfig(
            name=STATES_DURABLE,
            durable_name=STATES_DURABLE,
            filter_subject=STATE_SUBJECTS,
            ack_policy=AckPolicy.EXPLICIT,
            deliver_policy=DeliverPolicy.ALL,
            ack_wait=settings.ack_wait_seconds,
            max_deliver=-1,
            max_ack_pending=STATES_ACK_PENDING_MAX,
        ),
    )


async def ensure(js: JetStreamContext, settings: ConsumerSettings) -> None:
    """Make every stream and durable exist, with our settings as far as NATS allows."""
    wanted = definitions(settings)
    for stream in wanted.streams:
        await _ensure_stream(js, stream)
    await _ensure_durable(js, EVENTS_STREAM, wanted.durable)
    await _ensure_durable(js, DEAD_LETTERS_STREAM, wanted.states_durable)


def stream_differences(found: StreamConfig, wanted: StreamConfig) -> dict[str, tuple[Any, Any]]:
    """Name the settings of ours that a stream has otherwise, with both values."""
    return _differences(found, wanted, _STREAM_FIELDS)


def durable_differences(
    found: ConsumerConfig, wanted: ConsumerConfig
) -> dict[str, tuple[Any, Any]]:
    """Name the settings of ours that a durable has otherwise, with both values."""
    return _differences(found, wanted, _DURABLE_FIELDS)


async def redeliver_unacknowledged(js: JetStreamContext) -> None:
    """Take over what a dead predecessor held; only for a consumer that is alone.

    Without it the messages come back after `ack_wait`. A server before 2.14 cannot do it, and
    then that is what happens.
    """
    for stream, durable in ((EVENTS_STREAM, DURABLE), (DEAD_LETTERS_STREAM, STATES_DURABLE)):
        try:
            await js.reset_consumer(stream, durable)
        except (APIError, TimeoutError) as error:
            log.info("redelivery_waits_for_ack_wait", durable=durable, error=str(error))


def _stream(
    settings: ConsumerSettings, name: str, subjects: Sequence[str], max_bytes: int, **differing: Any
) -> StreamConfig:
    config = StreamConfig(
        name=name,
        subjects=[*subjects],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_age=0,
        max_bytes=max_bytes,
        num_replicas=settings.stream_replicas,
        duplicate_window=DUPLICATES_SECONDS,
        allow_direct=True,
    )
    return replace(config, **differing)


async def _ensure_stream(js: JetStreamContext, wanted: StreamConfig) -> None:
    name = str(wanted.name)
    try:
        found = (await js.stream_info(name)).config
    except NotFoundError:
        try:
            await _create_stream(js, wanted)
        except APIError as error:
            if error.err_code not in _MAYBE_JUST_CREATED:
                raise _unusable(name, error) from error
            # Another process was faster; look at what it made.
            await asyncio.sleep(0)
            found = (await js.stream_info(name)).config
        else:
            return
    await _update_stream(js, found, wanted)


async def _create_stream(js: JetStreamContext, wanted: StreamConfig) -> None:
    """Create a stream, smaller than wished for when the server has not that much room."""
    max_bytes = int(wanted.max_bytes or 0)
    while True:
        try:
            await js.add_stream(replace(wanted, max_bytes=max_bytes))
        except APIError as error:
            if error.err_code != _NO_ROOM or max_bytes // 2 < STREAM_BYTES_MIN:
                raise
            max_bytes //= 2
        else:
            log.info("stream_created", stream=wanted.name, max_bytes=max_bytes)
            if max_bytes != wanted.max_bytes:
                log.warning(
                    "stream_smaller_than_configured",
                    stream=wanted.name,
                    configured_bytes=wanted.max_bytes,
                    max_bytes=max_bytes,
                )
            return


async def _update_stream(js: JetStreamContext, found: StreamConfig, wanted: StreamConfig) -> None:
    """Change what differs, one setting at a time: a refused one must not keep others back."""
    config = found
    for name, (old, new) in stream_differences(found, wanted).items():
        changed = replace(config, **{name: new})
        try:
            await js.update_stream(changed)
        except APIError as error:
            log.warning(
                "stream_differs",
                stream=wanted.name,
                setting=name,
                found=str(_plain(old)),
                wanted=str(_plain(new)),
                error=error.description,
            )
        else:
            config = changed
            log.info("stream_updated", stream=wanted.name, setting=name, value=str(_plain(new)))


async def _ensure_durable(js: JetStreamContext, stream: str, wanted: ConsumerConfig) -> None:
    name = str(wanted.name)
    try:
        found = (await js.consumer_info(stream, name)).config
    except NotFoundError:
        try:
            await js.add_consumer(stream, wanted)
        except APIError as error:
            if error.err_code not in _MAYBE_JUST_CREATED:
                raise _unusable(name, error) from error
            found = (await js.consumer_info(stream, name)).config
        else:
            log.info("durable_created", durable=name)
            return
    await _update_durable(js, stream, found, wanted)


async def _update_durable(
    js: JetStreamContext, stream: str, found: ConsumerConfig, wanted: ConsumerConfig
) -> None:
    name = str(wanted.name)
    differing = durable_differences(found, wanted)
    if "ack_policy" in differing:
        raise StreamsUnusable(
            f"durable {name} exists with ack_policy {found.ack_policy}",
            hint="delete that durable; explicit acknowledgement cannot be switched on afterwards",
        )
    config = found
    for setting, (old, new) in differing.items():
        changed = replace(config, **{setting: new})
        try:
            await js.add_consumer(stream, changed)
        except APIError as error:
            log.warning(
                "durable_differs",
                durable=name,
                setting=setting,
                found=str(_plain(old)),
                wanted=str(_plain(new)),
                error=error.description,
            )
        else:
            config = changed
            log.info("durable_updated", durable=name, setting=setting, value=str(_plain(new)))


_STREAM_FIELDS: Final = (
    "subjects",
    "retention",
    "storage",
    "discard",
    "max_age",
    "max_bytes",
    "max_msgs_per_subject",
    "num_replicas",
    "allow_direct",
)
_DURABLE_FIELDS: Final = ("ack_policy", "ack_wait", "max_deliver", "max_ack_pending")


def _differences(
    found: StreamConfig | ConsumerConfig,
    wanted: StreamConfig | ConsumerConfig,
    fields: tuple[str, ...],
) -> dict[str, tuple[Any, Any]]:
    pairs = {name: (getattr(found, name), getattr(wanted, name)) for name in fields}
    return {name: pair for name, pair in pairs.items() if _plain(pair[0]) != _plain(pair[1])}


def _plain(value: Any) -> Any:
    return getattr(value, "value", value)


def _unusable(name: str, error: APIError) -> StreamsUnusable:
    return StreamsUnusable(
        f"{name} could not be created: {error.description}",
        hint="JetStream must be enabled, and must have room and permission for this stream",
    )
