"""The bar that long work shows on a terminal."""

import contextlib
import sys
from collections.abc import Generator
from typing import TYPE_CHECKING

from benchwire.cli import output

if TYPE_CHECKING:
    from rich.progress import Progress


class Bar:
    """How far the work has come; without a terminal nothing is shown."""

    def __init__(self, label: str, shown: "Progress | None") -> None:
        self._shown = shown
        self._task = None if shown is None else shown.add_task(label, total=None)

    def total(self, n_steps: int) -> None:
        """Say how many steps are ahead."""
        if self._shown is not None and self._task is not None:
            self._shown.update(self._task, total=n_steps)

    def step(self) -> None:
        """Say that one is done."""
        if self._shown is not None and self._task is not None:
            self._shown.advance(self._task)

    @contextlib.contextmanager
    def hidden(self) -> Generator[None]:
        """Take the bar away while a person is asked: it would be drawn over the question."""
        if self._shown is None:
            yield
            return
        self._shown.stop()
        try:
            yield
        finally:
            self._shown.start()


@contextlib.contextmanager
def bar(label: str) -> Generator[Bar]:
    """Show a bar on a terminal, elsewhere nothing."""
    if not sys.stderr.isatty():
        yield Bar(label, None)
        return
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=output.messages(), transient=True) as shown:
        yield Bar(label, shown)
