"""Trials of copilot-experiments' own harness as recordings: each is one run."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchwire.producer.importers import fitting
from benchwire.producer.importers.copilot_experiments import layout, settings
from benchwire.producer.importers.copilot_experiments.experiment_run import (
    ExperimentRun,
    read_run,
)
from benchwire.producer.importers.copilot_experiments.layout import (
    FoundRun,
    TrialPlace,
    find_runs,
    is_run,
    is_trial,
    listed_place,
    place_of,
)
from benchwire.producer.importers.copilot_experiments.translate import trial_events
from benchwire.producer.importers.copilot_experiments.trial import Trial, read_trial, session_log
from benchwire.producer.importers.document_hashes import redacted_hash
from benchwire.producer.importers.errors import NothingFound, refusal
from benchwire.producer.importers.importer import Search, Translating
from benchwire.producer.importers.labels import LabelOverrides, Labels
from benchwire.producer.importers.source import identify
from benchwire.producer.importers.translated import TranslatedRun
from benchwire.schemas.hashing import canonical_json
from benchwire.schemas.run import Source

SYSTEM: Final = "copilot-experiments"
TRANSLATOR_VERSION: Final = 1
"""Raised with every change of what the same bytes are translated to."""
_HINT: Final = "name a results directory, an experiment, a run or a single trial"


@dataclass(frozen=True, slots=True)
class TrialRecording:
    """One trial, found but not read."""

    place: TrialPlace
    run: ExperimentRun
    overrides: LabelOverrides

    @property
    def path(self) -> Path:
        """The trial's directory; for one without, that of its run."""
        folder = self.place.folder
        return folder if folder.is_dir() or self.run.folder is None else self.run.folder

    @property
    def work_bytes(self) -> int:
        """Both passes read the session; all else is small."""
        log = session_log(self.place.folder)
        return 0 if log is None else 2 * log.stat().st_size

    def translate(self, translating: Translating) -> TranslatedRun:
        """Read the trial once and return its run; the events are made in a second pass.

        Raises:
            StrictImport: A notice came up and the notices are strict.
        """
        trial = read_trial(self.place, self.run, translating)
        labels = self.overrides.over(derived_labels(trial))
        digest, n_records = content_of(trial)
        unidentified = Source(
            system=SYSTEM,
            source_id=source_id(trial),
            content_sha256=digest,
            n_records=n_records,
            translator_version=TRANSLATOR_VERSION,
        )
        run_id, source = identify(unidentified, labels, translating.lookup)
        config, environment = settings.config_document(trial), settings.environment_document(trial)
        unknown_types = Counter[str]()
        return TranslatedRun(
            run_id=run_id,
            labels=labels,
            source=source,
            cfg_hash=redacted_hash(config),
            env_hash=redacted_hash(environment),
            trace_id=None if trial.session is None else trial.session.otel.trace_id,
            unknown_types=unknown_types,
            events=trial_events(
                trial, labels, source, translating=translating, unknown_types=unknown_types
            ),
        )


def derived_labels(trial: Trial) -> Labels:
    """Labels by the directories of the tree; of a trial out of its tree, by its OTel resource."""
    place, run = trial.place, trial.run
    within = place.run_folder is not None
    said = {} if within or trial.session is None else trial.session.otel.labels
    return Labels(
        experiment_id=fitting.identifier(said.get("experiment")) or run.experiment or SYSTEM,
        job_id=run.run_id or "import",
        policy_id=fitting.identifier(said.get("variant"))
        or fitting.identifier(place.variant)
        or "variant",
        task_id=fitting.identifier(said.get("task")) or fitting.identifier(place.task) or "task",
        trial_no=place.trial_no or None,
    )


def source_id(trial: Trial) -> str:
    """The trial's identity: its place in the tree; out of a tree, its session."""
    place, run = trial.place, trial.run
    if place.run_folder is None:
        own = fitting.name(trial.said.get("session_id"))
        own = own or (None if trial.session is None else trial.session.header.session_id)
        if own is not None:
            return own
    numbered = f"{place.variant}/{place.task}/{place.trial_no:03d}"
    return f"{run.experiment}/{run.run_id}/{numbered}"


def content_of(trial: Trial) -> tuple[str, int]:
    """Digest of everything a trial's events are made of, and the number of records in it.

    Of the run only what concerns the trial counts; ``run.json`` changes with every other trial.
    """
    facts = {
        "said": fitting.document(trial.said),
        "metrics": fitting.document(trial.metrics),
        "variant": fitting.document(trial.variant),
        "task": fitting.document(trial.task),
        "environment": settings.environment_document(trial),
        "began_us": trial.began_us,
        "open": trial.is_open,
    }
    digest = hashlib.sha256(canonical_json(facts))
    for artifact in trial.artifacts:
        digest.update(f"{artifact.name}\0{artifact.sha256}".encode())
    documents = (trial.said, trial.metrics, trial.variant, trial.task, trial.run.document)
    n_records = len(trial.artifacts) + sum(bool(one) for one in documents)
    return digest.hexdigest(), n_records + (0 if trial.session is None else trial.session.n_records)


class ExperimentsImporter:
    """Imports result trees: whole ones, single experiments, runs and trials."""

    def claims(self, path: Path) -> bool:
        """Claim a run's or a trial's directory, also where the run's document is named."""
        folder = path.parent if path.name == layout.RUN else path
        return folder.is_dir() and (is_trial(folder) or is_run(folder))

    def find(self, paths: Sequence[Path], search: Search) -> Iterator[TrialRecording]:
        """Yield the trials at and below ``paths``, each once, run by run."""
        seen: set[Path] = set()
        for path in paths:
            top = path.parent if path.name == layout.RUN else path
            try:
                found = find_runs(top)
            except OSError as error:
                search.refuse(refusal(path, error))
                continue
            if not found:
                search.refuse(NothingFound(path, "no run and no trial in it", hint=_HINT))
            for run in found:
                for one in _recordings(run, search):
                    place = one.place.folder.resolve()
                    if place not in seen:
                        seen.add(place)
                        yield one


def _recordings(found: FoundRun, search: Search) -> Iterator[TrialRecording]:
    """Yield a run's trials: those with a directory, then those that only ``run.json`` lists."""
    run = read_run(found.folder, search.notices)
    places = [place_of(trial) for trial in found.trials]
    if found.folder is not None and found.is_whole:
        known = {(one.variant, one.task, one.trial_no) for one in places}
        folder = found.folder
        places.extend(listed_place(folder, *key) for key in run.trials if key not in known)
        if not places:
            search.refuse(NothingFound(folder, "a run without any trial", hint=_HINT))
    for place in places:
        yield TrialRecording(place, run, search.overrides)
