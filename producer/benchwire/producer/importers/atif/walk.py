"""Walks through all trajectories of one agent run: main line, sub-agents, continuations.

A run may be spread over several documents. Sub-agents are embedded (since 1.7) or lie in files
that a step refers to; a continuation is a file that goes on where the context was summarised.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final

from benchwire.producer.importers import fitting
from benchwire.producer.importers.json_members import NotAnObject, read_members
from benchwire.producer.importers.notices import Notices

_ITEMWISE: Final = frozenset({"steps", "subagent_trajectories"})
_READ_BUFFER_BYTES: Final = 1 << 20
SUBAGENT_DEPTH_MAX: Final = 16
"""Sub-agents of sub-agents that are followed; deeper ones are left out and reported."""


@dataclass(slots=True)
class Part:
    """One trajectory of a run, while it is read."""

    path: Path
    """The file it is in."""
    prefix: str = ""
    """What its step ids begin with; empty for the main line."""
    agent_id: str | None = None
    """Which sub-agent's trajectory it is; None for the main agent."""
    parent_step_id: str | None = None
    """The step that started the sub-agent."""
    depth: int = 0
    """Sub-agents above it."""
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    """Root members read so far, without the steps."""

    @property
    def agent(self) -> dict[str, Any]:
        """The agent's description; empty until it was read."""
        return fitting.mapping(self.facts.get("agent"))

    def step_id(self, step: Mapping[str, Any]) -> str:
        """The id of one of its steps within the run."""
        name = f"{self.prefix}step-{step.get('step_id')}"
        return fitting.identifier(name) or "step"


@dataclass(frozen=True, slots=True)
class _Reference:
    """What a step says of a sub-agent's trajectory."""

    step_id: str
    trajectory_id: str | None
    session_id: str | None
    file_name: str | None


class TrajectoryWalk:
    """One walk through a run's trajectories. Walking again gives the same.

    Files are only followed inside the directory of the first one.
    """

    def __init__(
        self,
        root: Path,
        *,
        notices: Notices | None = None,
        prefix: str = "",
        on_bytes: Callable[[bytes], object] | None = None,
    ) -> None:
        self.main = Part(root, prefix=prefix)
        """The main line."""
        self.last = self.main
        """The main line's last continuation so far, or the main line itself."""
        self.files: list[Path] = []
        """Files read so far."""
        self._prefix = prefix
        self._notices = notices
        self._on_bytes = on_bytes
        self._n_continuations = 0
        self._called = Counter[str]()

    def steps(self) -> Iterator[tuple[Part, dict[str, Any]]]:
        """Yield every step with the part it belongs to: the main line first.

        What breaks off or is missing is noticed, and what could be read is yielded.
        """
        part: Part | None = self.main
        while part is not None:
            self.last = part
            yield from self._file(part)
            part = self._continuation(part)

    def _file(self, part: Part) -> Iterator[tuple[Part, dict[str, Any]]]:
        self.files.append(part.path)
        try:
            with part.path.open("rb", buffering=_READ_BUFFER_BYTES) as stream:
                yield from self._part(part, self._members(stream))
        except NotAnObject as error:
            self._notice("broken_trajectory", part.path, str(error))
        except OSError as error:
            self._notice("missing_trajectory", part.path, error.strerror or str(error))

    def _members(self, stream: BinaryIO) -> Iterator[tuple[str, Any]]:
        return read_members(stream, itemwise=_ITEMWISE, on_bytes=self._on_bytes)

    def _part(
        self, part: Part, members: Iterator[tuple[str, Any]]
    ) -> Iterator[tuple[Part, dict[str, Any]]]:
        """Yield a trajectory's steps, then those of the sub-agents it refers to."""
        references: list[_Reference] = []
        embedded: list[dict[str, Any]] = []
        for key, value in members:
            if key == "steps":
                if fitting.is_object(value):
                    references.extend(_references(part, value))
                    yield part, value
                else:
                    self._notice("broken_record", part.path, "a step that is no JSON object")
            elif key == "subagent_trajectories":
                embedded.append(fitting.mapping(value))
            else:
                part.facts[key] = value
        yield from self._subagents(part, references, embedded)

    def _subagents(
        self, part: Part, references: list[_Reference], embedded: list[dict[str, Any]]
    ) -> Iterator[tuple[Part, dict[str, Any]]]:
        if part.depth >= SUBAGENT_DEPTH_MAX and (embedded or references):
            self._notice("deep_subagents", part.path, "sub-agents nested too deep are left out")
            return
        inside = {str(one.get("trajectory_id")) for one in embedded}
        for one in embedded:
            name = fitting.name(one.get("trajectory_id")) or fitting.name(one.get("session_id"))
            called = [ref for ref in references if ref.trajectory_id == name]
            child = self._child(part, name, called[0].step_id if called else None)
            yield from self._part(child, _members_of(one))
        for reference in references:
            if reference.trajectory_id in inside or reference.file_name is None:
                continue
            path = self.main.path.with_name(reference.file_name)
            if path in self.files:
                continue
            name = reference.trajectory_id or reference.session_id or path.stem
            child = self._child(part, name, reference.step_id)
            child.path = path
            yield from self._file(child)

    def _child(self, part: Part, name: str | None, step_id: str | None) -> Part:
        called = name or f"{part.agent_id or 'subagent'}-{part.depth + 1}"
        # A session id is that of the run for some agents, and then all sub-agents have it.
        self._called[called] += 1
        agent_id = called if self._called[called] == 1 else f"{called}-{self._called[called]}"
        return Part(
            part.path,
            prefix=f"{self._prefix}{agent_id}.",
            agent_id=agent_id,
            parent_step_id=step_id,
            depth=part.depth + 1,
        )

    def _continuation(self, part: Part) -> Part | None:
        """The file in which the main line goes on."""
        name = _file_name(part.facts.get("continued_trajectory_ref"))
        if name is None:
            return None
        path = self.main.path.with_name(name)
        if path in self.files:
            self._notice("missing_trajectory", path, "continues a trajectory that led to it")
            return None
        self._n_continuations += 1
        return Part(path, prefix=f"{self._prefix}cont-{self._n_continuations}.")

    def _notice(self, code: str, path: Path, text: str) -> None:
        if self._notices is not None:
            self._notices.add(code, str(path), text)


def _members_of(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The members of an embedded trajectory, in the form in which a file's are read."""
    late = [key for key in document if key in _ITEMWISE]
    for key, value in document.items():
        if key not in _ITEMWISE:
            yield key, value
    for key in late:
        for item in fitting.items(document[key]):
            yield key, item


def _references(part: Part, step: Mapping[str, Any]) -> Iterator[_Reference]:
    """What a step's observation says of sub-agents; up to 1.6 it may be one object, no list."""
    observation = fitting.mapping(step.get("observation"))
    for result in fitting.items(observation.get("results")):
        said = fitting.mapping(result).get("subagent_trajectory_ref")
        for entry in [said] if fitting.is_object(said) else fitting.items(said):
            reference = fitting.mapping(entry)
            yield _Reference(
                part.step_id(step),
                fitting.name(reference.get("trajectory_id")),
                fitting.name(reference.get("session_id")),
                _file_name(reference.get("trajectory_path")),
            )


def _file_name(reference: object) -> str | None:
    """The name of a file beside the trajectory; paths are those of the sandbox it was made in."""
    text = fitting.name(reference)
    return None if text is None else PurePosixPath(text.replace("\\", "/")).name or None
