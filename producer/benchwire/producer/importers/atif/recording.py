"""Trajectory files as recordings: each is one run, with its continuations and sub-agents."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchwire.producer.importers.atif import run
from benchwire.producer.importers.atif.scan import TrajectoryScan, scan_trajectory
from benchwire.producer.importers.atif.translate import TrajectoryTranslator
from benchwire.producer.importers.document_hashes import redacted_hash
from benchwire.producer.importers.errors import ImportRefused, NothingFound, Unreadable, refusal
from benchwire.producer.importers.importer import Search, Translating
from benchwire.producer.importers.labels import LabelOverrides, Labels
from benchwire.producer.importers.source import identify
from benchwire.producer.importers.timestamps import wire
from benchwire.producer.importers.translated import TranslatedEvent, TranslatedRun
from benchwire.schemas.run import Source

SYSTEM: Final = "atif"
TRANSLATOR_VERSION: Final = 1
"""Raised with every change of what the same bytes are translated to."""
_HEAD_BYTES: Final = 1 << 14
_SCHEMA: Final = re.compile(rb'"schema_version"\s*:\s*"ATIF-v')
_REFERENCE: Final = re.compile(
    rb'"(?:continued_trajectory_ref|trajectory_path)"\s*:\s*"(?:[^"]*[/\\])?([^"/\\]+)"'
)
_REFERENCE_CHARS_MAX: Final = 4_096


@dataclass(frozen=True, slots=True)
class TrajectoryRecording:
    """One trajectory, found but not read."""

    path: Path
    size_bytes: int
    overrides: LabelOverrides

    @property
    def work_bytes(self) -> int:
        """Both passes read it."""
        return 2 * self.size_bytes

    def translate(self, translating: Translating) -> TranslatedRun:
        """Read the trajectory once and return its run; the events are made in a second pass.

        Raises:
            Unreadable: It has no steps that could be read.
            StrictImport: A notice came up and the notices are strict.
        """
        scan = scan_trajectory(self.path, translating.notices, on_bytes=translating.on_bytes)
        if scan.n_steps == 0:
            raise Unreadable(self.path, "no ATIF trajectory: it has no steps")
        labels = self.overrides.over(run.derived_labels(scan))
        unidentified = Source(
            system=SYSTEM,
            source_id=run.source_id(scan),
            content_sha256=scan.content_sha256,
            n_records=scan.n_steps,
            translator_version=TRANSLATOR_VERSION,
        )
        run_id, source = identify(unidentified, labels, translating.lookup)
        environment = run.environment_document(scan)
        return TranslatedRun(
            run_id=run_id,
            labels=labels,
            source=source,
            cfg_hash=redacted_hash(run.config_document(scan)),
            env_hash=redacted_hash(environment),
            trace_id=None,
            events=_events(scan, labels, source, translating),
        )


def _events(
    scan: TrajectoryScan, labels: Labels, source: Source, translating: Translating
) -> Iterator[TranslatedEvent]:
    translator = TrajectoryTranslator(scan.first_us or 0)
    yield TranslatedEvent(
        "run_start", run.run_start(scan, labels, source), wire(scan.first_us or 0)
    )
    yield from translator.events(scan.path, on_bytes=translating.on_bytes)
    ended_us = translator.at_us if scan.last_us is None else scan.last_us
    yield TranslatedEvent("run_stop", run.run_stop(scan, translator), wire(ended_us))


class AtifImporter:
    """Imports trajectory files."""

    def claims(self, path: Path) -> bool:
        """Claim a JSON file that says it is a trajectory near its beginning."""
        if path.suffix != ".json" or not path.is_file():
            return False
        with path.open("rb") as stream:
            return _SCHEMA.search(stream.read(_HEAD_BYTES)) is not None

    def find(self, paths: Sequence[Path], search: Search) -> Iterator[TrajectoryRecording]:
        """Yield the trajectories at and below ``paths``, without those that others lead to."""
        asked = {path for path in paths if path.is_file()}
        found: dict[Path, None] = {}
        for path in paths:
            try:
                below = [path] if path in asked else sorted(path.rglob("*.json"))
                claimed = [one for one in below if one in asked or self.claims(one)]
            except (ImportRefused, OSError) as error:
                search.refuse(refusal(path, error))
                continue
            if not claimed:
                reason = "no trajectory in it or below it" if path.is_dir() else "no such path"
                search.refuse(NothingFound(path, reason, hint="name an ATIF file or directory"))
            found.update(dict.fromkeys(claimed))
        led_to = _led_to(found)
        for path in found:
            if path not in led_to:
                yield TrajectoryRecording(path, path.stat().st_size, search.overrides)


def _led_to(paths: Sequence[Path] | dict[Path, None]) -> set[Path]:
    """Of trajectories in one directory, those that another one continues in or refers to."""
    by_folder: dict[Path, list[Path]] = {}
    for path in paths:
        by_folder.setdefault(path.parent, []).append(path)
    led_to: set[Path] = set()
    for together in by_folder.values():
        if len(together) > 1:
            for path in together:
                led_to.update(path.with_name(name) for name in _references(path))
    return led_to


def _references(path: Path) -> Iterator[str]:
    """Names of the files a trajectory refers to, without reading all of it at once."""
    tail = b""
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            text = tail + chunk
            for match in _REFERENCE.finditer(text):
                yield match[1].decode(errors="replace")
            tail = text[-_REFERENCE_CHARS_MAX:]
