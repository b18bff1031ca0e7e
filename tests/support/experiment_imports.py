"""Imports result trees of copilot-experiments that a test has made."""

from pathlib import Path
from typing import Any

from tests.support.copilot_sessions import SessionLog
from tests.support.experiment_results import Known, ResultTree
from tests.support.translations import Translation, translations


def session() -> SessionLog:
    return SessionLog().start().turn(0, tools=("a", "b")).shutdown(read=30, output=7)


def one(tmp_path: Path, **changed: Any) -> tuple[ResultTree, Path]:
    """A tree with one trial that has everything."""
    tree = ResultTree(tmp_path)
    return tree, tree.trial(Known("low", "parser", 1, success=True, **changed), session())


def only(path: Path) -> Translation:
    (found,) = translations("copilot-experiments", path)
    return found
