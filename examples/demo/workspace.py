"""A temporary directory with the task's project, its git baseline, and commands run in it."""

import difflib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .task import DemoTask

SHOWN_AS: Final = "/workspace"
"""How the workspace's path appears in everything an agent reads: the same in every run."""
_GIT_IDENTITY: Final = ("-c", "user.name=demo", "-c", "user.email=demo@localhost")


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that ended, or ran into its time limit."""

    output: str
    exit_code: int | None
    """None if it had to be stopped."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What was changed since the baseline."""

    files: tuple[str, ...]
    lines_added: int
    lines_removed: int


class Workspace:
    """The project of one run."""

    def __init__(self, root: Path, task: DemoTask) -> None:
        self.root = root
        self.task = task
        self.git_base: str | None = None
        self.restore(list(task.files))
        if self.has_git:
            self._commit_baseline()

    @property
    def has_git(self) -> bool:
        """True if git is installed; the demo also works without it."""
        return shutil.which("git") is not None

    def read(self, name: str) -> str:
        """Content of a file."""
        return (self.root / name).read_text(encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        """Replace a file."""
        (self.root / name).write_text(text, encoding="utf-8")

    def restore(self, names: Sequence[str]) -> None:
        """Put files back as the task has them."""
        for name in names:
            self.write(name, self.task.files[name])

    def run(self, command: Sequence[str], *, timeout_seconds: float) -> Finished:
        """Run a command in the workspace; ``python`` is the interpreter of the demo."""
        words = [sys.executable if word == "python" else word for word in command]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
        try:
            done = subprocess.run(
                words,
                cwd=self.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=timeout_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Finished(f"stopped after {timeout_seconds:g} s", None)
        text = done.stdout.decode(errors="replace").replace(str(self.root), SHOWN_AS)
        return Finished(text, done.returncode)

    def changes(self) -> Changes:
        """Compare with the task's own files, line by line."""
        files: list[str] = []
        added = removed = 0
        for name, before in sorted(self.task.files.items()):
            after = self.read(name)
            if after == before:
                continue
            files.append(name)
            for line in difflib.ndiff(before.splitlines(), after.splitlines()):
                added += line.startswith("+ ")
                removed += line.startswith("- ")
        return Changes(tuple(files), added, removed)

    def _commit_baseline(self) -> None:
        for arguments in (
            ("init", "--quiet"),
            ("add", "--all"),
            (*_GIT_IDENTITY, "commit", "--quiet", "--no-verify", "--message", "Baseline"),
        ):
            self.run(("git", *arguments), timeout_seconds=30)
        done = self.run(("git", "rev-parse", "HEAD"), timeout_seconds=30)
        self.git_base = done.output.strip() if done.exit_code == 0 else None


@contextmanager
def open_workspace(task: DemoTask) -> Generator[Workspace]:
    """Lay out a task in a temporary directory that is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="benchwire-demo-") as folder:
        yield Workspace(Path(folder).resolve(), task)
