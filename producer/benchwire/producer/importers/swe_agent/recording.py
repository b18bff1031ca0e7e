"""Trajectory files as recordings: each is one run, with its evaluation."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchwire.producer.importers.document_hashes import redacted_hash
from benchwire.producer.importers.errors import NothingFound, refusal
from benchwire.producer.importers.importer import Search, Translating
from benchwire.producer.importers.labels import LabelOverrides
from benchwire.producer.importers.notices import Notices
from benchwire.producer.importers.source import identify
from benchwire.producer.importers.swe_agent import run
from benchwire.producer.importers.swe_agent.evaluation import Grade
from benchwire.producer.importers.swe_agent.evaluation_files import (
    is_evaluation,
    is_harness_output,
)
from benchwire.producer.importers.swe_agent.events import EntryTranslator
from benchwire.producer.importers.swe_agent.exits import INTERRUPTED
from benchwire.producer.importers.swe_agent.grades import Grades
from benchwire.producer.importers.swe_agent.layout import (
    is_batch,
    is_part,
    is_trajectory,
    trajectories_below,
)
from benchwire.producer.importers.swe_agent.scan import TrajectoryScan, scan_file
from benchwire.producer.importers.swe_agent.settings import Settings, derived_labels, settings_of
from benchwire.producer.importers.timestamps import wire
from benchwire.producer.importers.translated import TranslatedEvent, TranslatedRun
from benchwire.schemas.run import RunStart, Source

SYSTEM: Final = "swe-agent"
TRANSLATOR_VERSION: Final = 1
"""Raised with every change of what the same bytes are translated to."""
_HINT: Final = "name a .traj or .traj.json file, the directory of a batch, or one of several"
_EVALUATION_HINT: Final = (
    "name the trajectories as well; runs that are stored are graded by `benchwire verdict import`"
)


@dataclass(frozen=True, slots=True)
class TrajectoryRecording:
    """One trajectory, found but not read."""

    path: Path
    size_bytes: int
    overrides: LabelOverrides
    grades: Grades

    @property
    def work_bytes(self) -> int:
        """What the first pass reads; the second is not watched."""
        return self.size_bytes

    def translate(self, translating: Translating) -> TranslatedRun:
        """Read the trajectory once and return its run; the events are made in a second pass.

        Raises:
            Unreadable: It is none, or nothing in it can be read.
            StrictImport: A notice came up and the notices are strict.
        """
        notices = translating.notices
        scan = scan_file(self.path, notices, on_bytes=translating.on_bytes)
        settings = settings_of(scan)
        derived = derived_labels(scan, settings)
        labels = self.overrides.over(derived)
        grade = self.grades.of(self.path.resolve(), settings.instance, notices)
        unidentified = Source(
            system=SYSTEM,
            source_id=f"{derived.job_id}/{derived.task_id}/{scan.beginning}",
            content_sha256=_content(scan, grade),
            n_records=scan.n_records + (grade is not None),
            translator_version=TRANSLATOR_VERSION,
        )
        run_id, source = identify(unidentified, labels, translating.lookup)
        environment = settings.environment
        return TranslatedRun(
            run_id=run_id,
            labels=labels,
            source=source,
            cfg_hash=redacted_hash(settings.config),
            env_hash=redacted_hash(environment),
            trace_id=None,
            events=_events(
                scan, run.run_start(scan, settings, labels, source), grade, settings, notices
            ),
        )


def _content(scan: TrajectoryScan, grade: Grade | None) -> str:
    """Digest of the file and of what the evaluation says of it.

    A summary changes with every other instance of the batch, so its bytes do not count.
    """
    if grade is None:
        return scan.content_sha256
    verdict = run.verdict(grade, scan.last_us or 0)
    return hashlib.sha256(
        scan.content_sha256.encode() + b"\0" + verdict.model_dump_json().encode()
    ).hexdigest()


def _events(
    scan: TrajectoryScan,
    start: RunStart,
    grade: Grade | None,
    settings: Settings,
    notices: Notices,
) -> Iterator[TranslatedEvent]:
    translator = EntryTranslator(scan.first_us or 0, settings.model)
    yield TranslatedEvent("run_start", start, wire(scan.first_us or 0))
    yield from translator.events(scan)
    ended_us = translator.at_us if scan.last_us is None else max(scan.last_us, translator.at_us)
    ending = run.ending_of(scan)
    if ending.stopped_by == INTERRUPTED and not scan.breaks_off:
        text = "no exit status: imported as cancelled, with what it has"
        notices.add("no_exit_status", str(scan.path), text)
    failure = run.failure(scan, ending)
    if failure is not None:
        yield TranslatedEvent("failure", failure, wire(ended_us))
    if grade is not None:
        yield TranslatedEvent("verdict", run.verdict(grade, ended_us), wire(ended_us))
    stop = run.run_stop(scan, ending, grade, translator)
    yield TranslatedEvent("run_stop", stop, wire(ended_us))


class SweAgentImporter:
    """Imports the trajectories of SWE-agent and mini-swe-agent."""

    def claims(self, path: Path) -> bool:
        """Claim a trajectory, the directory of a batch, or what the harness wrote about them."""
        if is_harness_output(path):
            return True
        return is_batch(path) if path.is_dir() else is_trajectory(path) and not is_part(path)

    def find(self, paths: Sequence[Path], search: Search) -> Iterator[TrajectoryRecording]:
        """Yield the trajectories at and below ``paths``.

        Evaluations among the paths are those of the trajectories; without any they are refused.
        """
        found: dict[Path, Path] = {}
        empty: list[Path] = []
        for path in paths:
            try:
                below = _trajectories(path)
                found.update({one.resolve(): one for one in below})
                if not below:
                    empty.append(path)
            except OSError as error:
                search.refuse(refusal(path, error))
        asked = [path.resolve() for path in paths if path.is_dir() or is_evaluation(path)]
        grades = Grades(asked, list(found))
        for path in empty:
            if not (found and grades.has_evaluation(path)):
                search.refuse(_nothing(path, is_evaluation=grades.has_evaluation(path)))
        if found:
            grades.say_what_counts_for_none(search.notices)
        for path in found.values():
            yield TrajectoryRecording(path, path.stat().st_size, search.overrides, grades)


def _trajectories(path: Path) -> list[Path]:
    """The trajectories at and below a path; any other file that was named is tried as one."""
    if path.is_dir():
        return list(trajectories_below(path))
    return [path] if path.is_file() and not is_evaluation(path) else []


def _nothing(path: Path, *, is_evaluation: bool) -> NothingFound:
    if is_evaluation:
        reason, hint = "evaluations, but no trajectory of what they grade", _EVALUATION_HINT
    else:
        reason = "no trajectory in it or below it" if path.exists() else "no such path"
        hint = _HINT
    return NothingFound(path, reason, hint=hint)
