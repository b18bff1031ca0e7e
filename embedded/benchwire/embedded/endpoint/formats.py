"""What the endpoint knows about ClickHouse's output formats.

The engine streams a result block by block, and writes every block as a document of its own. Only
formats that are plain concatenations may be sent that way; header lines repeat and are cut off
from the second block on. All other formats are made in one piece.
"""

from collections.abc import Iterable

from benchwire.embedded.errors import QueryError

CONCATENATED = frozenset(
    {
        "CSV",
        "JSONCompactEachRow",
        "JSONCompactStringsEachRow",
        "JSONEachRow",
        "JSONLines",
        "JSONStringsEachRow",
        "LineAsString",
        "NDJSON",
        "Native",
        "Null",
        "RawBLOB",
        "RowBinary",
        "TSKV",
        "TSV",
        "TSVRaw",
        "TabSeparated",
        "TabSeparatedRaw",
    }
)

HEADER_LINES = {
    "CSVWithNames": 1,
    "CSVWithNamesAndTypes": 2,
    "JSONCompactEachRowWithNames": 1,
    "JSONCompactEachRowWithNamesAndTypes": 2,
    "TSVRawWithNames": 0,
    "TSVWithNames": 1,
    "TSVWithNamesAndTypes": 2,
    "TabSeparatedWithNames": 1,
    "TabSeparatedWithNamesAndTypes": 2,
}
"""Lines each block repeats. Zero: the header may contain newlines, so it cannot be cut off."""

HEADER_TEXTS = {"RowBinaryWithNames": 1, "RowBinaryWithNamesAndTypes": 2}
"""Texts each block repeats for every column, behind the number of columns."""

_CONTENT_TYPES = (
    ("JSON", "application/json; charset=UTF-8"),
    ("CSV", "text/csv; charset=UTF-8"),
    ("TSV", "text/tab-separated-values; charset=UTF-8"),
    ("TabSeparated", "text/tab-separated-values; charset=UTF-8"),
    ("XML", "application/xml; charset=UTF-8"),
    ("Markdown", "text/markdown; charset=UTF-8"),
)
_BINARY = ("Native", "RowBinary", "Parquet", "Arrow", "ORC", "Avro", "MsgPack", "Npy", "BSON")


UNKNOWN_FORMAT = 73


class OutputFormats:
    """The output formats this engine knows, whatever the case they are written in.

    chDB's Python code gives a few names a meaning of its own (DataFrame, ArrowTable) and answers
    with Python objects; those are not among the engine's.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {name.lower(): name for name in names}

    def canonical(self, name: str) -> str:
        """Return the engine's own spelling; raises `QueryError` for an unknown format."""
        found = self._names.get(name.lower())
        if found is None:
            raise QueryError(
                f"Unknown format {name[:60]!r}. (UNKNOWN_FORMAT)", code=UNKNOWN_FORMAT, status=400
            )
        return found


def is_streamed(output_format: str) -> bool:
    """Tell whether blocks of this format may be sent one after the other."""
    return output_format in CONCATENATED or has_header(output_format)


def has_header(output_format: str) -> bool:
    """Tell whether every block repeats a header that can be cut off."""
    return HEADER_LINES.get(output_format, 0) > 0 or output_format in HEADER_TEXTS


def header_bytes(block: bytes, output_format: str) -> int:
    """Return how many bytes of a block are the header that every block repeats."""
    position = 0
    if output_format in HEADER_TEXTS:
        columns, position = read_number(block, position)
        for _ in range(columns * HEADER_TEXTS[output_format]):
            length, position = read_number(block, position)
            position += length
        return position
    quoted = output_format.startswith("CSV")
    for _ in range(HEADER_LINES.get(output_format, 0)):
        end = block.find(b"\n", position)
        # A quoted CSV name may contain a newline: the line ends where quotes are balanced.
        while quoted and end >= 0 and block.count(b'"', position, end) % 2:
            end = block.find(b"\n", end + 1)
        if end < 0:
            return len(block)
        position = end + 1
    return position


def read_number(data: bytes, at: int) -> tuple[int, int]:
    """Read a number of seven bits a byte; return it and the position behind it."""
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004  # the eighth bit says that more follow
            return number, at
        shift += 7


def content_type(output_format: str) -> str:
    """Return the Content-Type ClickHouse gives to a format."""
    if output_format.startswith(_BINARY):
        return "application/octet-stream"
    if "EachRow" in output_format or output_format in {"NDJSON", "JSONLines"}:
        return "application/x-ndjson; charset=UTF-8"
    for prefix, name in _CONTENT_TYPES:
        if output_format.startswith(prefix):
            return name
    return "text/plain; charset=UTF-8"
