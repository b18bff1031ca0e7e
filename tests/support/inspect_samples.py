"""Imports single samples of Inspect logs."""

from pathlib import Path
from typing import Any

from tests.support import inspect_logs as logs
from tests.support.translations import Translation, translations

Document = dict[str, Any]


def imported(folder: Path, one: Document, **more: Any) -> Translation:
    """Translate a log that holds this sample only."""
    path = logs.write_json(folder / "log.json", logs.log(one, **more))
    (found,) = translations("inspect", path)
    return found


def buckets(found: Translation) -> tuple[int | None, ...]:
    said = found.tally.usage
    names = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
    return tuple(said[name] for name in names)
