"""The tools of the scripted agents. They really read, write and run; nothing is pretended."""

from dataclasses import dataclass, field
from typing import Any, Final

from .workspace import Workspace

TEST_SECONDS_MAX: Final = 2.0
"""Time limit of one run of the tests; one of the candidate edits never ends."""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool the agent asks for."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the tool answered."""

    text: str
    failed: bool = False
    """True if the tool could not do what it was asked."""
    exit_code: int | None = None
    timed_out: bool = False
    files_read: tuple[str, ...] = ()
    files_modified: tuple[str, ...] = ()
    lines_changed: int = 0


def read_file(path: str) -> Call:
    """Show a file."""
    return Call("read_file", {"path": path})


def list_files() -> Call:
    """Show the names of all files."""
    return Call("list_files")


def edit_file(path: str, find: str, replace: str) -> Call:
    """Replace a text that occurs exactly once."""
    return Call("edit_file", {"path": path, "find": find, "replace": replace})


def run_tests() -> Call:
    """Run the task's own tests."""
    return Call("run_tests")


def git(*arguments: str) -> Call:
    """Run git."""
    return Call("git", {"arguments": list(arguments)})


def use(call: Call, workspace: Workspace) -> Result:
    """Do what a call asks for."""
    arguments = call.arguments
    match call.tool:
        case "read_file":
            return _read(workspace, arguments["path"])
        case "list_files":
            names = sorted(path.name for path in workspace.root.iterdir() if path.is_file())
            return Result(text="\n".join(names))
        case "edit_file":
            return _edit(workspace, arguments["path"], arguments["find"], arguments["replace"])
        case "run_tests":
            return _run(workspace, workspace.task.verify)
        case "git":
            return _run(workspace, ("git", *arguments["arguments"]))
        case _:
            return Result(text=f"no such tool: {call.tool}", failed=True)


def _read(workspace: Workspace, path: str) -> Result:
    try:
        return Result(text=workspace.read(path), files_read=(path,))
    except OSError as error:
        return Result(text=f"{path}: {error.strerror}", failed=True)


def _edit(workspace: Workspace, path: str, find: str, replace: str) -> Result:
    before = workspace.read(path)
    if before.count(find) != 1:
        return Result(text=f"{path}: the text occurs {before.count(find)} times", failed=True)
    workspace.write(path, before.replace(find, replace))
    lines = find.count("\n") + replace.count("\n") + 2
    return Result(text=f"{path} changed", files_modified=(path,), lines_changed=lines)


def _run(workspace: Workspace, command: tuple[str, ...]) -> Result:
    done = workspace.run(command, timeout_seconds=TEST_SECONDS_MAX)
    return Result(text=done.output, exit_code=done.exit_code, timed_out=done.exit_code is None)
