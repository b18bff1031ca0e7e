"""Log lines of commands."""

import io
import logging
from collections.abc import Generator

import pytest
import structlog
from rich.console import Console
from rich.live import Live

from benchwire.cli.logs import configure_logs

WIDTH = 60


@pytest.fixture(autouse=True)
def logs() -> Generator[None]:
    """Logs as commands have them; afterwards as they were."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logs(pretty=False)
    yield
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def test_a_line_goes_above_a_live_view_and_does_not_tear_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The view puts itself in the place of standard error, to know of every line."""
    screen = io.StringIO()
    monkeypatch.setattr("sys.stderr", screen)
    console = Console(stderr=True, force_terminal=True, width=WIDTH, color_system=None)
    with Live("the view", console=console, auto_refresh=False) as live:
        live.refresh()
        drawn = screen.tell()
        structlog.get_logger().error("event_lost", reason="invalid")
        said = screen.getvalue()[drawn:]
    line, view = said.index('"event": "event_lost"'), said.index("the view")
    assert line < view, "drawn anew below the line"
    assert "\n" in said[line:view]


def test_libraries_warn_by_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("some.library").warning("it %s", "broke")
    assert '"message": "it broke"' in capsys.readouterr().err
