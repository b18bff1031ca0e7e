"""One run that is watched: its events, each kept once, and what they come to.

Mostly an event is new and is simply added up. Where that would be wrong (two contents of one
identity, another experiment, an earlier delivery of a known event) the run is added up anew from
what is kept when it is next asked. So its state is a function of the set of its events.
"""

from sys import intern
from typing import Final

from benchwire.analysis.live.account import UNSEQUENCED, RunAccount
from benchwire.analysis.live.events import Labels, LiveEvent
from benchwire.analysis.live.losses import DeclaredLosses
from benchwire.analysis.live.spacing import Spacing

GRADER: Final = "grader"
"""Emitter of verdicts that people give: they say nothing of whether the run goes on."""
Epoch = tuple[str, int]


class LiveRun:
    """The state of one run."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.n_events = 0
        """Distinct identities of what the run itself sent."""
        self.last: LiveEvent | None = None
        """The event of its own that arrived last, of any kind."""
        self.stream_seq = 0
        """The last message of the stream that is in here."""
        self._kept: dict[tuple[str, int, int], list[LiveEvent]] = {}
        self._account = RunAccount()
        self._spacing = Spacing()
        self._last_call: LiveEvent | None = None
        self._seals: dict[Epoch, int] = {}
        """Epoch → events it says there are; for epochs without an end -1."""
        self._n_of_epoch: dict[Epoch, int] = {}
        self._losses: DeclaredLosses | None = None
        """None as long as nothing is declared lost, as of most runs."""
        self._is_stale = False

    def add(self, event: LiveEvent) -> bool:
        """Take up an event; returns whether it was news."""
        self.stream_seq = max(self.stream_seq, event.stream_seq)
        contents = self._kept.get(event.identity)
        if contents is None:
            named = self._account.labels
            self._share(event, named)
            self._kept[event.identity] = [event]
            if named is not None and named.experiment_id != event.labels.experiment_id:
                self._is_stale = True
            if not self._is_stale:
                self._live_sign(event)
                self._account.add(event)
                if self._losses is not None:
                    self._losses.arrive(event.identity)
                if event.event_type == "telemetry_loss":
                    self._declare_lost(event)
            return True
        for place, known in enumerate(contents):
            if known.event_type == event.event_type and known.version == event.version:
                if event.received_us < known.received_us:
                    contents[place] = event
                    self._is_stale = True
                return False
        contents.append(event)
        self._is_stale = True
        return True

    @property
    def account(self) -> RunAccount:
        """What it has done and used."""
        self._refresh()
        return self._account

    @property
    def spacing(self) -> Spacing:
        """When it gave signs of life."""
        self._refresh()
        return self._spacing

    @property
    def n_declared_lost(self) -> int:
        """Events that are declared lost and have not come."""
        self._refresh()
        return self._losses.n_lost if self._losses is not None else 0

    @property
    def is_sealed(self) -> bool:
        """Whether every epoch that counts its events has said that it is over."""
        self._refresh()
        return bool(self._seals) and all(stated >= 0 for stated in self._seals.values())

    @property
    def is_complete(self) -> bool:
        """Whether nothing of it can still be on its way."""
        return self.is_sealed and all(
            self._n_of_epoch[epoch] + self._n_lost_of(epoch) == stated + 1
            for epoch, stated in self._seals.items()
        )

    @property
    def last_tool(self) -> str | None:
        """Name of the tool that was called last."""
        self._refresh()
        call, labels = self._last_call, self._account.labels
        if call is None or labels is None:
            return None
        own = [
            content
            for content in self._kept[call.identity]
            if content.event_type == "tool_call"
            and content.labels.experiment_id == labels.experiment_id
        ]
        winner = max(own, key=lambda content: content.version, default=None)
        return None if winner is None else str(winner.facts.name)

    def events(self) -> list[LiveEvent]:
        """Everything that is kept."""
        return [event for contents in self._kept.values() for event in contents]

    def _share(self, event: LiveEvent, named: Labels | None) -> None:
        """Let events of a run have their texts in common: they take up a quarter less."""
        event.run_id, event.emitter = self.run_id, intern(event.emitter)
        if named is not None and event.labels == named:
            event.labels = named

    def _live_sign(self, event: LiveEvent) -> None:
        """Take up what any event says, whatever it tells of."""
        emitter = event.emitter
        if emitter == GRADER:
            return
        self._spacing.arrive(event.received_us)
        epoch = (emitter, event.epoch)
        if event is self._kept[event.identity][0]:
            self.n_events += 1
            self._n_of_epoch[epoch] = self._n_of_epoch.get(epoch, 0) + 1
        if event.event_type == "emitter_stop":
            self._seals[epoch] = max(self._seals.get(epoch, -1), event.seq)
        elif emitter not in UNSEQUENCED:
            self._seals.setdefault(epoch, -1)
        if self.last is None or event.arrival > self.last.arrival:
            self.last = event
        if event.event_type == "tool_call" and (
            self._last_call is None or event.arrival > self._last_call.arrival
        ):
            self._last_call = event

    def _n_lost_of(self, epoch: Epoch) -> int:
        return self._losses.n_lost_of(epoch) if self._losses is not None else 0

    def _declare_lost(self, event: LiveEvent) -> None:
        if self._losses is None:
            self._losses = DeclaredLosses()
        self._losses.declare(event, self._kept.keys())

    def _refresh(self) -> None:
        """Add everything up anew if an event asks for it."""
        if not self._is_stale:
            return
        self._is_stale = False
        self._account, self._spacing = RunAccount(), Spacing()
        self.last, self._last_call, self.n_events = None, None, 0
        self._seals, self._n_of_epoch, self._losses = {}, {}, None
        events = self.events()
        for event in sorted(events, key=lambda one: one.received_us):
            self._live_sign(event)
        winners = _winners(events)
        for event in _counted(winners, events):
            self._account.add(event)
        for event in winners:
            if event.event_type == "telemetry_loss":
                self._declare_lost(event)


def _winners(events: list[LiveEvent]) -> list[LiveEvent]:
    """The greatest content of each identity, type and experiment."""
    winners: dict[tuple[object, ...], LiveEvent] = {}
    for event in events:
        key = (event.event_type, event.labels.experiment_id, *event.identity)
        if key not in winners or winners[key].version < event.version:
            winners[key] = event
    return list(winners.values())


def _counted(winners: list[LiveEvent], events: list[LiveEvent]) -> list[LiveEvent]:
    """Those of the experiment that the run belongs to."""
    naming = RunAccount()
    for event in [event for event in winners if event.event_type == "run_start"] or events:
        naming.add(event)
    experiment = naming.labels and naming.labels.experiment_id
    return [event for event in winners if event.labels.experiment_id == experiment]
