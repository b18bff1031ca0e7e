"""Writes grafana/dashboards and the alert rules anew: `python -m grafana.boards`."""

from pathlib import Path

from grafana.boards.files import files

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Write every file that is made from the code."""
    for path, content in files().items():
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
