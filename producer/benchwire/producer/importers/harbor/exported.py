"""Trials that `benchwire export job` wrote: their events say more than their other files.

Such a trial keeps its labels, and the identity of what it was exported from: the source that its
run_start names, or else the run itself. So a store that holds that run already counts one of them.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchwire.producer.importers.errors import Unreadable
from benchwire.producer.importers.importer import Search, Translating
from benchwire.producer.importers.labels import Labels
from benchwire.producer.importers.source import identify
from benchwire.producer.importers.translated import TranslatedEvent, TranslatedRun
from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.event import BenchmarkEvent
from benchwire.schemas.judge import judge_line
from benchwire.schemas.run import EmitterRef, RunStart, RunStop, Source

EVENTS: Final = "agent/benchwire-events.jsonl"
SYSTEM: Final = "benchwire"
"""Source of runs that name none: their id is their run_id."""
TRANSLATOR_VERSION: Final = 1
SET_ASIDE: Final = ("earlier-attempts", "excluded")
"""Directories of a job for runs that are no trials of it any more."""
_OF_DELIVERY: Final = frozenset({"emitter_stop", "telemetry_loss", "heartbeat"})


@dataclass(frozen=True, slots=True)
class ExportedTrial:
    """One exported run, not read yet but for its first event."""

    path: Path
    first: BenchmarkEvent
    labels: Labels

    @property
    def work_bytes(self) -> int:
        """The events are read twice: for their digest, and to emit them."""
        return 2 * (self.path / EVENTS).stat().st_size

    def translate(self, translating: Translating) -> TranslatedRun:
        """Return the run, with the events as they were.

        Raises:
            Unreadable: A line of the events is none.
            StrictImport: As by protocol; nothing here is overlooked.
        """
        first = self.first
        said = first.data.source if isinstance(first.data, RunStart) else None
        digest, n_records = self._content(translating)
        unidentified = Source(
            system=SYSTEM if said is None else said.system,
            source_id=first.run_id if said is None else said.source_id,
            content_sha256=digest,
            n_records=n_records,
            translator_version=TRANSLATOR_VERSION,
        )
        run_id, source = identify(unidentified, self.labels, translating.lookup)
        # Where there was no run_start, nothing is known of the run's configuration.
        is_started = isinstance(first.data, RunStart)
        return TranslatedRun(
            run_id=run_id,
            labels=self.labels,
            source=source,
            cfg_hash=first.cfg_hash if is_started else None,
            env_hash=first.env_hash if is_started else None,
            trace_id=first.trace_id,
            seed=first.seed if is_started else None,
            events=self._events(source, translating),
        )

    def _content(self, translating: Translating) -> tuple[str, int]:
        """Digest and number of lines; all of them are judged, so that nothing is half imported."""
        digest, n_records = hashlib.sha256(), 0
        for number, line in self._lines(translating):
            digest.update(line)
            n_records = number
            try:
                judge_line(line.rstrip(b"\n"))
            except InvalidEvent as error:
                raise Unreadable(self.path / EVENTS, f"line {number}: {error}") from None
        return digest.hexdigest(), n_records

    def _events(self, source: Source, translating: Translating) -> Iterator[TranslatedEvent]:
        if not isinstance(self.first.data, RunStart):
            yield TranslatedEvent("run_start", self._start(RunStart(), source), self.first.ts)
        for _, line in self._lines(translating):
            event = judge_line(line.rstrip(b"\n"))
            payload = event.data
            if event.event_type in _OF_DELIVERY:
                continue
            if isinstance(payload, RunStart):
                payload = self._start(payload, source)
            elif isinstance(payload, RunStop):
                emitters = (EmitterRef(emitter="import", epoch=0),)
                payload = payload.model_copy(update={"emitters": emitters})
            yield TranslatedEvent(event.event_type, payload, event.ts, event.step_id)

    def _start(self, said: RunStart, source: Source) -> RunStart:
        labels = self.labels
        changed = {"trial_no": labels.trial_no, "attempt": labels.attempt, "source": source}
        return said.model_copy(update=changed)

    def _lines(self, translating: Translating) -> Iterator[tuple[int, bytes]]:
        with (self.path / EVENTS).open("rb") as file:
            for number, line in enumerate(file, 1):
                translating.on_bytes(len(line))
                yield number, line


def split(folders: Sequence[Path], search: Search) -> tuple[list[ExportedTrial], list[Path]]:
    """The exported ones among a job's trials, and the others."""
    exported: list[ExportedTrial] = []
    others: list[Path] = []
    for folder in folders:
        first = _first_event(folder / EVENTS)
        if first is None:
            others.append(folder)
        else:
            exported.append(ExportedTrial(folder, first, _labels(first, search)))
    return exported, others


def has_set_aside(job: Path) -> bool:
    """Tell whether a job without trials of its own is one whose trials were all set aside."""
    return any((job / name).is_dir() for name in SET_ASIDE)


def _labels(first: BenchmarkEvent, search: Search) -> Labels:
    start = first.data if isinstance(first.data, RunStart) else RunStart()
    labels = search.overrides.over(
        Labels(
            experiment_id=first.experiment_id,
            job_id=first.job_id,
            policy_id=first.policy_id,
            task_id=first.task_id,
            trial_no=start.trial_no,
        )
    )
    return replace(labels, attempt=start.attempt or 1)


def _first_event(path: Path) -> BenchmarkEvent | None:
    try:
        with path.open("rb") as file:
            return judge_line(file.readline().rstrip(b"\n"))
    except (OSError, InvalidEvent):
        return None
