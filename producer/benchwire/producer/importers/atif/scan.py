"""First pass over a trajectory: what must be known before its first event can be made."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchwire.producer.importers import fitting, timestamps
from benchwire.producer.importers.atif import tokens
from benchwire.producer.importers.atif.steps import message_text
from benchwire.producer.importers.atif.walk import TrajectoryWalk
from benchwire.producer.importers.buckets import Buckets
from benchwire.producer.importers.json_members import NotAnObject, read_members
from benchwire.producer.importers.notices import Notices


@dataclass(slots=True)
class TrajectoryScan:
    """What a trajectory with its continuations and sub-agents says as a whole."""

    path: Path
    schema_version: str | None = None
    session_id: str | None = None
    trajectory_id: str | None = None
    agent: dict[str, Any] = field(default_factory=dict[str, Any])
    """Name, version, model and tools of the main agent."""
    prompt: str | None = None
    """The first message of the user."""
    first_us: int | None = None
    """First instant in UTC."""
    last_us: int | None = None
    """Last instant in UTC."""
    n_steps: int = 0
    """Steps, copied ones included."""
    total: Buckets = field(default_factory=Buckets)
    """What the main line declares at its very end, for the whole run."""
    peak_context_tokens: int | None = None
    n_compactions: int | None = None
    content_sha256: str = ""

    @property
    def model(self) -> str | None:
        """The main agent's model."""
        return fitting.name(self.agent.get("model_name"))


def scan_trajectory(
    path: Path, notices: Notices, *, on_bytes: Callable[[int], object] | None = None
) -> TrajectoryScan:
    """Read a trajectory and all that belongs to it once.

    The totals are those of the last continuation: each document's count the whole run so far,
    its sub-agents included, and must never be added to each other.
    """
    scan = TrajectoryScan(path)
    digest = hashlib.sha256()

    def take_up(text: bytes) -> None:
        digest.update(text)
        if on_bytes is not None:
            on_bytes(len(text))

    walk = TrajectoryWalk(path, notices=notices, on_bytes=take_up)
    for part, step in walk.steps():
        scan.n_steps += 1
        at_us = timestamps.utc_instant_us(step.get("timestamp"))
        if at_us is not None:
            scan.first_us = at_us if scan.first_us is None else min(scan.first_us, at_us)
            scan.last_us = at_us if scan.last_us is None else max(scan.last_us, at_us)
        if scan.prompt is None and step.get("source") == "user" and part.agent_id is None:
            scan.prompt = message_text(step.get("message"))
    _describe(scan, walk)
    scan.content_sha256 = digest.hexdigest()
    return scan


def _describe(scan: TrajectoryScan, walk: TrajectoryWalk) -> None:
    facts, final = walk.main.facts, fitting.mapping(walk.last.facts.get("final_metrics"))
    extra = fitting.mapping(final.get("extra"))
    scan.schema_version = fitting.name(facts.get("schema_version"))
    scan.session_id = fitting.name(facts.get("session_id"))
    scan.trajectory_id = fitting.name(facts.get("trajectory_id"))
    scan.agent = walk.main.agent
    scan.total = tokens.of_final_metrics(final)
    scan.peak_context_tokens = fitting.tokens(extra.get("peak_context_tokens"))
    scan.n_compactions = fitting.count(extra.get("summarization_count"))


def read_agent(path: Path) -> dict[str, Any]:
    """The agent a trajectory names before its first step; empty if it names none there."""
    try:
        with path.open("rb") as stream:
            for key, value in read_members(stream, itemwise=frozenset({"steps"})):
                if key == "agent":
                    return fitting.mapping(value)
                if key == "steps":
                    break
    except (NotAnObject, OSError):
        pass
    return {}
