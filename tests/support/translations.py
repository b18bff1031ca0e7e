"""Reads translated sessions to their end, for tests to look at."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchwire.producer.importers.copilot import find_sessions, translate
from benchwire.producer.importers.labels import LabelOverrides
from benchwire.producer.importers.notices import Notices
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
    """Translate the one session at ``path``."""
    notices = Notices()
    (files,) = find_sessions(path)
    run = translate(files, overrides or LabelOverrides(), notices=notices)
    events = list(run.events)
    tally = RunTally()
    for event in events:
        tally.see(event)
    return Translation(run, events, notices, tally)
