"""The command line as a whole: what `--help` teaches, and how every command ends."""

import importlib
import io
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated, TextIO

import typer

from benchwire.cli import output

OK, FAILED, USAGE, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143
DEBUG = "BENCHWIRE_DEBUG"
DATA_DIR = "--data-dir"

ABOUT = """\
Flight recorder for agent benchmarks: what runs did, cost, achieved.

\b
  trial runner ─ emit() ─> journal (disk) ─> NATS JetStream
                                                  │ bench.events.>
     consumer: fetch → decode → batch → insert → acknowledge
                                                  │
  ClickHouse: events ─> typed tables ─> views rpt_… ─> answers

\b
Quickstart
  benchwire demo                      a small real experiment
  benchwire import PATH               your own Harbor job, Copilot session
  benchwire sql "SELECT * FROM rpt_run_summary"

\b
Engines (nats-server, ClickHouse as chDB) are those of the data
directory's daemon; without one, a command starts them for as long
as it runs. `benchwire up --detach` keeps them running.

\b
Exit codes: 0 ok, 1 failed, 2 wrong usage, 130 interrupted, 143 terminated.
Results go to standard output, everything else to standard error.
"""


def run(modules: Sequence[str]) -> int:
    """Run the command line of this process and return its exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    _escape_what_cannot_be_encoded()
    stdout = sys.stdout
    try:
        application = build(modules)
        result = application(hoisted(sys.argv[1:]), standalone_mode=False)
        stdout.flush()
    except SystemExit as error:
        # When the reader has left, typer wraps standard output and exits; rich exits at once.
        if sys.stdout is not stdout or isinstance(error.__context__, BrokenPipeError):
            return _reader_left(stdout)
        return error.code if isinstance(error.code, int) else FAILED
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        return _reader_left(stdout)
    except Exception as error:  # noqa: BLE001  # the last place that can say it in one sentence
        return _failed(error)
    return result if isinstance(result, int) else OK


def build(modules: Sequence[str]) -> typer.Typer:
    """Assemble the application from the modules that register commands."""
    application = typer.Typer(
        name="benchwire",
        help=ABOUT,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    application.callback(invoke_without_command=True)(_common)
    for name in modules:
        importlib.import_module(name).register(application)
    return application


def hoisted(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with `--data-dir` in front, so that it may stand anywhere."""
    front: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            return [*front, *rest, word, *words]
        if word == DATA_DIR:
            front += [word, *([value] if (value := next(words, None)) is not None else [])]
        elif word.startswith(f"{DATA_DIR}="):
            front.append(word)
        else:
            rest.append(word)
    return [*front, *rest]


def _common(
    context: typer.Context,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            help="Directory of journals, stream, store and logs. May stand behind any command.",
            envvar="BENCHWIRE_DATA_DIR",
            show_default="~/.local/share/benchwire",
            # What may not be read is for `doctor` to explain.
            readable=False,
        ),
    ] = None,
) -> None:
    if data_dir is not None:
        # The environment, so that every role's settings and every child process agree.
        os.environ["BENCHWIRE_DATA_DIR"] = str(data_dir)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(OK)
    # `--help` has ended before this; it need not wait for structlog.
    from benchwire.cli.logs import configure_logs  # noqa: PLC0415

    configure_logs()


def _escape_what_cannot_be_encoded() -> None:
    """Let symbols that the terminal's encoding lacks, and odd file names, be shown as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _reader_left(stdout: TextIO) -> int:
    """Succeed: the reader has seen enough (`| head`); nothing may be written at exit either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
    return OK


def _failed(error: Exception) -> int:
    exit_code = getattr(error, "exit_code", None)
    show = getattr(error, "show", None)
    if callable(show) and isinstance(exit_code, int):
        # A usage error of typer's parser, which has no public base class.
        show()
        return exit_code
    if os.environ.get(DEBUG):
        raise error
    # Loaded by now if either was raised; a command that went well does without.
    from pydantic import ValidationError  # noqa: PLC0415

    from benchwire.schemas.errors import BenchwireError  # noqa: PLC0415

    if isinstance(error, BenchwireError):
        output.error(str(error), error.hint)
        return FAILED
    if isinstance(error, OSError) and error.filename is not None:
        output.error(
            f"{os.fsdecode(error.filename)}: {error.strerror}",
            "`benchwire doctor` examines the data directory; --data-dir chooses another",
        )
        return FAILED
    if isinstance(error, ValidationError):
        for problem in error.errors(include_input=False, include_url=False):
            name = "_".join(str(part) for part in problem["loc"])
            output.error(f"BENCHWIRE_{name.upper()}: {problem['msg']}", "see `benchwire config`")
        return USAGE
    output.error(
        f"{type(error).__name__}: {error}", f"this is a fault of ours; {DEBUG}=1 shows where"
    )
    return FAILED


def _terminated(_number: int, _frame: FrameType | None) -> None:
    # An exception, so that engines owned by this command are stopped on the way out.
    raise SystemExit(TERMINATED)
