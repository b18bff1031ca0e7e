"""Workspaces start from a fixture or a repository, and tell what an agent changed in them."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchwire.producer.runner.experiment import TaskSpec, VariantSpec
from benchwire.producer.runner.git import GitMissing, git
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.producer.runner.workspace import Workspace, WorkspaceFailed, secrets_of_repo


def planned(base_dir: Path, **task: str) -> PlannedTrial:
    return PlannedTrial(
        experiment_id="e",
        job_id="j",
        policy_id="p",
        task_id="t",
        trial_no=1,
        seed=1,
        variant=VariantSpec(name="p", adapter="scripted"),
        task=TaskSpec.model_validate({"prompt": "Do it.", **task}),
        trials=1,
        base_dir=base_dir,
    )


def clone(words: Sequence[str], cwd: Path) -> None:
    done = subprocess.run(words, cwd=cwd, capture_output=True, check=False)
    if done.returncode:
        raise WorkspaceFailed(done.stderr.decode(), hint="")


@pytest.fixture
def fixture(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.py").write_text("one\ntwo\n")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("src/a.py")
    return folder


@pytest.fixture
def workspace(tmp_path: Path, fixture: Path) -> Workspace:
    made = Workspace(tmp_path / "runs" / "one")
    made.provision(planned(tmp_path, fixture=fixture.name), clone)
    made.remember()
    return made


def test_a_fixture_is_copied_and_committed(workspace: Workspace) -> None:
    assert (workspace.root / "src" / "a.py").read_text() == "one\ntwo\n"
    assert os.access(workspace.root / "run.sh", os.X_OK)
    assert (workspace.root / "link").is_symlink()
    head = git("rev-parse", "HEAD", cwd=workspace.root).decode().strip()
    assert head == workspace.git_base
    assert git("status", "--porcelain", cwd=workspace.root) == b""


def test_without_fixture_and_repository_it_is_an_empty_repository(tmp_path: Path) -> None:
    made = Workspace(tmp_path / "runs" / "one")
    made.provision(planned(tmp_path), clone)
    assert [path.name for path in made.root.iterdir()] == [".git"]
    assert made.git_base


def test_the_fixtures_own_repository_stays_out(tmp_path: Path, fixture: Path) -> None:
    git("init", "--quiet", cwd=fixture)
    git("commit", "--allow-empty", "--message", "theirs", cwd=fixture)
    made = Workspace(tmp_path / "runs" / "one")
    made.provision(planned(tmp_path, fixture=fixture.name), clone)
    assert git("log", "--format=%s", cwd=made.root) == b"Baseline\n"


def test_a_missing_fixture_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceFailed, match=f"fixture {tmp_path}/nowhere is not a directory"):
        Workspace(tmp_path / "w").provision(planned(tmp_path, fixture="nowhere"), clone)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "origin"
    folder.mkdir()
    git("init", "--quiet", cwd=folder)
    for name in ("first", "second", "third"):
        (folder / "file").write_text(f"{name}\n")
        git("add", "--all", cwd=folder)
        git("commit", "--quiet", "--message", name, cwd=folder)
        git("tag", f"at-{name}", cwd=folder)
    git("branch", "old", "at-first", cwd=folder)
    return folder


@pytest.mark.parametrize(
    ("ref", "content"),
    [(None, "third"), ("old", "first"), ("at-second", "second"), ("sha", "second")],
)
def test_a_repository_is_cloned_at_its_ref(
    tmp_path: Path, repository: Path, ref: str | None, content: str
) -> None:
    commit = git("rev-parse", "at-second", cwd=repository).decode().strip()
    task = {"repo": "origin", **({} if ref is None else {"ref": commit if ref == "sha" else ref})}
    made = Workspace(tmp_path / "runs" / "one")
    made.provision(planned(tmp_path, **task), clone)
    assert (made.root / "file").read_text() == f"{content}\n"
    assert made.git_base == git("rev-parse", f"at-{content}", cwd=repository).decode().strip()


@pytest.mark.parametrize("ref", ["nowhere", "--upload-pack=touch", "-f"])
def test_an_unknown_ref_is_named(tmp_path: Path, repository: Path, ref: str) -> None:
    with pytest.raises(WorkspaceFailed, match=ref):
        Workspace(tmp_path / "w").provision(planned(tmp_path, repo="origin", ref=ref), clone)


def test_changes_are_counted_by_file_and_line(workspace: Workspace) -> None:
    root = workspace.root
    (root / "src" / "a.py").write_text("one\n2\n3\n")
    (root / "new füle.txt").write_text("x\ny\n")
    (root / "run.sh").unlink()
    (root / "binary").write_bytes(b"\0\1\2")
    found = workspace.changes()
    assert found.files == ("binary", "new füle.txt", "run.sh", "src/a.py")
    assert (found.lines_added, found.lines_removed) == (4, 2)
    assert b"+++ b/src/a.py\n@@ -1,2 +1,3 @@\n one\n-two\n+2\n+3\n" in found.patch


def test_what_setup_made_is_not_the_agents(tmp_path: Path, fixture: Path) -> None:
    made = Workspace(tmp_path / "runs" / "one")
    made.provision(planned(tmp_path, fixture=fixture.name), clone)
    (made.root / "built").write_text("by setup\n")
    made.remember()
    assert made.changes().files == ()
    (made.root / "built").write_text("by the agent\n")
    assert made.changes().files == ("built",)


def test_what_running_programs_leave_is_not_compared(workspace: Workspace) -> None:
    (workspace.root / "src" / "__pycache__").mkdir()
    (workspace.root / "src" / "__pycache__" / "a.pyc").write_bytes(b"x")
    (workspace.root / ".gitignore").write_text("*.log\n")
    (workspace.root / "a.log").write_text("x")
    assert workspace.changes().files == (".gitignore",)


@pytest.mark.parametrize("deed", ["commit", "delete", "anew"])
def test_nothing_the_agent_does_to_its_repository_hides_a_change(
    workspace: Workspace, deed: str
) -> None:
    (workspace.root / "src" / "a.py").write_text("one\n")
    if deed == "commit":
        git("commit", "--all", "--message", "mine", cwd=workspace.root)
    else:
        shutil.rmtree(workspace.root / ".git")
    if deed == "anew":
        git("init", "--quiet", cwd=workspace.root)
    found = workspace.changes()
    assert (found.files, found.lines_added, found.lines_removed) == (("src/a.py",), 0, 1)


@pytest.mark.parametrize("with_commit", [False, True])
def test_a_repository_inside_the_workspace_is_compared_like_the_rest(
    workspace: Workspace, *, with_commit: bool
) -> None:
    """Programs that set up a project make one in a directory of its own."""
    inner = workspace.root / "inner"
    inner.mkdir()
    (inner / "b.py").write_text("two\n")
    git("init", "--quiet", cwd=inner)
    if with_commit:
        git("add", "--all", cwd=inner)
        git("commit", "--quiet", "--message", "c", cwd=inner)
    (workspace.root / "new.py").write_text("one\n")
    found = workspace.changes()
    assert (found.files, found.lines_added) == (("inner/b.py", "new.py"), 2)
    assert git("rev-parse", "--git-dir", cwd=inner).decode().strip() == ".git"


@pytest.mark.parametrize("instead", ["nothing", "a file", "a link"])
def test_a_workspace_that_the_agent_deleted_is_empty(
    workspace: Workspace, tmp_path: Path, instead: str
) -> None:
    shutil.rmtree(workspace.root)
    (tmp_path / "elsewhere").mkdir()
    if instead == "a file":
        workspace.root.write_text("")
    elif instead == "a link":
        workspace.root.symlink_to(tmp_path / "elsewhere")
    assert workspace.changes().files == ("link", "run.sh", "src/a.py")
    assert not workspace.root.is_symlink()
    assert not list(workspace.root.iterdir())


def test_removal_copes_with_directories_that_are_read_only(workspace: Workspace) -> None:
    cache = workspace.root / "cache"
    cache.mkdir()
    (cache / "module").write_text("x")
    (cache / "module").chmod(0o444)
    cache.chmod(0o555)
    workspace.remove()
    assert not workspace.folder.exists()
    workspace.remove()


def test_removal_opens_directories_and_follows_no_link(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Modes do not stop root, who may run these tests, so they are looked at instead."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o555)
    (workspace.root / "away").symlink_to(elsewhere)
    closed = workspace.root / "closed"
    (closed / "inner").mkdir(parents=True)
    (closed / "inner").chmod(0)
    closed.chmod(0)
    modes: list[int] = []
    remove = shutil.rmtree

    def look_and_remove(folder: Path) -> None:
        modes.extend(path.stat().st_mode & 0o777 for path in (closed, closed / "inner"))
        remove(folder)

    monkeypatch.setattr(shutil, "rmtree", look_and_remove)
    workspace.remove()
    assert modes == [0o700, 0o700]
    assert elsewhere.stat().st_mode & 0o777 == 0o555
    assert not workspace.folder.exists()


def test_without_git_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(_name: str) -> None:
        return None

    monkeypatch.setattr("benchwire.producer.runner.git.shutil.which", found)
    with pytest.raises(GitMissing, match="git is not installed"):
        Workspace(tmp_path / "w").provision(planned(tmp_path), clone)


@pytest.mark.parametrize(
    ("repo", "secrets"),
    [
        ("https://user:pw@host/x.git", ["pw"]),
        ("https://gh-token@host/x", ["gh-token"]),
        ("https://host/x", []),
        ("git@host:x", []),
        ("ssh://git@host/x", []),
        (None, []),
    ],
)
def test_secrets_in_a_repositorys_address_are_known(repo: str | None, secrets: list[str]) -> None:
    assert secrets_of_repo(repo) == set(secrets)
