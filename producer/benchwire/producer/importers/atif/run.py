"""Words the two ends of a trajectory that is a run of its own."""

import hashlib
from pathlib import Path
from typing import Any, Final

from benchwire.producer.importers import fitting, timestamps
from benchwire.producer.importers.atif import tokens
from benchwire.producer.importers.atif.scan import TrajectoryScan
from benchwire.producer.importers.atif.translate import TrajectoryTranslator
from benchwire.producer.importers.labels import Labels
from benchwire.schemas.hashing import canonical_json
from benchwire.schemas.policy import Agent, Policy
from benchwire.schemas.run import ContextComposition, EmitterRef, RunStart, RunStop, Source
from benchwire.schemas.task import Task

_PLAIN_NAME: Final = "trajectory"
_AGENT_FOLDER: Final = "agent"
_BEGINNING_HEX: Final = 16


def derived_labels(scan: TrajectoryScan) -> Labels:
    """Labels from what the trajectory says of itself, and the task from where it lies."""
    agent = fitting.name(scan.agent.get("name")) or "agent"
    policy = f"{agent}/{scan.model}" if scan.model else agent
    return Labels(
        experiment_id="atif-trajectories",
        job_id="import",
        policy_id=fitting.identifier(policy) or "agent",
        task_id=fitting.identifier(_task_name(scan.path.resolve())) or "trajectory",
        trial_no=None,
    )


def _task_name(path: Path) -> str:
    """The file's name, or that of the directory it lies in if every such file is called so."""
    name = path.name.removesuffix(".json").replace(f".{_PLAIN_NAME}", "")
    if name != _PLAIN_NAME:
        return name
    folder = path.parent
    return folder.parent.name if folder.name == _AGENT_FOLDER else folder.name


def source_id(scan: TrajectoryScan) -> str:
    """The trajectory's identity, which stays the same while it grows.

    A session id may be shared by several documents, and many agents only have a word for it,
    ``unknown`` or ``copilot-cli``: so where it lies and how it began are part of the identity.
    """
    began = canonical_json({"first_us": scan.first_us, "prompt": fitting.text(scan.prompt)})
    names = (
        scan.trajectory_id or scan.session_id,
        scan.agent.get("name"),
        _task_name(scan.path.resolve()),
        scan.path.name,
        hashlib.sha256(began).hexdigest()[:_BEGINNING_HEX],
    )
    return fitting.text("/".join(str(name) for name in names if name)) or ""


def config_document(scan: TrajectoryScan) -> dict[str, Any]:
    """The settings of the agent, as far as the trajectory tells them."""
    known = {"agent": scan.agent.get("name"), "model": scan.model, **_extra(scan)}
    said = {key: value for key, value in known.items() if value is not None}
    return fitting.document(said) or {}


def _extra(scan: TrajectoryScan) -> dict[str, Any]:
    return {"extra": extra} if (extra := fitting.document(scan.agent.get("extra"))) else {}


def environment_document(scan: TrajectoryScan) -> dict[str, Any] | None:
    """The software that ran."""
    version = fitting.name(scan.agent.get("version"))
    return None if version is None else {"agent_version": version}


def run_start(scan: TrajectoryScan, labels: Labels, source: Source) -> RunStart:
    """Word the beginning."""
    return RunStart(
        trial_no=labels.trial_no,
        policy=Policy(model=scan.model),
        agent=Agent(
            name=fitting.name(scan.agent.get("name")) or "agent",
            version=fitting.name(scan.agent.get("version")),
            adapter="atif",
        ),
        model=scan.model,
        task=Task(prompt=fitting.text(scan.prompt)),
        config=config_document(scan),
        environment=environment_document(scan),
        source=source,
        session_id=scan.session_id,
        started_at=None if scan.first_us is None else timestamps.wire(scan.first_us),
    )


def run_stop(scan: TrajectoryScan, translator: TrajectoryTranslator) -> RunStop:
    """Word the end: a trajectory says what was spent, but neither how it ended nor a verdict."""
    total = tokens.declared(scan.total, translator.used)
    lasted_ms = None
    if scan.first_us is not None and scan.last_us is not None:
        lasted_ms = (scan.last_us - scan.first_us) / 1000
    return RunStop(
        status="ok",
        outcome="ungraded",
        usage=None if total is None else total.usage(),
        context=context_of(scan),
        turns=translator.n_turns,
        compactions=scan.n_compactions,
        session_id=scan.session_id,
        duration_ms=lasted_ms,
        emitters=(EmitterRef(emitter="import", epoch=0),),
    )


def context_of(scan: TrajectoryScan) -> ContextComposition | None:
    """How full the context window was at most, if the agent says."""
    peak = scan.peak_context_tokens
    return None if peak is None else ContextComposition(peak_context_tokens=peak)
