"""`benchwire dead-letters replay` and `discard`: which letters, whether really, what became."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchwire.cli import output
from benchwire.cli.dead_letter_reasons import refuse_unknown
from benchwire.cli.dead_letter_report import progress, report
from benchwire.cli.options import AsJson

if TYPE_CHECKING:
    from benchwire.cli.deployment import Deployment
    from benchwire.consumer.letter_desk import LetterDesk, Settled
    from benchwire.consumer.stored_letters import StoredLetter

Keys = Annotated[list[str] | None, typer.Argument(help="Keys as `list` prints them.")]
Reasons = Annotated[
    list[str] | None, typer.Option("--reason", help="All open ones of a reason; may be repeated.")
]
All = Annotated[bool, typer.Option("--all", help="All open ones.")]
Experiment = Annotated[
    str | None, typer.Option(help="Of those, only on subjects of this experiment_id.")
]
Timeout = Annotated[
    float, typer.Option(help="Seconds to wait for the consumer without progress.", min=0.1)
]


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    group.command(epilog="Example: benchwire dead-letters replay --reason row_refused")(replay)
    group.command(
        epilog='Example: benchwire dead-letters discard --reason not_json --because "port scan"'
    )(discard)


def replay(  # noqa: PLR0913  # one parameter per option
    keys: Keys = None,
    *,
    reason: Reasons = None,
    every: All = False,
    experiment: Experiment = None,
    own_subject: Annotated[
        bool,
        typer.Option(
            "--own-subject",
            help="Publish where the events' own identifiers say (for wrong_subject).",
        ),
    ] = False,
    corrected: Annotated[
        Path | None,
        typer.Option(
            help="A file with the repaired line of one KEY; '-' reads it from stdin.",
            dir_okay=False,
            allow_dash=True,
        ),
    ] = None,
    because: Annotated[
        str | None, typer.Option(help="Kept with the letter; needed with --corrected.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Publish even what would be refused again.")
    ] = False,
    timeout: Timeout = 30.0,
    as_json: AsJson = False,
) -> None:
    """Bring dead letters back, after the cause is mended.

    Each letter is judged first by this version: what would be refused again
    stays open, and the reason is said. The others are published on their
    own subject; the consumer stores them and marks the letters replayed.
    Doing it twice, or being killed in the middle, doubles nothing: an event
    has one identity. What is refused again is open under a new key.

    A line repaired by hand must be the same event (run_id, emitter, epoch,
    seq) and valid; the letter says afterwards that it was corrected. Data
    that differ from what was sent show as `conflict` in integrity.

    Exits with 1 when anything asked for is not stored afterwards.
    """
    from benchwire.cli.deployment import deployment  # noqa: PLC0415
    from benchwire.consumer.replay_rules import How  # noqa: PLC0415

    if corrected is not None and own_subject:
        raise typer.BadParameter("--corrected stays on the letter's subject: no --own-subject")
    line = None if corrected is None else _corrected_line(corrected, keys, because)
    how = How(force=force, on_own_subject=own_subject, corrected=line, note=_note(line, because))
    with deployment() as place:
        letters = _chosen(place, keys, reason, experiment, every=every)

        def act(desk: "LetterDesk", step: Callable[[int], None]) -> Any:
            return desk.replay(letters, how, step)

        settled = _at_desk(place, timeout, len(letters), act)
    report(settled, as_json=as_json)


def discard(  # noqa: PLR0913  # one parameter per option
    keys: Keys = None,
    *,
    because: Annotated[str, typer.Option(help="Why these will never be stored; kept with them.")],
    reason: Reasons = None,
    every: All = False,
    experiment: Experiment = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask on a terminal.")] = False,
    timeout: Timeout = 30.0,
    as_json: AsJson = False,
) -> None:
    """Put dead letters away: they will not be stored, for a reason that stays.

    Bytes and reason are kept, and a discarded KEY can still be replayed. A
    gap that the line left in its run stays visible in integrity.
    """
    from benchwire.cli.deployment import deployment  # noqa: PLC0415

    if not because.strip():
        raise typer.BadParameter("--because needs a reason in words")
    with deployment() as place:
        letters = _chosen(place, keys, reason, experiment, every=every)
        if letters and not yes and sys.stdin.isatty():
            typer.confirm(f"Discard {len(letters)} dead letters?", abort=True, err=True)

        def act(desk: "LetterDesk", step: Callable[[int], None]) -> Any:
            return desk.discard(letters, because.strip(), step)

        settled = _at_desk(place, timeout, len(letters), act)
    report(settled, as_json=as_json)


def _chosen(
    place: "Deployment",
    keys: Sequence[str] | None,
    reasons: Sequence[str] | None,
    experiment: str | None,
    *,
    every: bool,
) -> "list[StoredLetter]":
    """Return the letters asked for; exactly one way of asking."""
    from benchwire.consumer import stored_letters  # noqa: PLC0415
    from benchwire.consumer.letter_key import LetterKey  # noqa: PLC0415

    if bool(keys) + bool(reasons) + every != 1:
        raise typer.BadParameter("give keys, or --reason, or --all")
    if not keys:
        selection = stored_letters.Selection(
            states=("open",), reasons=reasons or (), experiment_id=experiment
        )
        letters = stored_letters.select(place.query, selection)
        if not letters:
            refuse_unknown(reasons or ())
        return letters
    if experiment is not None:
        raise typer.BadParameter("--experiment goes with --reason or --all, not with keys")
    wanted = sorted({LetterKey.parse(key) for key in keys})
    found = stored_letters.named(place.query, wanted)
    missing = [str(key) for key in wanted if key not in found]
    if missing:
        output.error(
            f"there is no dead letter {', '.join(missing)}", "see benchwire dead-letters list"
        )
        raise typer.Exit(1)
    return [found[key] for key in wanted]


def _at_desk(
    place: "Deployment",
    timeout: float,
    n_letters: int,
    act: "Callable[[LetterDesk, Callable[[int], None]], Coroutine[Any, Any, list[Settled]]]",
) -> "list[Settled]":
    from benchwire.cli.deployment import this_person  # noqa: PLC0415
    from benchwire.consumer.letter_desk import open_desk  # noqa: PLC0415

    async def sit() -> "list[Settled]":
        async with open_desk(
            place.query,
            nats_url=place.nats_url,
            nats_credentials=place.nats_credentials,
            changed_by=this_person(),
            timeout_seconds=timeout,
        ) as desk:
            return await act(desk, step)

    if not n_letters:
        return []
    with progress(n_letters) as step:
        return asyncio.run(sit())


def _corrected_line(path: Path, keys: Sequence[str] | None, because: str | None) -> bytes:
    if keys is None or len(keys) != 1:
        raise typer.BadParameter("--corrected goes with exactly one KEY")
    if because is None or not because.strip():
        raise typer.BadParameter("--corrected needs --because: what was wrong with the line?")
    try:
        content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"cannot read {path}: {error.strerror}") from error
    line = content.removesuffix(b"\n").removesuffix(b"\r")
    if not line or b"\n" in line:
        raise typer.BadParameter(f"{path} must hold exactly one line")
    return line


def _note(line: bytes | None, because: str | None) -> str:
    why = (because or "").strip()
    return why if line is None else f"the line was corrected by hand: {why}"
