"""Samples of Inspect logs as recordings: each is one run in each epoch."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchwire.producer.importers import fitting
from benchwire.producer.importers.declared import DeclaredFigures
from benchwire.producer.importers.errors import ImportRefused, NothingFound, Unreadable, refusal
from benchwire.producer.importers.importer import Search, Translating
from benchwire.producer.importers.inspect.archive import reading
from benchwire.producer.importers.inspect.figures import figures_of, reported
from benchwire.producer.importers.inspect.header import EvalHeader
from benchwire.producer.importers.inspect.log import EvalLog, SamplePart, is_log, open_log
from benchwire.producer.importers.inspect.naming import Described
from benchwire.producer.importers.inspect.run import Sample
from benchwire.producer.importers.inspect.scan import SampleScan, scan_sample
from benchwire.producer.importers.inspect.scores import headline_of
from benchwire.producer.importers.inspect.translate import SampleTranslator
from benchwire.producer.importers.labels import LabelOverrides, Labels
from benchwire.producer.importers.source import identify
from benchwire.producer.importers.translated import TranslatedRun
from benchwire.schemas.run import Source

SYSTEM: Final = "inspect"
TRANSLATOR_VERSION: Final = 1
"""Raised with every change of what the same bytes are translated to."""
_HINT: Final = "name a log (.eval, .json) or a directory of logs"
_HINT_SAMPLES: Final = "Inspect logs samples as they finish, unless it runs with --no-log-samples"


@dataclass(frozen=True, slots=True)
class SampleRecording:
    """One sample in one epoch, found but not read."""

    log: Described
    part: SamplePart
    overrides: LabelOverrides
    epochs_before: int = 0
    """Epochs that other logs hold of the same cells."""
    number: int = 0
    """Its place in the log."""
    figures: DeclaredFigures | None = None
    """What the log declares of this sample among others."""

    @property
    def path(self) -> Path:
        """The log it is in."""
        return self.log.header.path

    @property
    def work_bytes(self) -> int:
        """Both passes read it."""
        return 2 * self.part.size_bytes

    def translate(self, translating: Translating) -> TranslatedRun:
        """Read the sample once and return its run; the events are made in a second pass.

        Raises:
            Unreadable: It is broken.
            StrictImport: A declared figure differs, and the notices are strict.
        """
        scan = self._scan(translating)
        labels = self._labels(scan.facts)
        unidentified = Source(
            system=SYSTEM,
            source_id=self._source_id(scan.facts),
            content_sha256=scan.content_sha256,
            n_records=scan.n_records,
            translator_version=TRANSLATOR_VERSION,
        )
        run_id, source = identify(unidentified, labels, translating.lookup)
        if self.figures is not None:
            run = reported(scan.facts, headline_of(self.log.header))
            self.figures.report(str(self.number), run, translating.notices)
        unknown_types = Counter[str]()
        translator = SampleTranslator(Sample(self.log, scan, labels, source), unknown_types)
        return TranslatedRun(
            run_id=run_id,
            labels=labels,
            source=source,
            cfg_hash=self.log.cfg_hash,
            env_hash=self.log.env_hash,
            trace_id=None,
            seed=fitting.integer(self.log.header.generate_config.get("seed"), 2**64 - 1),
            unknown_types=unknown_types,
            events=translator.events(translating.on_bytes),
        )

    def _scan(self, translating: Translating) -> SampleScan:
        with reading(self.path, self.part.where):
            scan = scan_sample(self.part, translating.on_bytes)
        if scan.facts.get("id") is None or fitting.count(scan.facts.get("epoch")) is None:
            raise Unreadable(self.path, f"{_inside(self.part)}a sample without id or epoch")
        return scan

    def _labels(self, facts: dict[str, Any]) -> Labels:
        retried = facts.get("error_retries")
        n_retries = (
            len(retried) if fitting.is_array(retried) else fitting.count(facts.get("retries"))
        )
        epoch = (fitting.count(facts.get("epoch")) or 1) + self.epochs_before
        derived = self.log.labels(str(facts["id"]), epoch, attempt=1 + (n_retries or 0))
        return self.overrides.over(derived)

    def _source_id(self, facts: dict[str, Any]) -> str:
        """The sample's own id; older logs have none, and the place in its evaluation is it."""
        place = f"{self.log.header.eval_id}/{facts['id']}/{facts['epoch']}"
        return fitting.name(facts.get("uuid")) or fitting.text(place) or place


