"""Imports histories of OpenHands that a test has made."""

from pathlib import Path
from typing import Any

from tests.support.openhands_outputs import Used, write
from tests.support.translations import Translation, translations

from benchwire.schemas.usage import Usage


def imported(folder: Path, *rows: dict[str, Any]) -> list[Translation]:
    return translations("openhands", write(folder / "output.jsonl", *rows))


def one(folder: Path, row: dict[str, Any]) -> Translation:
    (found,) = imported(folder, row)
    return found


def used(usage: Usage | None) -> Used | None:
    if usage is None:
        return None
    counts = (
        usage.input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.output_tokens,
    )
    plain, read, written, output = (count or 0 for count in counts)
    return Used(plain, read, written, output)
