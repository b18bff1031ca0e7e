"""Where an agent works: made from a fixture or a repository, compared at the end, removed.

The workspace is a git repository with a baseline commit, for agents and verifiers to use. What the
agent changed is found with a second repository outside the workspace, so that whatever the agent
does to the first one (commits, resets, deletes it) changes nothing about the answer. It is taken
after setup: what setup commands make is not the agent's doing.
"""

import contextlib
import os
import shutil
import stat
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from benchwire.producer.log import log_warning
from benchwire.producer.runner.git import GitFailed, git, require_git, settings
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.schemas.errors import BenchwireError

NOT_COMPARED: Final = (
    "__pycache__/",
    "*.pyc",
    ".pytest_cache/",
    ".mypy_cache/",
    ".ruff_cache/",
    "node_modules/",
    ".DS_Store",
)
"""What programs leave behind by running; beside what the workspace's .gitignore names."""


GIT_DIR: Final = ".git"


class WorkspaceFailed(BenchwireError):  # noqa: N818 - a fact about a trial
    """A workspace could not be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What the agent changed."""

    files: tuple[str, ...]
    """Paths relative to the workspace, sorted."""
    lines_added: int
    lines_removed: int
    patch: bytes
    """The unified diff; binary files are only named."""


Clone = Callable[[Sequence[str], Path], None]
"""Runs a git command line in a directory; raises WorkspaceFailed if it fails."""


class Workspace:
    """The directory of one run; ``root`` is where the agent works."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "workspace"
        self.git_base: str | None = None
        """Commit the agent starts from."""
        self._compared = folder / "compared.git"
        self._tree_before: str | None = None

    def provision(self, planned: PlannedTrial, clone: Clone) -> None:
        """Make the workspace.

        Raises:
            GitMissing: git is not installed.
            GitFailed, WorkspaceFailed, OSError: The fixture or repository cannot be had.
        """
        require_git()
        self.folder.mkdir(parents=True)
        if planned.repo_source is not None:
            self._clone(planned.repo_source, planned.task.ref, clone)
        else:
            self._copy(planned.fixture_dir)
            git("init", "--quiet", cwd=self.root)
            git("add", "--all", cwd=self.root)
            git("commit", "--quiet", "--allow-empty", "--message", "Baseline", cwd=self.root)
        self.git_base = git("rev-parse", "HEAD", cwd=self.root).decode().strip()

    def remember(self) -> None:
        """Take the state that :meth:`changes` compares with.

        Raises:
            GitFailed: The workspace cannot be read.
        """
        git("init", "--quiet", "--bare", str(self._compared), cwd=self.folder)
        (self._compared / "info").mkdir(exist_ok=True)
        (self._compared / "info" / "exclude").write_text("\n".join(NOT_COMPARED) + "\n")
        self._tree_before = self._tree()

    def changes(self) -> Changes:
        """What is different from what was remembered.

        Raises:
            GitFailed: The workspace cannot be read.
        """
        assert self._tree_before is not None
        if self.root.is_symlink() or not self.root.is_dir():
            # What the agent deleted is empty now, and judged so; a link would lead elsewhere.
            self.root.unlink(missing_ok=True)
            self.root.mkdir(parents=True)
        after = self._tree()
        counted = self._git("diff-tree", "-r", "-z", "--numstat", self._tree_before, after)
        patch = self._git("diff-tree", "-r", "-p", "--no-color", self._tree_before, after)
        files: list[str] = []
        added = removed = 0
        for entry in counted.decode(errors="replace").split("\0")[:-1]:
            plus, minus, name = entry.split("\t", 2)
            files.append(name)
            added += int(plus) if plus != "-" else 0  # "-" stands for a binary file
            removed += int(minus) if minus != "-" else 0
        return Changes(
            files=tuple(sorted(files)), lines_added=added, lines_removed=removed, patch=patch
        )

    def remove(self) -> None:
        """Delete everything; what cannot be deleted is named in the log and left behind."""
        for folder, names, _ in os.walk(self.folder):
            # Before they are entered: module caches are read-only, others not even readable.
            for path in (Path(folder, name) for name in names):
                with contextlib.suppress(OSError):
                    if not path.is_symlink():
                        path.chmod(stat.S_IRWXU)
        try:
            shutil.rmtree(self.folder)
        except FileNotFoundError:
            return
        except OSError as error:
            log_warning("workspace_left_behind", path=str(self.folder), error=error.strerror)

    def _copy(self, fixture: Path | None) -> None:
        if fixture is None:
            self.root.mkdir()
            return
        if not fixture.is_dir():
            raise WorkspaceFailed(
                f"fixture {fixture} is not a directory",
                hint="`fixture` is relative to the experiment file",
            )
        own_git = str(fixture)
        shutil.copytree(
            fixture,
            self.root,
            symlinks=True,
            ignore=lambda folder, _names: {GIT_DIR} if folder == own_git else set(),
        )

    def _clone(self, source: str, ref: str | None, clone: Clone) -> None:
        words = (require_git(), *settings(), "clone", "--quiet", "--no-checkout", "--", source)
        clone((*words, str(self.root)), self.folder)
        try:
            git("checkout", "--quiet", "--detach", self._commit(ref), cwd=self.root)
        except GitFailed as error:
            raise WorkspaceFailed(
                f"repository has no {ref or 'HEAD'} to check out: {error}",
                hint="`ref` is a branch, a tag or a commit of `repo`",
            ) from None

    def _commit(self, ref: str | None) -> str:
        """The commit a ref names: a branch of the remote first, else a tag or a commit."""
        for name in (f"refs/remotes/origin/{ref}", ref) if ref else ("HEAD",):
            with contextlib.suppress(GitFailed):
                words = ("rev-parse", "--quiet", "--verify", "--end-of-options")
                return git(*words, f"{name}^{{commit}}", cwd=self.root).decode().strip()
        raise GitFailed(("rev-parse",), f"unknown ref {ref or 'HEAD'}")

    def _tree(self) -> str:
        with self._one_repository():
            try:
                self._git("add", "--all", "--ignore-errors")
            except GitFailed as error:  # an unreadable file: the rest counts
                log_warning("workspace_partly_compared", path=str(self.root), error=str(error))
        return self._git("write-tree").decode().strip()

    @contextlib.contextmanager
    def _one_repository(self) -> Generator[None]:
        """Put the ``.git`` of repositories inside the workspace aside for a moment.

        git passes over the files of such a repository, and may add nothing at all where one has no
        commit.
        """
        inside = [
            Path(folder) / GIT_DIR
            for folder, folders, files in os.walk(self.root)
            if GIT_DIR in (*folders, *files) and Path(folder) != self.root
        ]
        aside: list[tuple[Path, Path]] = []
        for number, path in enumerate(inside):
            with contextlib.suppress(OSError):
                kept = self.folder / f"inside-{number}.git"
                path.rename(kept)
                aside.append((path, kept))
        try:
            yield
        finally:
            for path, kept in reversed(aside):
                kept.rename(path)

    def _git(self, *words: str) -> bytes:
        where = {"GIT_DIR": str(self._compared), "GIT_WORK_TREE": str(self.root)}
        return git(*words, cwd=self.root, env=where)


def secrets_of_repo(repo: str | None) -> set[str]:
    """A password or token inside a repository's address."""
    try:
        parts = urlsplit(repo or "")
    except ValueError:
        return set()
    if parts.scheme not in {"http", "https"}:
        return set()
    return {secret for secret in (parts.password or parts.username,) if secret}
