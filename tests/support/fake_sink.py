"""A sink in memory that refuses rows and goes away on demand."""

import threading
import time
from typing import Any

from benchwire.consumer.sink import REQUIRED_SETTINGS, RowsRefused, SinkUnavailable


class FakeSink:
    """Keeps what was inserted; `poison` marks rows to refuse, `away` counts failures to come."""

    def __init__(self, *, poison: bytes | None = None, away: int = 0) -> None:
        self.rows: dict[str, list[bytes]] = {}
        self.bodies: list[bytes] = []
        self.attempts = 0
        self.poison = poison
        self.away = away
        self.refreshed: list[str] = []
        self.gate = threading.Event()
        """Inserts wait for it; set unless a test clears it."""
        self.gate.set()
        self.settings = dict(REQUIRED_SETTINGS)

    def insert(self, table: str, body: bytes) -> None:
        self.attempts += 1
        self.gate.wait()
        if self.away:
            self.away -= 1
            raise SinkUnavailable("away")
        lines = [line for line in body.split(b"\n") if line]
        if self.poison and table == "events" and any(self.poison in line for line in lines):
            raise RowsRefused("Code: 27. poisoned")
        self.rows.setdefault(table, []).extend(lines)
        self.bodies.append(body)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        if "fct_due_runs" in sql or "sum_runs" in sql:
            return []
        if "now64" in sql:
            return [(time.time_ns() // 1_000,)]
        assert "system.settings" in sql
        return list(self.settings.items())

    def command(self, sql: str) -> None:
        assert "INSERT INTO sum_" in sql
        self.refreshed.append(sql)

    def twin(self) -> "FakeSink":
        return self

    def close(self) -> None:
        """Nothing to give back."""
