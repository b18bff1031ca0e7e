"""Ready-made translations of synthetic sessions."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.copilot_sessions import SessionLog
from tests.support.translations import Translation, translated


@pytest.fixture
def translation(tmp_path: Path) -> Callable[[SessionLog], Translation]:
    """Write a session below a temporary directory and translate it."""

    def write_and_translate(log: SessionLog) -> Translation:
        return translated(log.write(tmp_path / "session"))

    return write_and_translate
