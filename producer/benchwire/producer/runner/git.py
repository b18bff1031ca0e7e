"""Runs git for the runner, untouched by the user's settings and hooks."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchwire.schemas.errors import BenchwireError

SECONDS_MAX: Final = 300.0
_SETTINGS: Final = {
    "user.name": "benchwire",
    "user.email": "benchwire@localhost",
    "commit.gpgsign": "false",
    "core.hooksPath": os.devnull,
    "core.excludesFile": os.devnull,
    "core.attributesFile": os.devnull,
    "core.autocrlf": "false",
    "core.quotePath": "false",
    "core.fsmonitor": "false",
    "core.bigFileThreshold": "8m",  # larger files are compared as binary, not in memory
    "gc.auto": "0",
    "init.defaultBranch": "main",
    "advice.detachedHead": "false",
    "diff.noprefix": "false",
    "safe.directory": "*",
}


class GitFailed(BenchwireError):  # noqa: N818 - a fact about a command
    """A git command failed."""

    def __init__(self, words: tuple[str, ...], message: str) -> None:
        super().__init__(f"git {words[0]}: {message}", hint="the command's output says more")


class GitMissing(BenchwireError):  # noqa: N818 - a fact about the machine
    """There is no git."""

    def __init__(self) -> None:
        super().__init__(
            "git is not installed", hint="trials start from a git baseline: install git"
        )


def require_git() -> str:
    """The path of git.

    Raises:
        GitMissing: It is not installed.
    """
    found = shutil.which("git")
    if found is None:
        raise GitMissing
    return found


def git(*words: str, cwd: Path, env: Mapping[str, str] | None = None) -> bytes:
    """Run a command that needs no network, and return its output.

    Raises:
        GitMissing: git is not installed.
        GitFailed: The command failed.
    """
    try:
        done = subprocess.run(
            [require_git(), *settings(), *words],
            cwd=cwd,
            env={**environment(), **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS_MAX,
            check=False,
            process_group=0,  # Ctrl-C at the terminal is the runner's to pass on
        )
    except subprocess.TimeoutExpired:
        raise GitFailed(words, f"still running after {SECONDS_MAX:g} s") from None
    if done.returncode != 0:
        raise GitFailed(words, done.stderr.decode(errors="replace").strip()[-1000:])
    return done.stdout


def settings() -> list[str]:
    """Options that put our settings in place of the user's."""
    return [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]


def environment() -> dict[str, str]:
    """The runner's environment without what git would take as its own, and without questions."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
