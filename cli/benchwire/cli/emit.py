"""`benchwire emit`: the way in for runners in any language, one JSON object per line."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from benchwire.cli import output
from benchwire.cli.options import AsJson

if TYPE_CHECKING:
    from benchwire.cli.emit_relay import EmitRelay
    from benchwire.producer.event_lines import LineReader
    from benchwire.schemas.errors import InvalidEvent

LINE_BYTES_MAX = 64 * 1024 * 1024
INVALID_SHOWN_MAX = 20
INVALID_KEPT_MAX = 1000
RUNS_SHOWN_MAX = 20

EXAMPLE = (
    'Example: echo \'{"experiment_id":"x","policy_id":"p","task_id":"t",'
    '"event_type":"heartbeat"}\' | benchwire emit'
)


@dataclass(slots=True)
class EmitReport:
    """What became of the lines."""

    lines: int = 0
    events: int = 0
    lost: int = 0
    invalid: int = 0
    acknowledged: bool | None = None
    stored: bool | None = None
    seconds: float = 0.0
    run_ids: list[str] = field(default_factory=list[str])
    problems: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Events in", epilog=EXAMPLE)(emit)


def emit(
    file: Annotated[
        Path | None, typer.Argument(help="A file of lines; '-' or nothing reads stdin.")
    ] = None,
    *,
    emitter: Annotated[
        str, typer.Option(help="Emitter of lines that do not name theirs.")
    ] = "runner",
    timeout: Annotated[
        float, typer.Option(help="Seconds to wait at the end for delivery.", min=0)
    ] = 30.0,
    journal_only: Annotated[
        bool, typer.Option("--journal-only", help="Write the journal; `drain` delivers later.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Record events from lines of JSON.

    A line needs experiment_id, policy_id, task_id and event_type, mostly
    data, and may have run_id, job_id, emitter, step_id, ts, seed, cfg_hash,
    env_hash, trace_id and span_id. Lines of one experiment, policy and task
    without a run_id make up one new run. Full wire lines (with event_id and
    payload_hash) keep their identity.

    Each line is validated, redacted and in the journal before the next one
    is read. Invalid lines are reported and left out; the exit code is then 1.
    """
    with ExitStack() as opened:
        lines = _lines(_source(file, opened))
        report = _emit_all(lines, emitter, timeout, journal_only=journal_only)
    if as_json:
        output.as_json({name: getattr(report, name) for name in EmitReport.__slots__})
    else:
        _print(report)
    if report.lost:
        output.error(
            f"{report.lost} of {report.lines} lines could not be journaled and are lost",
            "the log above says why; `benchwire doctor` examines the data directory",
        )
    if report.invalid or report.lost or report.acknowledged is False or report.stored is False:
        raise typer.Exit(1)


def _emit_all(
    lines: Iterator[tuple[int, bytes]], emitter: str, timeout: float, *, journal_only: bool
) -> EmitReport:
    from benchwire.cli.delivery import destination, flush  # noqa: PLC0415
    from benchwire.cli.emit_relay import EmitRelay  # noqa: PLC0415
    from benchwire.producer.event_lines import LineReader  # noqa: PLC0415
    from benchwire.producer.producer import Producer  # noqa: PLC0415
    from benchwire.producer.settings import ProducerSettings  # noqa: PLC0415

    report = EmitReport()
    began = time.monotonic()
    with ExitStack() as opened:
        if journal_only:
            settings, stack = ProducerSettings(), None
        else:
            settings, stack = opened.enter_context(destination())
        producer = Producer(settings)
        try:
            relay = EmitRelay(producer)
            try:
                _relay_lines(lines, LineReader(default_emitter=emitter), relay, report)
            finally:
                relay.close()
                report.run_ids = sorted(relay.run_ids)
            if not journal_only:
                report.acknowledged = flush(producer, stack, timeout)
        finally:
            producer.close(0.0)
        if stack is not None and report.acknowledged:
            report.stored = stack.wait_stored(timeout)
    report.seconds = round(time.monotonic() - began, 3)
    return report


def _relay_lines(
    lines: Iterator[tuple[int, bytes]],
    reader: "LineReader",
    relay: "EmitRelay",
    report: EmitReport,
) -> None:
    from benchwire.schemas.errors import InvalidEvent  # noqa: PLC0415

    for number, line in lines:
        report.lines += 1
        try:
            if len(line) > LINE_BYTES_MAX:
                raise InvalidEvent("too_large", "the line is longer than 64 MiB")  # noqa: TRY301
            event_id = relay.emit(reader.read(line))
        except InvalidEvent as error:
            _note_invalid(report, number, error)
            continue
        if event_id is None:
            report.lost += 1
        else:
            report.events += 1


def _note_invalid(report: EmitReport, number: int, error: "InvalidEvent") -> None:
    report.invalid += 1
    if report.invalid <= INVALID_KEPT_MAX:
        problem = {"line": number, "reason": error.reason, "detail": error.detail}
        report.problems.append({**problem, "hint": error.hint})
    if report.invalid <= INVALID_SHOWN_MAX:
        output.note(f"line {number}: {error}; {error.hint}")
    elif report.invalid == INVALID_SHOWN_MAX + 1:
        output.note("further invalid lines are counted, not shown (--json lists them)")


def _print(report: EmitReport) -> None:
    runs = report.run_ids[:RUNS_SHOWN_MAX]
    more = len(report.run_ids) - len(runs)
    delivered = {None: "not asked", True: "yes", False: "not yet (benchwire drain)"}
    output.facts(
        (
            ("lines", report.lines),
            ("events journaled", report.events),
            ("invalid", report.invalid),
            ("lost", report.lost),
            ("acknowledged by the stream", delivered[report.acknowledged]),
            ("stored", delivered[report.stored]),
            ("runs", ", ".join(runs) + (f" and {more} more" if more else "")),
        )
    )


def _source(file: Path | None, opened: ExitStack) -> IO[bytes]:
    if file is None or str(file) == "-":
        if file is None and sys.stdin.isatty():
            raise typer.BadParameter("give a file, or pipe lines in; '-' reads the terminal")
        return sys.stdin.buffer
    try:
        return opened.enter_context(file.open("rb"))
    except OSError as error:
        raise typer.BadParameter(f"cannot read {file}: {error.strerror}") from error


def _lines(source: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield numbered lines that are not empty, as they arrive."""
    for number, line in enumerate(iter(lambda: source.readline(LINE_BYTES_MAX + 2), b""), 1):
        if line.strip():
            yield number, line.strip()
