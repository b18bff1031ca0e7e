"""The account of lost events: counted at once, declared in the stream as soon as that is possible.

A loss is declared by a ``telemetry_loss`` event: at the first loss, at each doubling of their
number, before the first event that succeeds again, and at the end. So the last words of a
full disk need little room, and the stream's account still balances.
"""

from dataclasses import dataclass, field
from typing import Any

from benchwire.producer import metrics
from benchwire.producer.log import Complaints, log_error

_complaints = Complaints()


@dataclass(slots=True)
class _Undeclared:
    ranges: list[list[int]] = field(default_factory=list[list[int]])
    event_types: set[str] = field(default_factory=set[str])
    detail: str = ""


class LossAccount:
    """Losses of one emitter epoch. Guarded by the emitter's lock."""

    __slots__ = ("_total", "_undeclared")

    def __init__(self) -> None:
        self._total = 0
        self._undeclared: dict[str, _Undeclared] = {}

    def __bool__(self) -> bool:
        """True while a loss waits to be declared."""
        return bool(self._undeclared)

    @property
    def total(self) -> int:
        """Events lost so far."""
        return self._total

    def add(self, seq: int, event_type: str, reason: str, detail: str) -> bool:
        """Count one loss; True if it should be declared at once, full disk or not."""
        self._total += 1
        entry = self._undeclared.setdefault(reason, _Undeclared())
        entry.event_types.add(event_type)
        entry.detail = detail
        if entry.ranges and entry.ranges[-1][1] == seq - 1:
            entry.ranges[-1][1] = seq
        else:
            entry.ranges.append([seq, seq])
        metrics.count_lost(reason)
        return self._total & (self._total - 1) == 0

    def payloads(self) -> list[tuple[str, dict[str, Any]]]:
        """What is to be declared: (reason, ``telemetry_loss`` payload), one for each reason."""
        return [
            (
                reason,
                {
                    "ranges": [
                        {"first_seq": first, "last_seq": last} for first, last in entry.ranges
                    ],
                    "event_types": sorted(entry.event_types),
                    "reason": reason,
                    **({"detail": entry.detail} if entry.detail else {}),
                },
            )
            for reason, entry in self._undeclared.items()
        ]

    def declared(self, reason: str) -> None:
        """The losses of ``reason`` are in the journal now."""
        del self._undeclared[reason]


def complain(reason: str, detail: str, **ids: Any) -> None:
    """Log a loss as an error, at most once a minute for each reason."""
    count = _complaints.due(reason)
    if count is not None:
        log_error("event_lost", reason=reason, detail=detail, events_lost=count, **ids)
