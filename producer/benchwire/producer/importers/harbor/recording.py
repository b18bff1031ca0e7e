"""Trials of Harbor and Pier as recordings: each is one run."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from benchwire.producer.importers import fitting
from benchwire.producer.importers.errors import ImportRefused, NothingFound, refusal
from benchwire.producer.importers.harbor import head as heads
from benchwire.producer.importers.harbor import labels as naming
from benchwire.producer.importers.harbor import run, settings
from benchwire.producer.importers.harbor.exported import ExportedTrial, has_set_aside, split
from benchwire.producer.importers.harbor.head import TrialHead
from benchwire.producer.importers.harbor.job import Job, read_job
from benchwire.producer.importers.harbor.layout import (
    RESULT,
    find_jobs,
    find_trials,
    is_job,
    is_trial,
)
from benchwire.producer.importers.harbor.logs import log_files
from benchwire.producer.importers.harbor.translate import trial_events
from benchwire.producer.importers.harbor.trial import Trial, content_of, read_trial
from benchwire.producer.importers.importer import Search, Translating
from benchwire.producer.importers.labels import Labels
from benchwire.producer.importers.source import StoredImportLookup, identify
from benchwire.producer.importers.translated import TranslatedRun
from benchwire.schemas.hashing import document_hash
from benchwire.schemas.redaction import Redactor
from benchwire.schemas.run import Source

SYSTEM: Final = "harbor"
TRANSLATOR_VERSION: Final = 1
"""Raised with every change of what the same bytes are translated to."""
_HINT: Final = "name a jobs directory, a job, a run or a single trial"


@dataclass(frozen=True, slots=True)
class TrialRecording:
    """One trial, named and numbered, but not read yet."""

    head: TrialHead
    job: Job
    labels: Labels

    @property
    def path(self) -> Path:
        """The trial's directory; for one without, that of its job."""
        return self.head.folder if self.head.has_folder else self.job.folder

    @property
    def work_bytes(self) -> int:
        """The agent's logs, which are read twice; all else is small."""
        return 2 * sum(path.stat().st_size for path in log_files(self.head.folder))

    def translate(self, translating: Translating) -> TranslatedRun:
        """Read the trial once and return its run; the events are made in a second pass.

        Raises:
            Unreadable: A document of the trial is broken.
            StrictImport: A notice came up and the notices are strict.
        """
        trial = read_trial(self.head, self.job, translating)
        version = run.agent_version(trial)
        config = settings.config_document(self.head, self.job, trial.config)
        environment = settings.environment_document(self.job, trial.config, version)
        redactor = Redactor()
        digest, n_records = content_of(trial, _job_facts(trial, config, environment))
        unidentified = Source(
            system=SYSTEM,
            source_id=source_id(self.head, self.job, translating.lookup),
            content_sha256=digest,
            n_records=n_records,
            translator_version=TRANSLATOR_VERSION,
        )
        run_id, source = identify(unidentified, self.labels, translating.lookup)
        unknown_types = Counter[str]()
        return TranslatedRun(
            run_id=run_id,
            labels=self.labels,
            source=source,
            cfg_hash=None if config is None else document_hash(redactor.document(config)),
            env_hash=None if environment is None else document_hash(redactor.document(environment)),
            trace_id=None,
            unknown_types=unknown_types,
            events=trial_events(
                trial, self.labels, source, translating=translating, unknown_types=unknown_types
            ),
        )


def source_id(head: TrialHead, job: Job, lookup: StoredImportLookup | None) -> str:
    """The trial's identity: launch, name and the harness's id, which a retry does not share.

    A trial without a result has no id. Once imported without, while it ran or from a tree without
    results, it goes on so, and the later import replaces the earlier one.
    """
    named = f"{job.id or head.job_id or job.name}/{head.name}"
    if head.id is None or (lookup is not None and lookup(SYSTEM, named) is not None):
        return named
    return f"{named}/{head.id}"


def _job_facts(
    trial: Trial, config: dict[str, Any] | None, environment: dict[str, Any] | None
) -> dict[str, Any]:
    """What the events of a trial take from its job."""
    return {
        "config": config,
        "environment": environment,
        "began_us": trial.job.began_us,
        "trials": trial.job.n_attempts,
        "harness": trial.job.harness[0],
        "agent": fitting.document(trial.head.settings),
        "task": trial.head.task,
        "rewards": trial.rewards,
        "errors": trial.error_types,
        "open": trial.is_open,
    }


