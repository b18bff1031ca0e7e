"""What is checked in is what the code makes."""

from pathlib import Path

from grafana.boards.files import DASHBOARDS, files

ROOT = Path(__file__).resolve().parents[2]


def test_files_are_up_to_date() -> None:
    """`make dashboards` writes them."""
    for path, content in files().items():
        assert (ROOT / path).read_text(encoding="utf-8") == content, path


def test_nothing_else_is_a_dashboard() -> None:
    made = {path for path in files() if path.startswith(f"{DASHBOARDS}/")}
    found = {f"{DASHBOARDS}/{path.name}" for path in (ROOT / DASHBOARDS).iterdir()}
    assert found == made
