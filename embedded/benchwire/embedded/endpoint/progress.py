"""How far a query is, as ClickHouse says it in its headers, and how often that is said."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from benchwire.embedded.engine_handle import Result

INTERVAL_MS = 100.0
SPARSER = 8.0
"""A further line comes when the query has run for an eighth longer, if that is later than the
interval: a query of ten minutes says 60 lines, since Node.js refuses 16 KiB of headers and
Python's `http.client` a hundred lines."""


@dataclass(slots=True)
class Progress:
    """Counters of one query; written by the thread that runs it, read by others."""

    read_rows: int = 0
    read_bytes: int = 0
    total_rows_to_read: int = 0
    result_rows: int = 0
    result_bytes: int = 0
    elapsed_ns: int = 0

    def observe(self, counters: Mapping[str, int]) -> None:
        """Take over what the engine says while it works."""
        self.read_rows = max(self.read_rows, counters["read_rows"])
        self.read_bytes = max(self.read_bytes, counters["read_bytes"])
        self.total_rows_to_read = max(self.total_rows_to_read, counters["total_rows_to_read"])
        self.elapsed_ns = max(self.elapsed_ns, counters["elapsed_ns"])

    def line(self) -> str:
        """Return the value of one `X-ClickHouse-Progress` header."""
        return self._json(
            "read_rows", "read_bytes", "total_rows_to_read", "result_rows", "elapsed_ns"
        )

    def summary(self) -> str:
        """Return the value of `X-ClickHouse-Summary`: what was done when the head is sent."""
        return self._json(
            "read_rows",
            "read_bytes",
            "total_rows_to_read",
            "result_rows",
            "result_bytes",
            "elapsed_ns",
            written_rows="0",
            written_bytes="0",
        )

    def _json(self, *names: str, **more: str) -> str:
        # As ClickHouse does, numbers are texts: 64 bits are too many for JavaScript.
        return json.dumps({name: str(getattr(self, name)) for name in names} | more)


class BlockCount:
    """Adds up the blocks of a streamed answer, which each tell what was read for them."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._read_rows = self._read_bytes = 0
        self._seconds = 0.0

    def add(self, block: Result, result_bytes: int) -> None:
        """Count one block."""
        self._read_rows += block.storage_rows_read()
        self._read_bytes += block.storage_bytes_read()
        self._seconds += block.elapsed()
        progress = self._progress
        progress.result_rows += block.rows_read()
        progress.result_bytes += result_bytes
        progress.read_rows = max(progress.read_rows, self._read_rows)
        progress.read_bytes = max(progress.read_bytes, self._read_bytes)
        progress.elapsed_ns = max(progress.elapsed_ns, int(self._seconds * 1e9))


def pause_seconds(interval_ms: float, elapsed_seconds: float) -> float:
    """Return how long to wait before the next line."""
    return max(interval_ms / 1e3, elapsed_seconds / SPARSER)
