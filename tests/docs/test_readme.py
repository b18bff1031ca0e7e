"""What README says is true: its code runs, its output is the real one, its lists are complete."""

import re
import subprocess
import sys
from pathlib import Path

from tests.support.command_line import benchwire, environment, json_of
from typer.core import TyperGroup
from typer.main import get_command

from benchwire.cli.application import build
from benchwire.cli.main import COMMAND_MODULES

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_the_printed_table_is_the_demos(tmp_path: Path) -> None:
    """Outcomes follow from the demo's seed, so the whole table is the same everywhere."""
    block = README.split("<!-- demo: success rates -->")[1].split("\n## ")[0]
    printed = lines_of(benchwire(tmp_path / "data", "demo").stdout.decode())
    wanted = lines_of(block)
    start = printed.index(wanted[0])
    assert printed[start : start + len(wanted)] == wanted


def test_the_emitting_example_runs_and_is_stored(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    data_dir = tmp_path / "data"
    subprocess.run(
        [sys.executable, "-c", code], check=True, env=environment(data_dir), cwd=tmp_path
    )
    assert json_of(data_dir, "drain")["complete"]
    sql = "SELECT outcome, steps, tool_calls, input_tokens FROM rpt_run_summary FORMAT TSV"
    assert benchwire(data_dir, "sql", sql).stdout == b"resolved\t1\t1\t1200\n"


def test_every_command_is_listed() -> None:
    group = get_command(build(COMMAND_MODULES))
    assert isinstance(group, TyperGroup)
    assert len(group.commands) > 10
    for name in group.commands:
        assert f"`{name}" in README, name


def test_every_report_is_listed() -> None:
    for view in sorted((ROOT / "sql" / "views").glob("rpt_*.sql")):
        assert view.stem in README, view.stem
