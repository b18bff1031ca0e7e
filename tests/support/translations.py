"""Reads translated sessions to their end, for tests to look at."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchwire.producer.importers.errors import ImportRefused
from benchwire.producer.importers.importer import Recording, Search, Translating
from benchwire.producer.importers.kinds import kind_named
from benchwire.producer.importers.labels import LabelOverrides
from benchwire.producer.importers.notices import Notices
from benchwire.producer.importers.source import StoredImportLookup
from benchwire.producer.importers.tally import RunTally
from benchwire.producer.importers.translated import TranslatedEvent, TranslatedRun
from benchwire.schemas.failure import Failure
from benchwire.schemas.run import RunStart, RunStop
from benchwire.schemas.step import Step
from benchwire.schemas.tool_call import ToolCall


@dataclass(frozen=True)
class Translation:
    """A translated session, read to its end."""

    run: TranslatedRun
    events: list[TranslatedEvent]
    notices: Notices
    tally: RunTally

    @property
    def start(self) -> RunStart:
        payload = self.events[0].payload
        assert isinstance(payload, RunStart)
        return payload

    @property
    def stop(self) -> RunStop:
        payload = self.events[-1].payload
        assert isinstance(payload, RunStop)
        return payload

    @property
    def steps(self) -> list[Step]:
        return [event.payload for event in self.events if isinstance(event.payload, Step)]

    @property
    def agent_steps(self) -> list[Step]:
        return [step for step in self.steps if step.kind == "agent"]

    @property
    def calls(self) -> list[ToolCall]:
        return [event.payload for event in self.events if isinstance(event.payload, ToolCall)]

    @property
    def failures(self) -> list[Failure]:
        return [event.payload for event in self.events if isinstance(event.payload, Failure)]

    @property
    def noticed(self) -> Counter[str]:
        return self.notices.counts


def translated(path: Path, overrides: LabelOverrides | None = None) -> Translation:
    """Translate the one Copilot session at ``path``."""
    (found,) = translations("copilot", path, overrides=overrides)
    return found


def translations(
    kind: str,
    *paths: Path,
    overrides: LabelOverrides | None = None,
    lookup: StoredImportLookup | None = None,
) -> list[Translation]:
    """Translate every recording at and below ``paths``; what is refused is raised."""
    notices = Notices()
    search = Search(overrides=overrides or LabelOverrides(), notices=notices, refuse=_raise)
    return [
        read_to_end(recording, notices, lookup)
        for recording in kind_named(kind).importer().find(paths, search)
    ]


def read_to_end(
    recording: Recording, notices: Notices, lookup: StoredImportLookup | None = None
) -> Translation:
    """Translate one recording; its own notices are added to those of its search."""
    own = Notices()
    run = recording.translate(Translating(notices=own, lookup=lookup))
    events = list(run.events)
    tally = RunTally()
    for event in events:
        tally.see(event)
    both = Notices()
    both.extend(notices)
    both.extend(own)
    return Translation(run, events, both, tally)


def _raise(error: ImportRefused) -> None:
    raise error
