"""What a run leaves behind: copies without secrets, and a list of them with their digests."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from benchwire.producer.runner.output_file import OutputFile
from benchwire.schemas.redaction import Redactor
from benchwire.schemas.run import Artifact

LISTED_MAX: Final = 1_000
"""Files that ``run_stop`` lists."""
NO_LIMIT: Final = 1 << 62


def keep_json_lines(source: Path, target: Path, redactor: Redactor) -> None:
    """Copy a file of JSON lines, secrets removed; nothing where there is no such file, or no line.

    A line without a secret is kept byte for byte, so that what is read from the copy is what was
    read from the original; in any other its texts are redacted one by one, and it stays JSON.
    """
    if not source.is_file() or source.stat().st_size == 0:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as lines, target.open("wb") as kept:
        for line in lines:
            kept.write(_redacted_line(line, redactor))


def keep_text(source: Path, target: Path, redactor: Redactor) -> None:
    """Copy a text file, secrets removed; nothing where there is no such file."""
    if not source.is_file():
        return
    with (
        source.open("rb") as file,
        OutputFile(target, redactor, head_bytes_max=NO_LIMIT) as kept,
    ):
        while piece := file.read(1 << 20):
            kept.write(piece)


def write_document(path: Path, document: Mapping[str, Any], redactor: Redactor) -> None:
    """Write a JSON document for people and programs; its texts are redacted one by one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_texts(document, redactor), indent=2, ensure_ascii=False, default=str)
    path.write_text(text + "\n", encoding="utf-8", errors="replace")


def listed(folder: Path) -> list[Artifact]:
    """All files below a folder, by name, with size and digest."""
    found: list[Artifact] = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and len(found) < LISTED_MAX:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            name = str(path.relative_to(folder))
            found.append(Artifact(name=name, sha256=digest, bytes=path.stat().st_size))
    return found


def _redacted_line(line: bytes, redactor: Redactor) -> bytes:
    text = line.decode(errors="replace")
    clean = redactor.text(text)
    if clean == text:
        return line
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError):
        return clean.encode(errors="replace")
    redacted = json.dumps(_texts(document, redactor), ensure_ascii=False, separators=(",", ":"))
    return redacted.encode(errors="replace") + b"\n"


def _texts(value: object, redactor: Redactor) -> object:
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, list):
        return [_texts(item, redactor) for item in cast("list[object]", value)]
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return {redactor.text(str(key)): _texts(item, redactor) for key, item in items}
    return value