class HarborImporter:
    """Imports job trees of Harbor and Pier."""

    def claims(self, path: Path) -> bool:
        """Claim a job's or a trial's directory, also where its result is named."""
        folder = path.parent if path.name == RESULT else path
        return folder.is_dir() and (is_trial(folder) or is_job(folder))

    def find(
        self, paths: Sequence[Path], search: Search
    ) -> Iterator[TrialRecording | ExportedTrial]:
        """Yield the trials at and below ``paths``, job by job, in order of time.

        A trial's number depends on its siblings: also where a single one is asked for, all
        trials of its job are looked at.
        """
        numbered = Counter[Labels]()
        for folder, wanted in _jobs(paths, search):
            job = read_job(folder, search)
            ours, others = split(find_trials(folder), search)
            yield from (one for one in ours if wanted is None or one.path.name in wanted)
            found = _heads(job, others, search, wanted, {one.path.name for one in ours})
            if not (found or ours) and wanted is None and not has_set_aside(folder):
                search.refuse(NothingFound(folder, "a job without any trial", hint=_HINT))
            for recording in _recordings(found, job, search, numbered):
                if wanted is None or recording.head.folder.name in wanted:
                    yield recording


def _jobs(paths: Sequence[Path], search: Search) -> Iterator[tuple[Path, frozenset[str] | None]]:
    """Yield each job once, with the trials asked for."""
    jobs: dict[Path, tuple[Path, frozenset[str] | None]] = {}
    for path in paths:
        top = path.parent if path.name == RESULT else path
        if top.is_file():
            reason = "a file, but jobs and trials are directories"
            search.refuse(NothingFound(path, reason, hint=_HINT))
            continue
        try:
            below = list(find_jobs(top))
        except OSError as error:
            search.refuse(refusal(path, error))
            continue
        if not below:
            search.refuse(NothingFound(path, "no job and no trial in it or below it", hint=_HINT))
        for folder, names in below:
            place = folder.resolve()
            folder, before = jobs.get(place, (folder, names))  # noqa: PLW2901 - as first named
            asked = None if names is None or before is None else names | before
            jobs[place] = (folder, asked)
    yield from jobs.values()


def _heads(
    job: Job,
    folders: Sequence[Path],
    search: Search,
    wanted: frozenset[str] | None,
    elsewhere: set[str],
) -> list[TrialHead]:
    """The heads of a job's trials: those with a directory, then those only its result lists.

    Trials ``elsewhere`` are read in another way. What is odd about trials that nobody asked for
    is not said.
    """
    silent = replace(search, refuse=_unsaid)
    read = [
        heads.read_head(folder, job, search if wanted is None or folder.name in wanted else silent)
        for folder in folders
    ]
    found = [one for one in read if one is not None]
    known = {folder.name for folder in folders} | {one.name for one in found} | elsewhere
    listed = [heads.listed_head(name, job) for name in sorted(job.listed) if name not in known]
    n_found = len(folders) + len(listed) + len(elsewhere)
    if wanted is None and job.n_completed is not None and job.n_completed > n_found:
        text = f"the job completed {job.n_completed} trials, {n_found} are named or there"
        search.notices.add("trials_missing", str(job.folder / RESULT), text)
    return found + listed


def _unsaid(_refused: ImportRefused) -> None:
    """Keep silent about a trial that was not asked for."""


def _recordings(
    found: Sequence[TrialHead], job: Job, search: Search, numbered: Counter[Labels]
) -> Iterator[TrialRecording]:
    """Yield a job's trials, numbered cell by cell.

    Labels of the caller's may put trials of several jobs into one cell: numbers go on there.
    """
    cells: dict[Labels, list[TrialHead]] = {}
    for one, labels in zip(found, naming.labels_of(found, job, search.overrides), strict=True):
        cells.setdefault(labels, []).append(one)
    for labels, unordered in cells.items():
        cell = naming.in_order(unordered)
        numbers = naming.number(cell, job)
        for one, (trial_no, attempt) in zip(cell, numbers, strict=True):
            number = labels.trial_no or trial_no + numbered[labels]
            yield TrialRecording(one, job, replace(labels, trial_no=number, attempt=attempt))
        numbered[labels] += max(trial_no for trial_no, _ in numbers)
