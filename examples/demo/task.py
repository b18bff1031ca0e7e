"""Loads the tasks of the demo: a broken project, its tests, and edits that might mend it."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchwire.schemas.task import Task, TaskFeatures

TASKS = Path(__file__).parent / "tasks"


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one file: the scripted stand-in for what a model would think of."""

    idea: str
    path: str
    find: str
    replace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTask:
    """One problem with its verifier."""

    task_id: str
    version: str
    prompt: str
    verify: tuple[str, ...]
    domain: str
    files: dict[str, str]
    edits: tuple[Edit, ...]
    checksum: str

    @property
    def tests(self) -> list[str]:
        """Files the agent must not change."""
        return sorted(name for name in self.files if name.startswith("test_"))

    @property
    def sources(self) -> list[str]:
        """Files the agent may change."""
        return sorted(name for name in self.files if not name.startswith("test_"))

    def payload(self) -> Task:
        """The task as ``run_start`` records it."""
        return Task(
            name=self.task_id,
            version=self.version,
            checksum=self.checksum,
            dataset="benchwire-demo",
            prompt=self.prompt,
            verify=" ".join(self.verify),
            features=TaskFeatures(
                file_count=len(self.files),
                test_count=sum(self.files[name].count("def test_") for name in self.tests),
                language_mix={"python": 1.0},
                domain=self.domain,
            ),
        )


def load_tasks(folder: Path = TASKS) -> list[DemoTask]:
    """Read all tasks, ordered by file name."""
    return [_load(path) for path in sorted(folder.glob("*.toml"))]


def _load(path: Path) -> DemoTask:
    raw = path.read_bytes()
    document: dict[str, Any] = tomllib.loads(raw.decode())
    return DemoTask(
        task_id=document["task_id"],
        version=document["version"],
        prompt=document["prompt"].strip(),
        verify=tuple(document["verify"]),
        domain=document["domain"],
        files=dict(document["files"]),
        edits=tuple(Edit(**edit) for edit in document["edits"]),
        checksum=hashlib.sha256(raw).hexdigest(),
    )
