"""`benchwire dead-letters`: see what could not be stored, and settle it."""

import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from benchwire.cli import dead_letter_actions, output
from benchwire.cli.dead_letter_reasons import explanation, refuse_unknown
from benchwire.cli.options import AsJson
from benchwire.cli.safe_text import hex_dump, one_line, readable

if TYPE_CHECKING:
    from benchwire.consumer.stored_letters import StoredLetter

ABOUT = """\
See what could not be stored, and settle it.

A line that cannot be decoded, or that ClickHouse refuses, becomes a dead
letter: its bytes are kept with a reason, and it is open until it is
replayed or discarded. Nothing is lost meanwhile, and nothing counted twice.

\b
  benchwire dead-letters list                    what is open, and why
  benchwire dead-letters show KEY                one letter, explained
  benchwire dead-letters replay --reason newer_version
                                                 after the cause is mended
  benchwire dead-letters discard KEY --because "test of the network"
"""
DETAIL_CHARS = 60
SHOWN_BYTES = 4096
StateChoice = Literal["open", "replayed", "discarded", "all"]


def register(app: typer.Typer) -> None:
    """Add the group and its commands."""
    group = typer.Typer(name="dead-letters", help=ABOUT, no_args_is_help=True)
    group.command(
        "list", epilog="Example: benchwire dead-letters list --state all --reason not_json"
    )(list_letters)
    group.command(epilog="Example: benchwire dead-letters show BENCH_EVENTS:4711:1")(show)
    dead_letter_actions.register(group)
    app.add_typer(group, rich_help_panel="Operations")


def list_letters(
    *,
    state: Annotated[StateChoice, typer.Option(help="Which letters.")] = "open",
    reason: Annotated[
        list[str] | None, typer.Option(help="Only of this reason; may be repeated.")
    ] = None,
    experiment: Annotated[
        str | None, typer.Option(help="Only on subjects of this experiment_id.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Most letters to show; all are counted.", min=0)] = 100,
    as_json: AsJson = False,
) -> None:
    """List dead letters in the order they came, and count them by reason.

    The key (stream:sequence:line) is what show, replay and discard take.
    """
    from benchwire.cli.deployment import deployment  # noqa: PLC0415
    from benchwire.consumer import stored_letters  # noqa: PLC0415

    selection = stored_letters.Selection(
        states=() if state == "all" else (state,), reasons=reason or (), experiment_id=experiment
    )
    with deployment() as place:
        counts = stored_letters.count_by_reason(place.query, selection)
        letters = stored_letters.select(place.query, selection, limit)
    if not counts:
        refuse_unknown(reason or ())
    if as_json:
        output.as_json(
            {"counts": counts, "dead_letters": [_document(letter) for letter in letters]}
        )
        return
    if letters:
        output.table(*_table(letters, with_state=state != "open"))
    _say_counts(counts, state, len(letters))


