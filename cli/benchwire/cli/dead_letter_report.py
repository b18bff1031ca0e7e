"""Shows what became of dead letters that were replayed or discarded."""

import contextlib
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING

import typer

from benchwire.cli import output
from benchwire.cli.safe_text import one_line

if TYPE_CHECKING:
    from benchwire.consumer.letter_desk import Settled

SHOWN_MAX = 100
PROGRESS_LETTERS_MIN = 50
SAYS = {
    "stored": "replayed and stored",
    "refused_again": "replayed, refused again and open under a new key",
    "already": "settled before",
    "kept": "kept as they were",
    "published": "published, but not yet seen in the store",
    "discarded": "discarded",
    "recorded": "discarded, but not yet seen in the store",
}


@contextlib.contextmanager
def progress(total: int) -> Generator[Callable[[int], None]]:
    """Yield what is to be told how many letters are done; a bar where somebody looks."""
    console = output.messages()
    if total < PROGRESS_LETTERS_MIN or not console.is_terminal:
        yield lambda _done: None
        return
    from rich.progress import Progress  # noqa: PLC0415 - only for who waits

    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("dead letters", total=total)
        yield lambda done: bar.advance(task, done)


def report(settled: "Sequence[Settled]", *, as_json: bool) -> None:
    """Print what became of each letter; exits with 1 unless all is as it was asked for."""
    from benchwire.consumer.letter_desk import DONE  # noqa: PLC0415

    counts: Counter[str] = Counter(one.result for one in settled)
    if as_json:
        output.as_json(
            {
                "counts": dict(counts),
                "dead_letters": [
                    {
                        "key": str(one.key),
                        "result": one.result,
                        "detail": one.detail,
                        "open_again": [str(key) for key in one.again],
                    }
                    for one in settled
                ],
            }
        )
    else:
        _print(settled, counts)
    if any(one.result not in DONE for one in settled):
        raise typer.Exit(1)


def _print(settled: "Sequence[Settled]", counts: "Counter[str]") -> None:
    rows = [
        (str(one.key), one.result, ", ".join(map(str, one.again)) or None, one_line(one.detail))
        for one in settled[:SHOWN_MAX]
    ]
    if rows:
        output.table(("key", "result", "open again as", "detail"), rows)
    if len(settled) > SHOWN_MAX:
        output.note(f"the first {SHOWN_MAX} are shown; --json lists all")
    for result, count in counts.items():
        output.note(f"{count} {SAYS[result]}")
    if not settled:
        output.note("no open dead letters of that kind")
