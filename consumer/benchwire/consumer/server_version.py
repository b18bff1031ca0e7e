"""Which versions of ClickHouse will do.

What needs the newest one: in views the setting `analyzer_inline_views` (26.4), with every insert
`deduplicate_insert` (26.2), in views `studentTTestOneSample` with an interval (25.10).
`system.settings_changes` and `introduced_in` of `system.functions` tell.
"""

from typing import Final

from benchwire.consumer.sink import SinkError

VERSION_MIN: Final = (26, 4)
VERSION_TESTED: Final = (26, 9)
"""That of the engine all SQL is tested on."""


class ServerTooOld(SinkError):  # noqa: N818 - the server is what is too old
    """A ClickHouse server lacks what our inserts or views need."""


def refuse_older(version: str) -> None:
    """Raise `ServerTooOld` for a version, as the server writes it, that is below the least."""
    if is_older(version, VERSION_MIN):
        raise ServerTooOld(
            f"this ClickHouse server is of version {version}, and {written(VERSION_MIN)} is the "
            "oldest that takes our inserts and views",
            hint=f"use {written(VERSION_MIN)} or newer; all SQL is tested on "
            f"{written(VERSION_TESTED)}",
        )


def is_older(version: str, least: tuple[int, ...]) -> bool:
    """Compare by year and month alone."""
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    return numbers < least


def written(version: tuple[int, ...]) -> str:
    """Write a version as ClickHouse does."""
    return ".".join(map(str, version))