def show(
    key: Annotated[str, typer.Argument(help="A key as `list` prints it.")],
    *,
    raw: Annotated[
        bool, typer.Option("--raw", help="Write nothing but the bytes, to standard output.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show one dead letter: every field, its bytes, what is wrong and what helps.

    Bytes that are no text are shown as a hex dump. --raw is for files and
    pipes: `show KEY --raw > line`.
    """
    from benchwire.cli.deployment import deployment  # noqa: PLC0415
    from benchwire.consumer import stored_letters  # noqa: PLC0415
    from benchwire.consumer.letter_key import LetterKey  # noqa: PLC0415

    wanted = LetterKey.parse(key)
    with deployment() as place:
        letter = stored_letters.named(place.query, [wanted]).get(wanted)
        if letter is None:
            output.error(f"there is no dead letter {wanted}", "see benchwire dead-letters list")
            raise typer.Exit(1)
        ((_, content),) = stored_letters.with_bytes(place.query, [letter])
    if raw:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    if as_json:
        output.as_json(_whole_document(letter, content))
    else:
        _print(letter, content)


def _say_counts(counts: dict[str, int], state: str, n_shown: int) -> None:
    total = sum(counts.values())
    what = "dead letters" if state == "all" else f"{state} dead letters"
    if not total:
        output.note(f"no {what}")
        return
    by_reason = ", ".join(f"{count} {reason}" for reason, count in counts.items())
    shown = "" if n_shown == total else f"; the first {n_shown} shown, see --limit"
    output.note(f"{total} {what}: {by_reason}{shown}")


def _table(letters: "list[StoredLetter]", *, with_state: bool) -> tuple[list[str], list[list[Any]]]:
    columns = ["key", "reason", "experiment", "received", "bytes", "detail"]
    if with_state:
        columns.insert(1, "state")
    rows: list[list[Any]] = []
    for letter in letters:
        row: list[Any] = [
            str(letter.key),
            letter.reason,
            one_line(letter.experiment) if letter.experiment is not None else None,
            letter.received_at[:19].replace("T", " "),
            letter.raw_bytes,
            _shortened(letter.state_detail or letter.detail),
        ]
        if with_state:
            row.insert(1, letter.state)
        rows.append(row)
    return columns, rows


def _shortened(detail: str) -> str:
    text = one_line(detail)
    too_long = output.is_terminal() and len(text) > DETAIL_CHARS
    return text[: DETAIL_CHARS - 1] + "…" if too_long else text


def _print(letter: "StoredLetter", content: bytes) -> None:
    why = explanation(letter.reason)
    output.facts(
        (
            ("key", letter.key),
            ("state", _state(letter)),
            ("reason", letter.reason),
            ("meaning", why.meaning),
            ("detail", one_line(letter.detail)),
            *((("what to do", why.remedy),) if letter.state == "open" else ()),
            ("subject", one_line(letter.subject)),
            ("received at", letter.received_at),
            ("refused by", one_line(letter.consumer)),
            ("bytes", f"{letter.raw_bytes:,}"),
        )
    )
    if letter.state == "open":
        _print_commands(why.commands(str(letter.key)))
    begin = content[:SHOWN_BYTES]
    # A cut may go through a character; the dump is for what is no text as a whole.
    text = readable(content)
    shown = hex_dump(begin) if text is None else text[:SHOWN_BYTES]
    sys.stdout.write("\n" + shown + ("\n" if shown else ""))
    if len(content) > SHOWN_BYTES:
        output.note(f"shortened; all {len(content):,} bytes: benchwire dead-letters show --raw")


def _print_commands(commands: Iterable[str]) -> None:
    from benchwire.cli.shown_commands import as_typed  # noqa: PLC0415
    from benchwire.embedded.settings import EmbeddedSettings  # noqa: PLC0415

    data_dir = EmbeddedSettings().data_dir
    for command in commands:
        # Never folded by us: it must survive being copied.
        output.console().print(f"  {as_typed(command, data_dir)}", markup=False, soft_wrap=True)


def _state(letter: "StoredLetter") -> str:
    if letter.state == "open":
        return "open"
    return one_line(
        f"{letter.state} at {letter.state_at} by {letter.state_by}: {letter.state_detail}"
    )


def _document(letter: "StoredLetter") -> dict[str, Any]:
    fields = asdict(letter)
    del fields["key"]
    return {"key": str(letter.key), **asdict(letter.key), **fields}


def _whole_document(letter: "StoredLetter", content: bytes) -> dict[str, Any]:
    why = explanation(letter.reason)
    document = {**_document(letter), "meaning": why.meaning, "remedy": why.remedy}
    document["commands"] = why.commands(str(letter.key)) if letter.state == "open" else ()
    try:
        return {**document, "raw": content.decode(), "raw_hex": None}
    except UnicodeDecodeError:
        return {**document, "raw": None, "raw_hex": content.hex()}
