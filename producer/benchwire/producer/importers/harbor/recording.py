"""Trials of Harbor and Pier as recordings: each is one run."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchwire.producer.importers import fitting
from benchwire.producer.importers.declared import DeclaredFigures
from benchwire.producer.importers.document_hashes import redacted_hash
from benchwire.producer.importers.harbor import run, settings
from benchwire.producer.importers.harbor.figures import reported
from benchwire.producer.importers.harbor.head import TrialHead
from benchwire.producer.importers.harbor.job import Job
from benchwire.producer.importers.harbor.logs import log_files
from benchwire.producer.importers.harbor.translate import trial_events
from benchwire.producer.importers.harbor.trial import Trial, content_of, read_trial
from benchwire.producer.importers.importer import Translating
from benchwire.producer.importers.labels import Labels
from benchwire.producer.importers.source import StoredImportLookup, identify
from benchwire.producer.importers.translated import TranslatedRun
from benchwire.schemas.run import Source

SYSTEM: Final = "harbor"
TRANSLATOR_VERSION: Final = 2
"""Raised with every change of what the same bytes are translated to."""


@dataclass(frozen=True, slots=True)
class TrialRecording:
    """One trial, named and numbered, but not read yet."""

    head: TrialHead
    job: Job
    labels: Labels
    figures: DeclaredFigures | None = None
    """What the job declares of this trial among others."""

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
        if self.figures is not None:
            self.figures.report(self.head.name, reported(trial), translating.notices)
        version = run.agent_version(trial)
        config = settings.config_document(self.head, self.job, trial.config)
        environment = settings.environment_document(self.job, trial.config, version)
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
            cfg_hash=redacted_hash(config),
            env_hash=redacted_hash(environment),
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
    place = f"{job.id or head.job_id or job.name}/{head.name}"
    named = fitting.text(place) or place
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
        "step_rewards": dict(trial.step_rewards),
        "errors": trial.error_types,
        "open": trial.is_open,
    }
