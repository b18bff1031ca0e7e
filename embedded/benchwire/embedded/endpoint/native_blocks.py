"""Write Native as newer protocol versions have it; the engine only writes version 0.

A client that sends `client_protocol_version` (clickhouse-go, thus Grafana; clickhouse-connect)
reads a preamble in front of every block, and from version 54454 on a byte in front of every
column's data that says whether a special serialization follows. To place that byte one must know
where each column ends, so this module knows how long the data of each type are. Nothing is decoded.
Layout: https://clickhouse.com/docs/interfaces/formats/Native
"""

import functools
import re
from collections.abc import Callable, Iterator

from benchwire.embedded.endpoint.formats import read_number
from benchwire.embedded.errors import QueryError

VERSION_WITH_SERIALIZATION_KINDS = 54454
VERSION_WITH_OUT_OF_ORDER_BUCKETS = 54480
NOT_IMPLEMENTED = 48
TYPE_DEPTH_MAX = 64

BYTES_PER_VALUE = {
    **dict.fromkeys(("Bool", "Enum8", "Int8", "Nothing", "Tuple()", "UInt8"), 1),
    **dict.fromkeys(("BFloat16", "Date", "Enum16", "Int16", "UInt16"), 2),
    **dict.fromkeys(("Date32", "DateTime", "Decimal32", "Float32", "IPv4", "Int32", "Time"), 4),
    **dict.fromkeys(("DateTime64", "Decimal64", "Float64", "Int64", "Time64", "UInt64"), 8),
    **dict.fromkeys(("Decimal128", "IPv6", "Int128", "Point", "UInt128", "UUID"), 16),
    **dict.fromkeys(("Decimal256", "Int256", "UInt256"), 32),
    "UInt32": 4,
}
SAME_LAYOUT = {
    "LineString": "Array(Point)",
    "MultiLineString": "Array(Array(Point))",
    "MultiPolygon": "Array(Array(Array(Point)))",
    "Polygon": "Array(Array(Point))",
    "Ring": "Array(Point)",
}
_DECIMAL_BYTES = ((9, 4), (18, 8), (38, 16), (76, 32))
_PIECES = re.compile(r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[(),]|[^'`(),]+", re.DOTALL)
_NAME = re.compile(r"^(?:`(?:[^`\\]|\\.)*`|\w+) ")
_GLOBAL_KEYS, _OWN_KEYS = 0x100, 0x200
"""What a LowCardinality column says it brings: a dictionary for several blocks, or its own."""

End = Callable[[bytes, int, int], int]
"""Given the bytes, a position and a number of values, the position behind them."""


class UnknownLength(QueryError):  # noqa: N818  # what is the matter with a type
    """The data of a type cannot be measured without decoding them."""


def block_info(version: int) -> bytes:
    """Return the preamble of a block: no overflow row, bucket -1."""
    buckets = b"\x03\x00" if version >= VERSION_WITH_OUT_OF_ORDER_BUCKETS else b""
    return b"\x01\x00\x02\xff\xff\xff\xff" + buckets + b"\x00"


def at_version(blocks: bytes, version: int, *, is_one: bool) -> bytes:
    """Return whole blocks, or just one, as a client of that version reads them.

    Raises:
        UnknownLength: Data that must be measured cannot be (JSON, Dynamic, Variant, states of
            aggregate functions). Those of the last column of one block need not be.
    """
    if not version or not blocks:
        return blocks
    if is_one and version < VERSION_WITH_SERIALIZATION_KINDS:
        return block_info(version) + blocks
    return b"".join(_pieces(blocks, version, is_one=is_one))


def _pieces(data: bytes, version: int, *, is_one: bool) -> Iterator[bytes]:
    at = 0
    kind = b"\x00" if version >= VERSION_WITH_SERIALIZATION_KINDS else b""
    while at < len(data):
        start = at
        yield block_info(version)
        columns, at = read_number(data, at)
        rows, at = read_number(data, at)
        yield data[start:at]
        for number in range(1, columns + 1):
            start = at
            type_start = _after_text(data, at)
            at = _after_text(data, type_start)
            name = data[read_number(data, type_start)[1] : at].decode()
            yield data[start:at] + kind
            start = at
            if is_one and number == columns:
                at = len(data)
            elif rows:
                at = _column_end(name)(data, at, rows)
            yield data[start:at]


def _after_text(data: bytes, at: int) -> int:
    length, at = read_number(data, at)
    return at + length


def _texts(data: bytes, at: int, count: int) -> int:
    for _ in range(count):
        length = data[at]
        if length < 0x80:  # noqa: PLR2004  # as in `read_number`; most texts are that short
            at += 1 + length
        else:
            at = _after_text(data, at)
    return at


def _u64(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 8], "little")


@functools.lru_cache(maxsize=1024)
def _column_end(name: str) -> End:
    prefix_end, values_end = _prefix(name, 0), _values(name, 0)

    def end(data: bytes, at: int, count: int) -> int:
        return values_end(data, prefix_end(data, at, count), count)

    return end


def _prefix(name: str, depth: int) -> End:
    """All prefixes of a column stand before all of its data; only dictionaries have one."""
    family, arguments = _parsed(name, depth)
    if family == "LowCardinality":
        return lambda _data, at, _count: at + 8
    inner = [_prefix(argument, depth + 1) for argument in _inner_types(family, arguments)]

    def end(data: bytes, at: int, count: int) -> int:
        for step in inner:
            at = step(data, at, count)
        return at

    return end


def _values(name: str, depth: int) -> End:
    family, arguments = _parsed(name, depth)
    if family == "String":
        return _texts
    if family == "LowCardinality":
        # Its keys are never null: key 0 stands for it.
        key, inner = _parsed(arguments[0], depth)
        return _dictionary(_values(inner[0] if key == "Nullable" else arguments[0], depth + 1))
    if inner := _inner_types(family, arguments):
        steps = [_values(argument, depth + 1) for argument in inner]
        if family in {"Array", "Map", "Nested"}:
            return _array(steps)
        return _side_by_side(steps, 1 if family == "Nullable" else 0)
    size = _size(family, arguments, name)
    return lambda _data, at, count: at + size * count


def _array(steps: list[End]) -> End:
    """Offsets, then the values of all rows; the last offset is their number."""

    def end(data: bytes, at: int, count: int) -> int:
        if not count:
            return at
        at += 8 * count
        total = _u64(data, at - 8)
        for step in steps:
            at = step(data, at, total)
        return at

    return end


def _side_by_side(steps: list[End], bytes_before: int) -> End:
    def end(data: bytes, at: int, count: int) -> int:
        at += bytes_before * count
        for step in steps:
            at = step(data, at, count)
        return at

    return end


def _dictionary(keys_end: End) -> End:
    """What it brings, its keys, then one index a row, as wide as the first byte says."""

    def end(data: bytes, at: int, count: int) -> int:
        if not count:
            return at
        flags, at = _u64(data, at), at + 8
        for bit in (_GLOBAL_KEYS, _OWN_KEYS):
            if flags & bit:
                at = keys_end(data, at + 8, _u64(data, at))
        return at + 8 + (_u64(data, at) << (flags & 0xFF))

    return end


def _inner_types(family: str, arguments: list[str]) -> list[str]:
    if family in SAME_LAYOUT:
        return [SAME_LAYOUT[family]]
    if family in {"Nullable", "Array", "Map"}:
        return arguments
    if family in {"Tuple", "Nested"}:
        return [_NAME.sub("", argument) for argument in arguments]
    return arguments[1:] if family == "SimpleAggregateFunction" else []


def _size(family: str, arguments: list[str], name: str) -> int:
    if family == "FixedString":
        return int(arguments[0])
    if family == "Decimal":
        return next(size for digits, size in _DECIMAL_BYTES if int(arguments[0]) <= digits)
    if family.startswith("Interval"):
        return 8
    size = BYTES_PER_VALUE.get("Tuple()" if name == "Tuple()" else family)
    if size is None:
        raise UnknownLength(
            f"a column of type {name[:100]} cannot be sent in Native at this protocol version; "
            "cast it, or ask for another format. (NOT_IMPLEMENTED)",
            code=NOT_IMPLEMENTED,
            status=501,
        )
    return size


def _parsed(name: str, depth: int) -> tuple[str, list[str]]:
    """Split `Family(argument, argument)` at its outermost commas."""
    family, _, rest = name.partition("(")
    if depth > TYPE_DEPTH_MAX:
        return "too deep", []
    arguments, level = [""], 0
    for piece in _PIECES.findall(rest[:-1]):
        level += (piece == "(") - (piece == ")")
        if piece == "," and level == 0:
            arguments.append("")
        else:
            arguments[-1] += piece
    return family, [stripped for argument in arguments if (stripped := argument.strip())]
