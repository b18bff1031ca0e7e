"""One frame and no more: as text, or as a document for programs."""

import asyncio
import dataclasses
import time
from typing import Any, Final

from benchwire.analysis.live.lines import Picture
from benchwire.analysis.live.picture import picture_of
from benchwire.cli.watching.feed import Feed
from benchwire.schemas.errors import BenchwireError
from benchwire.schemas.free_form import is_list, is_mapping
from benchwire.schemas.timestamps import wire_timestamp_us

ANSWER_SECONDS: Final = 10.0
"""How long a server may take to answer at all."""
POLL_SECONDS: Final = 0.02
_MOMENTS: Final = frozenset({"now_us", "received_us", "began_us"})


class NothingToWatch(BenchwireError):  # noqa: N818 - what there is
    """No server answers."""


async def caught_up(feed: Feed) -> Picture:
    """Feed until everything that is there now was taken up, and say how things stand."""
    feeding = asyncio.ensure_future(feed.run(lambda: None))
    deadline = time.monotonic() + ANSWER_SECONDS
    try:
        while not feed.is_live:
            if feeding.done():
                feeding.result()
            reading = feed.probe.reading
            if reading is not None and not reading.began_us:
                break  # there is no stream yet: nothing has ever been published
            if reading is not None:
                deadline = time.monotonic() + ANSWER_SECONDS
            elif time.monotonic() > deadline:
                why = f" ({feed.probe.error})" if feed.probe.error else ""
                raise NothingToWatch(
                    f"no NATS server answered within {ANSWER_SECONDS:g} s{why}",
                    hint="see `benchwire doctor`, or name another with --nats-url",
                )
            await asyncio.sleep(POLL_SECONDS)
        await feed.look_around()
        return picture_of(feed.state, time.time_ns() // 1_000)
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)


def document(picture: Picture, feed: Feed) -> dict[str, Any]:
    """The picture for programs: moments as the wire writes them, everything else as it is."""
    reading = feed.probe.reading
    found: dict[str, Any] = _told(dataclasses.asdict(picture))
    found["stream"] = None if reading is None else _told(dataclasses.asdict(reading))
    found["missing"] = feed.missing or None
    found["n_refused"] = feed.n_refused
    found["known_experiments"] = list(feed.known_experiments)
    return found


def _told(value: Any) -> Any:
    if is_list(value):
        return [_told(item) for item in value]
    if not is_mapping(value):
        return value
    told: dict[str, Any] = {}
    for name, item in value.items():
        if name in _MOMENTS:
            told[f"{name.removesuffix('_us')}_at"] = wire_timestamp_us(item) if item else None
        else:
            told[name] = _told(item)
    return told
