"""What is checked in is what the code makes."""

import re
from pathlib import Path

from grafana.boards.files import ALERT_RULES, BOARDS, DASHBOARDS, files

ROOT = Path(__file__).resolve().parents[2]


def test_files_are_up_to_date() -> None:
    """`make dashboards` writes them."""
    for path, content in files().items():
        assert (ROOT / path).read_text(encoding="utf-8") == content, path


def test_nothing_else_is_a_dashboard() -> None:
    made = {path for path in files() if path.startswith(f"{DASHBOARDS}/")}
    found = {f"{DASHBOARDS}/{path.name}" for path in (ROOT / DASHBOARDS).iterdir()}
    assert found == made


def test_the_page_names_every_dashboard_and_every_alert_rule() -> None:
    page = (ROOT / "docs/dashboards.md").read_text(encoding="utf-8")
    for board in BOARDS:
        assert f"| *{board.title.removeprefix('Benchwire / ')}* |" in page
        assert f"(dashboards/{board.name}.svg)" in page
    for title in re.findall(r"title: (.+)", files()[ALERT_RULES]):
        assert f"| {title} |" in page
