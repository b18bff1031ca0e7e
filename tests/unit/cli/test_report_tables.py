"""A report on a terminal: nothing is broader than it, no number is cut, names do nothing."""

import re

import pytest
from tests.support.report_documents import a_report
from typer.testing import CliRunner

from benchwire.analysis.report.section import Table
from benchwire.cli import output
from benchwire.cli.application import build
from benchwire.cli.report_tables import print_report, print_table

TABLE = Table(
    key="t",
    title="[red]Title[/]",
    columns=("policy", *(f"number {index}" for index in range(12))),
    rows=[("[b]a-very-long-name-" + "x" * 60, *(f"{index},234,567 %" for index in range(12)))],
    remark="n rows more",
)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of eighty columns without colours."""
    plain = output.plain_console
    monkeypatch.setattr(
        output, "console", lambda: plain(width=80, force_terminal=True, color_system=None)
    )


@pytest.mark.usefixtures("terminal")
def test_broad_tables_go_on_below(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(TABLE)
    out = _text(capsys)
    assert max(map(len, out.splitlines())) <= 80
    assert all(f"{index},234,567 %" in out for index in range(12))
    assert "[red]Title[/]" in out
    assert out.count("[b]a-very-long-name-") == out.count("policy") > 1


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("n_policies", [0, 1, 3, 30])
def test_a_whole_report_fits_eighty_columns(
    capsys: pytest.CaptureFixture[str], n_policies: int
) -> None:
    print_report(a_report(n_policies))
    out = _text(capsys)
    assert max(map(len, out.splitlines())) <= 80
    assert "How to read this" in out or not n_policies


def test_a_pipe_gets_every_column_abreast(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(a_report(2))
    lines = capsys.readouterr().out.splitlines()
    assert any(line.count("%") >= 5 for line in lines)
    assert all("\x1b" not in line for line in lines)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["report", "--json", "--markdown"], "one of them"),
        (["report", "--html", "-", "--json"], "one of them"),
        (["report", "--as-of", "yesterday"], "is no moment"),
        (["report", "--html", __file__], "--overwrite"),
        (["report", "--html", "/nowhere/at-all.html"], "there is no directory /nowhere"),
        (["report", "--html", "/"], "is a directory"),
        (["compare", "a", "b", "--json", "--markdown"], "not both"),
        (["compare", "a"], "Missing argument"),
    ],
)
def test_what_contradicts_itself_is_refused_before_any_engine_starts(
    words: list[str], said: str
) -> None:
    modules = ("benchwire.cli.report", "benchwire.cli.compare")
    result = CliRunner().invoke(build(modules), words, env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert said in re.sub(r"\s+", " ", result.output)


def _text(capsys: pytest.CaptureFixture[str]) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
