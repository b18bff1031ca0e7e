"""`benchwire schema`: the contract of the wire, for editors and other languages."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from benchwire.cli import output
from benchwire.cli.options import EVENT_TYPE_NAMES

EXAMPLE = "Example: benchwire schema export > wire-v1.json; or: benchwire schema export schemas/"


class Format(StrEnum):
    """How schemas are written; types of other languages are generated from this one."""

    json_schema = "json-schema"


def register(app: typer.Typer) -> None:
    """Add the group and its command."""
    group = typer.Typer(
        name="schema", help="The contract of the events on the wire.", no_args_is_help=True
    )
    group.callback()(_schema)
    group.command(epilog=EXAMPLE)(export)
    app.add_typer(group, rich_help_panel="About")


def _schema() -> None:
    """Show the contract of the events on the wire."""


def export(
    directory: Annotated[
        Path | None,
        typer.Argument(help="Write one file a type, and event.json for any; absent: one document."),
    ] = None,
    *,
    event_type: Annotated[
        str | None,
        typer.Option("--type", help=f"Only this event type: {EVENT_TYPE_NAMES}."),
    ] = None,
    output_format: Annotated[  # noqa: ARG001 - one value so far
        Format, typer.Option("--format", help="The only one there is.")
    ] = Format.json_schema,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that differ.")] = False,
) -> None:
    """Write the JSON Schemas (draft 2020-12) of wire v1, one line being one event.

    Without DIRECTORY one document that refers to nothing outside it goes to
    standard output. A line that a schema refuses is refused by Benchwire,
    too, but for unknown fields of a payload, which it stores. What a schema
    cannot say is checked besides: event_id, payload_hash, lengths in bytes.
    """
    from benchwire.schemas.event import EVENT_TYPES  # noqa: PLC0415
    from benchwire.schemas.generate import (  # noqa: PLC0415
        bundle_schema,
        event_schema,
        schema_files,
        schema_text,
    )

    if event_type is not None and event_type not in EVENT_TYPES:
        raise typer.BadParameter(f"no event type {event_type!r}; one of {', '.join(EVENT_TYPES)}")
    if directory is None:
        schema = bundle_schema() if event_type is None else event_schema(event_type)
        typer.echo(schema_text(schema), nl=False)
        return
    files = schema_files()
    wanted = files if event_type is None else {f"{event_type}.json": files[f"{event_type}.json"]}
    _refuse_to_overwrite(directory, {} if force else wanted)
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in wanted.items():
        (directory / name).write_text(text, encoding="utf-8")
    output.note(f"wrote {len(wanted)} files to {directory}")


def _refuse_to_overwrite(directory: Path, files: dict[str, str]) -> None:
    from benchwire.schemas.errors import BenchwireError  # noqa: PLC0415

    for name, text in files.items():
        path = directory / name
        if path.exists() and path.read_bytes() != text.encode():
            raise BenchwireError(
                f"{path} exists and is something else", hint="choose another directory, or --force"
            )
