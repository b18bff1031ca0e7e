"""Keeps the stream small: purges what is stored, and keeps the newest bytes for late readers."""

import structlog
from nats.js import JetStreamContext

from benchwire.consumer.streams import DURABLE, EVENTS_STREAM

STEP_SHARE = 0.5
"""Share of the estimated excess purged at once: messages differ in size, so the way to the
mark is walked in halves instead of jumped over."""
ENOUGH_SHARE = 0.02
"""Closer to `keep_bytes` than this share of it, nothing more is purged."""
STEPS_MAX = 16

log = structlog.get_logger(__name__)


async def purge_stored(js: JetStreamContext, keep_bytes: int) -> int:
    """Purge the oldest stored messages beyond `keep_bytes`; returns the bytes freed.

    Never at or above the acknowledgement floor: what is not stored stays.
    """
    floor = await _ack_floor(js)
    first = state = (await js.stream_info(EVENTS_STREAM)).state
    for _ in range(STEPS_MAX):
        excess = state.bytes - keep_bytes
        if excess <= keep_bytes * ENOUGH_SHARE or state.first_seq > floor:
            break
        message_bytes = state.bytes / max(1, state.messages)
        step = max(1, int(excess * STEP_SHARE / message_bytes))
        # The purge stops before this sequence: the floor itself is stored, and may go.
        await js.purge_stream(EVENTS_STREAM, seq=min(state.first_seq + step, floor + 1))
        state = (await js.stream_info(EVENTS_STREAM)).state
    freed = max(0, first.bytes - state.bytes)
    if freed:
        log.info("stream_purged", freed_bytes=freed, kept_bytes=state.bytes)
    return freed


async def _ack_floor(js: JetStreamContext) -> int:
    info = await js.consumer_info(EVENTS_STREAM, DURABLE)
    return info.ack_floor.stream_seq if info.ack_floor else 0
