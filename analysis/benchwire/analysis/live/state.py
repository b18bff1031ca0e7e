"""Everything a watcher knows, folded from events as they come and from runs that are settled.

A settled run is known by its sums alone, because it is over and stored. What comes of it
afterwards and could change its sums is set aside, and its events are wanted (`wanted`) before they
are added up: so nothing counts twice, and nothing is missed.
"""

from bisect import insort
from collections.abc import Iterable
from typing import Final

from benchwire.analysis.live.events import LiveEvent
from benchwire.analysis.live.facts import RunFacts, facts_of
from benchwire.analysis.live.run import LiveRun
from benchwire.analysis.live.spacing import US_PER_SECOND
from benchwire.analysis.live.standings import Standings

FAILURES_KEPT: Final = 200
ABANDONED_SECONDS: Final = 24 * 3600
REST_SECONDS: Final = 600
"""So long after its last event a run that is over is kept event by event."""
_TELLS_NOTHING_NEW: Final = frozenset({"emitter_stop", "heartbeat"})
"""Of a run that is over and has lost nothing these change no figure."""


class LiveState:
    """Runs by run_id; ask `standings` and `open_runs` after `refresh`."""

    def __init__(self) -> None:
        self.standings = Standings()
        self.open_runs: dict[str, LiveRun] = {}
        """Runs without a run_stop, by run_id."""
        self.failures: list[tuple[int, str, LiveEvent]] = []
        """(arrival, run_id, event) of the newest failures and bad ends, the latest last."""
        self.losses: dict[str, LiveEvent] = {}
        """Run → its latest `telemetry_loss`, of the runs that declared some last."""
        self.n_events = 0
        """Events taken, none twice."""
        self.wanted: set[str] = set()
        """Settled runs whose events are needed."""
        self._runs: dict[str, LiveRun] = {}
        self._settled: set[str] = set()
        self._set_aside: dict[str, list[LiveEvent]] = {}
        self._changed: set[str] = set()

    @property
    def n_runs(self) -> int:
        """Runs known, superseded ones included."""
        return len(self._settled) + len(self._runs)

    def run(self, run_id: str) -> LiveRun | None:
        """A run that is known event by event."""
        return self._runs.get(run_id)

    def runs(self) -> Iterable[LiveRun]:
        """All runs that are known event by event."""
        return self._runs.values()

    def take(self, event: LiveEvent) -> None:
        """Take up an event, whenever and however often it comes."""
        run_id = event.run_id
        if run_id in self._settled:
            self._take_late(event)
            return
        run = self._runs.get(run_id)
        if run is None:
            run = self._runs[run_id] = self.open_runs[run_id] = LiveRun(run_id)
        if run.add(event):
            self.n_events += 1
            self._changed.add(run_id)
            if event.event_type == "telemetry_loss":
                self._note_loss(event)
            elif _is_bad_news(event):
                self._note_failure(event)

    def settle(self, facts: RunFacts) -> None:
        """Know a run by its sums; one that is known event by event stays so."""
        if facts.run_id not in self._runs:
            self._settled.add(facts.run_id)
            self.standings.update(facts)

    def restore(self, run_id: str, events: Iterable[LiveEvent]) -> None:
        """Know a run event by event again: everything of it that is stored."""
        self._settled.discard(run_id)
        self.wanted.discard(run_id)
        for event in (*events, *self._set_aside.pop(run_id, ())):
            self.take(event)

    def refresh(self) -> None:
        """Bring what depends on whole runs up to date."""
        for run_id in self._changed:
            run = self._runs[run_id]
            facts = facts_of(run)
            if facts is None:
                continue
            self.standings.update(facts)
            if facts.is_stopped:
                self.open_runs.pop(run_id, None)
            else:
                self.open_runs[run_id] = run
        self._changed.clear()

    def rest(self, stored_seq: int, now_us: int) -> int:
        """Keep only the sums of runs that have been over for a while and are stored.

        `stored_seq`: up to there everything of the stream is stored. Returns how many they are.
        """
        self.refresh()
        before_us = now_us - REST_SECONDS * US_PER_SECOND
        resting = [
            run
            for run in self._runs.values()
            if run.run_id not in self.open_runs
            and run.stream_seq <= stored_seq
            and (run.last is None or run.last.received_us < before_us)
            and run.is_complete
        ]
        for run in resting:
            del self._runs[run.run_id]
            self._settled.add(run.run_id)
        return len(resting)

    def _take_late(self, event: LiveEvent) -> None:
        known = self.standings.facts(event.run_id)
        has_lost = known is not None and known.n_declared_lost > 0
        if has_lost or event.event_type not in _TELLS_NOTHING_NEW:
            self._set_aside.setdefault(event.run_id, []).append(event)
            self.wanted.add(event.run_id)

    def _note_loss(self, event: LiveEvent) -> None:
        known = self.losses.get(event.run_id)
        if known is None or known.arrival < event.arrival:
            self.losses[event.run_id] = event
        if len(self.losses) > FAILURES_KEPT:
            del self.losses[min(self.losses, key=lambda run_id: self.losses[run_id].arrival)]

    def _note_failure(self, event: LiveEvent) -> None:
        found = (event.received_us, event.run_id, event)
        if len(self.failures) >= FAILURES_KEPT and found[:2] < self.failures[0][:2]:
            return
        insort(self.failures, found, key=lambda one: (one[0], one[1], one[2].arrival))
        del self.failures[:-FAILURES_KEPT]


def state_of(run: LiveRun, now_us: int) -> str:
    """Say how a run is, as rpt_live_runs and rpt_run_integrity do."""
    if run.account.stop is not None:
        return "stopped"
    if run.last is None:
        return "abandoned"
    if run.is_sealed:
        return "interrupted"
    silence = silence_seconds(run, now_us)
    if silence > ABANDONED_SECONDS:
        return "abandoned"
    return "stalled" if silence > run.spacing.stall_threshold_seconds else "running"


def silence_seconds(run: LiveRun, now_us: int) -> float:
    """How long ago its last sign of life arrived."""
    return max(0, now_us - run.last.received_us) / US_PER_SECOND if run.last is not None else 0.0


def _is_bad_news(event: LiveEvent) -> bool:
    if event.event_type == "failure":
        return True
    return event.event_type == "run_stop" and event.facts.status != "ok"
