import os
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from benchwire.cli import application, output
from benchwire.cli.application import build, hoisted
from benchwire.cli.main import COMMAND_MODULES
from benchwire.cli.options import EVENT_TYPE_NAMES
from benchwire.cli.output import size
from benchwire.schemas.errors import BenchwireError
from benchwire.schemas.event import EVENT_TYPES

FIRST_PICTOGRAM = 0x1F000


@pytest.fixture(scope="module")
def app() -> typer.Typer:
    return build(COMMAND_MODULES)


def commands(app: typer.Typer) -> list[list[str]]:
    def below(group: typer.Typer, path: list[str]) -> list[list[str]]:
        found = [
            [*path, command.name or getattr(command.callback, "__name__", "")]
            for command in group.registered_commands
        ]
        for entry in group.registered_groups:
            inner = entry.typer_instance
            assert inner is not None
            name = entry.name if isinstance(entry.name, str) else inner.info.name
            found += below(inner, [*path, str(name)])
        return found

    return below(app, [])


def test_every_command_of_the_contract_exists(app: typer.Typer) -> None:
    names = {" ".join(path) for path in commands(app)}
    assert names >= {
        "up",
        "status",
        "down",
        "demo",
        "emit",
        "drain",
        "consume",
        "migrate",
        "sql",
        "integrity",
        "import copilot",
        "config",
        "version",
    }


def test_every_command_has_a_runnable_example_in_its_help_and_no_pictogram(
    app: typer.Typer,
) -> None:
    """The help's console turns `:1234:` into one; an example must not hold such a number."""
    for path in ([], *commands(app)):
        shown = CliRunner().invoke(app, [*path, "--help"])
        assert shown.exit_code == 0, shown.output
        assert "benchwire" in shown.output.partition("Example: ")[2] or not path, path
        assert not [one for one in shown.output if ord(one) >= FIRST_PICTOGRAM], path


def test_keys_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    key = "BENCH_EVENTS:100:1"
    output.table(["key"], [[key]])
    output.facts([("key", key)])
    output.note(key)
    output.error(key, key)
    shown = capsys.readouterr()
    assert (shown.out.count(key), shown.err.count(key)) == (2, 3)


def test_help_teaches_the_flow(app: typer.Typer) -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    for word in ("emit()", "JetStream", "consumer", "events", "rpt_", "Quickstart", "Exit codes"):
        assert word in shown


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["sql", "x", "--data-dir", "/d"], ["--data-dir", "/d", "sql", "x"]),
        (["sql", "--data-dir=/d", "x"], ["--data-dir=/d", "sql", "x"]),
        (["--data-dir", "/d", "sql"], ["--data-dir", "/d", "sql"]),
        (["sql", "--", "--data-dir"], ["sql", "--", "--data-dir"]),
        (["sql", "--data-dir"], ["--data-dir", "sql"]),
    ],
)
def test_the_data_directory_may_stand_anywhere(given: list[str], expected: list[str]) -> None:
    assert hoisted(given) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [(None, "-"), (0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 * 1024**5, "5120.0 TiB")],
)
def test_sizes_are_readable(number: float | None, expected: str) -> None:
    assert size(number) == expected


def fails_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    def command() -> None:
        raise error

    def made(_modules: object) -> typer.Typer:
        app = typer.Typer()
        app.command()(command)
        return app

    monkeypatch.setattr(application, "build", made)
    monkeypatch.setattr(sys, "argv", ["benchwire"])
    return application.run(())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BenchwireError("what", hint="do this"), 1),
        (RuntimeError("a bug"), 1),
        (KeyboardInterrupt(), 130),
        (typer.Abort(), 130),
        (typer.Exit(1), 1),
        (typer.BadParameter("no"), 2),
        (SystemExit(143), 143),
    ],
)
def test_exit_codes(
    error: BaseException,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("BENCHWIRE_DEBUG", raising=False)
    assert fails_with(error, monkeypatch) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err


def test_an_error_says_what_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fails_with(BenchwireError("[the store] is gone", hint="look at [this]"), monkeypatch)
    assert capsys.readouterr().err == "error: [the store] is gone\nhint: look at [this]\n"


def test_facts_in_a_pipe_are_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    output.facts([("runs", "x" * 1000), ("stored", None)])
    assert capsys.readouterr().out == f"runs    {'x' * 1000}\nstored  -\n"


def test_an_error_of_the_file_system_is_no_fault_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for error in (
        NotADirectoryError(20, "Not a directory", "/x/journal"),
        PermissionError(13, "no", "y"),
    ):
        assert fails_with(error, monkeypatch) == application.FAILED
        said = capsys.readouterr().err
        assert f"{error.filename}: {error.strerror}" in said
        assert "doctor" in said
        assert "fault of ours" not in said


def test_the_debug_variable_shows_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHWIRE_DEBUG", "1")
    with pytest.raises(BenchwireError):
        fails_with(BenchwireError("what"), monkeypatch)


@pytest.mark.parametrize("words", [["--help"], ["schema", "export"], ["version"]])
def test_a_reader_who_leaves_is_no_failure(words: list[str]) -> None:
    """As `benchwire --help | head -1` is: standard output is a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as stdout:
        done = subprocess.run(
            [sys.executable, "-m", "benchwire.cli.main", *words],
            stdout=stdout,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_without_the_extra_it_says_what_to_install() -> None:
    program = (
        "import importlib.util as u, sys\n"
        "find = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'typer' else find(name, *rest)\n"
        "from benchwire.cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, text=True
    )
    assert done.returncode == 1
    assert "pip install 'benchwire[cli,embedded]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_loads_no_engine_no_consumer_and_no_model() -> None:
    program = (
        "import sys; from benchwire.cli.main import COMMAND_MODULES\n"
        "from benchwire.cli.application import build; build(COMMAND_MODULES)\n"
        "print([m for m in ('chdb', 'nats', 'uvicorn', 'starlette', 'clickhouse_connect',"
        " 'pydantic', 'msgspec', 'structlog', 'rich.progress')"
        " if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


def test_help_lists_every_event_type() -> None:
    assert EVENT_TYPE_NAMES.split(", ") == list(EVENT_TYPES)
