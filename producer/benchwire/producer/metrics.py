"""Every metric of the producer, with its kind, unit and what a high value means.

They go through the OpenTelemetry API and cost nothing without an SDK. All are observed: we
count in plain integers, and the SDK reads them when somebody looks. Calling the SDK from the
publisher's thread instead would leave its locks taken in a child forked at that moment.
"""

import functools
import os
import threading
import weakref
from collections.abc import Iterable
from typing import Any, Final, Literal, Protocol, get_args

from benchwire.producer.fork import importing

MetricName = Literal[
    # Counter, events: returned by emit() with an id. Compare with the consumer's stored events.
    "benchwire.producer.events_journaled",
    # Counter, events, by reason: lost for good and declared. Anything above 0 needs a look.
    "benchwire.producer.events_lost",
    # Counter, messages: acknowledged by the stream.
    "benchwire.producer.messages_acknowledged",
    # Counter, events: acknowledged by the stream. Far behind events_journaled: NATS is away.
    "benchwire.producer.events_acknowledged",
    # Counter, messages: sent again after 2 s or over a new connection. Rising: answers get lost.
    "benchwire.producer.messages_resent",
    # Counter, messages, by reason: refused and kept. Rising: the stream is full or missing.
    "benchwire.producer.messages_refused",
    # Counter, connections: made to NATS. Rising: the server or the network flaps.
    "benchwire.producer.connections",
    # Counter, segments: of dead writers, found and delivered. Rising: runners are being killed.
    "benchwire.producer.segments_recovered",
    # Gauge, events: journaled by this process and not yet acknowledged. High: NATS is away or slow.
    "benchwire.producer.events_waiting",
]

METER: Final = "benchwire.producer"
OBSERVED_OF_PRODUCERS: Final = (
    "benchwire.producer.events_journaled",
    "benchwire.producer.events_waiting",
)
COUNTERS: Final[tuple[MetricName, ...]] = tuple(
    name for name in get_args(MetricName) if name not in OBSERVED_OF_PRODUCERS
)


class Journaling(Protocol):
    """Something whose journaled and waiting events can be read at any time."""

    @property
    def events_journaled(self) -> int:
        """Events put into the journal so far."""
        ...

    @property
    def events_waiting(self) -> int:
        """Those of them that no stream has acknowledged yet."""
        ...


_observed: Final[weakref.WeakSet[Journaling]] = weakref.WeakSet()
_counts: Final[dict[str, dict[str, int]]] = {}
"""Counter → reason ("" for none) → count."""
_lock = threading.Lock()
_journaled_by_closed = 0


def _new_lock_in_child() -> None:
    """A child may have been forked while another thread was counting."""
    global _lock  # noqa: PLW0603 - one lock for the module's counters
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_new_lock_in_child)


def observe(producer: Journaling) -> None:
    """Include a producer in the metrics as long as it lives."""
    _observed.add(producer)
    _register()


def no_longer_observe(producer: Journaling) -> None:
    """Keep what a closed producer has counted, and let it go."""
    global _journaled_by_closed  # noqa: PLW0603 - as above
    with _lock:
        if producer in _observed:
            _observed.discard(producer)
            _journaled_by_closed += producer.events_journaled


def count_lost(reason: str, n_events: int = 1) -> None:
    """Count lost events. Called with an emitter's lock held: no foreign code runs here."""
    count("benchwire.producer.events_lost", n_events, reason)


def count(name: MetricName, amount: int = 1, reason: str = "") -> None:
    """Add to a counter."""
    with _lock:
        by_reason = _counts.setdefault(name, {})
        by_reason[reason] = by_reason.get(reason, 0) + amount


def events_lost() -> dict[str, int]:
    """Events lost in this process so far, by reason."""
    return dict(_counts.get("benchwire.producer.events_lost", {}))


@functools.cache
def _register() -> None:
    """Create every instrument, once."""
    with importing():
        from opentelemetry import metrics  # noqa: PLC0415 - 40 ms that importing need not pay

    meter = metrics.get_meter(METER)
    meter.create_observable_counter("benchwire.producer.events_journaled", [_observe_journaled])
    meter.create_observable_gauge("benchwire.producer.events_waiting", [_observe_waiting])
    for name in COUNTERS:
        meter.create_observable_counter(name, [functools.partial(_observe_count, name)])


def _observe_journaled(_options: Any) -> Iterable[Any]:
    return _observations({"": _journaled_by_closed + sum(p.events_journaled for p in _live())})


def _observe_waiting(_options: Any) -> Iterable[Any]:
    return _observations({"": sum(p.events_waiting for p in _live())})


def _observe_count(name: MetricName, _options: Any) -> Iterable[Any]:
    return _observations(dict(_counts.get(name, {})))


def _live() -> list[Journaling]:
    return list(_observed)


def _observations(values: dict[str, int]) -> Iterable[Any]:
    from opentelemetry.metrics import Observation  # noqa: PLC0415 - loaded by whoever asks

    return [
        Observation(value, {"reason": reason} if reason else None)
        for reason, value in values.items()
    ]