class InspectImporter:
    """Imports logs of Inspect AI."""

    def claims(self, path: Path) -> bool:
        """Claim a file that is a log by its name and its beginning."""
        return is_log(path)

    def find(self, paths: Sequence[Path], search: Search) -> Iterator[SampleRecording]:
        """Yield the samples of all logs at and below ``paths``, log by log."""
        files: dict[Path, None] = {}
        for path in paths:
            try:
                below = [path] if path.is_file() else sorted(_below(path))
            except OSError as error:
                search.refuse(refusal(path, error))
                continue
            if not below:
                reason = "no Inspect log in it or below it" if path.is_dir() else "no such path"
                search.refuse(NothingFound(path, reason, hint=_HINT))
            files.update(dict.fromkeys(below))
        epochs = Counter[tuple[str | None, ...]]()
        before: dict[tuple[str | None, ...], int] = {}
        for log in _opened(list(files), search):
            described = Described(log.header)
            cell = _cell(described, search.overrides)
            # Copies of one evaluation, converted or edited, are no trials of their own.
            copies = (*cell, log.header.eval_id)
            if copies not in before:
                before[copies], epochs[cell] = epochs[cell], epochs[cell] + log.header.epochs
            figures = None if log.broken else figures_of(log.header, len(log.parts))
            for number, part in enumerate(log.parts):
                yield SampleRecording(
                    described, part, search.overrides, before[copies], number, figures
                )


def _below(path: Path) -> Iterator[Path]:
    for pattern in ("*.eval", "*.json"):
        yield from (one for one in path.rglob(pattern) if is_log(one))


def _opened(files: Sequence[Path], search: Search) -> list[EvalLog]:
    """The logs with samples, in the order of their names, but a retry before what it retries.

    A retried log holds the finished samples of the earlier one again: the first to come counts.
    """
    tasks: dict[str, list[EvalLog]] = {}
    for path in files:
        try:
            log = open_log(path, search.read)
        except (ImportRefused, OSError) as error:
            search.refuse(refusal(path, error))
            continue
        if log.broken is not None:
            reason = f"{log.broken}; {len(log.parts)} samples before that can be read"
            search.refuse(Unreadable(path, reason))
        elif not log.parts:
            search.refuse(NothingFound(path, _without_samples(log.header), hint=_HINT_SAMPLES))
        else:
            _notice_missing(log, search)
        task = fitting.name(log.header.spec.get("task_id")) or str(path)
        tasks.setdefault(task, []).append(log)
    newest_first = (
        sorted(logs, key=lambda log: log.header.created_us or 0, reverse=True)
        for logs in tasks.values()
    )
    return [log for logs in newest_first for log in logs]


def _without_samples(header: EvalHeader) -> str:
    error = fitting.text(fitting.mapping(header.facts.get("error")).get("message"))
    n_expected = header.n_expected
    planned = "" if n_expected is None else f" of {n_expected}"
    ending = f"status {header.status}" if error is None else f"status {header.status}: {error}"
    return f"a log without samples{planned} ({ending}); what its results say is of no single run"


def _notice_missing(log: EvalLog, search: Search) -> None:
    n_expected = log.header.n_expected
    if n_expected is not None and n_expected > len(log.parts):
        text = (
            f"{n_expected - len(log.parts)} of {n_expected} samples are missing "
            f"(status {log.header.status}): only finished ones are logged"
        )
        search.notices.add("samples_missing", str(log.header.path), text)


def _cell(log: Described, overrides: LabelOverrides) -> tuple[str | None, ...]:
    """What two logs must share for their epochs to be trials of the same cells."""
    labels = overrides.over(log.labels("sample", 1, 1))
    return labels.experiment_id, labels.job_id, labels.policy_id, overrides.task_id


def _inside(part: SamplePart) -> str:
    """The name of an archive's member, for messages."""
    _, _, name = part.where.partition("!")
    return f"{name}: " if name else ""
