"""ClickHouse's own compression: `compress=1`, as JDBC asks for, and `decompress=1` for bodies.

A frame is a checksum (CityHash128 of the rest), one byte for the method, the sizes of the frame
without its checksum and of what it holds (both 32 bits, little-endian), and the compressed bytes.
"""

import struct
import sys
from collections.abc import Mapping
from typing import Any, Final

import lz4.block  # pyright: ignore[reportMissingTypeStubs]
from clickhouse_cityhash import cityhash  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType, reportAttributeAccessIssue]

from benchwire.embedded.endpoint.compression import Encoder
from benchwire.embedded.errors import QueryError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CANNOT_DECOMPRESS, CHECKSUM_DOESNT_MATCH, TOO_LARGE = 271, 40, 62
FRAME_CONTENT_BYTES: Final = 1 << 20
"""What ClickHouse puts into one frame."""

NONE, LZ4, ZSTD = 0x02, 0x82, 0x90
# Neither library has types.
_lz4: Any = lz4.block
_cityhash: Any = cityhash  # pyright: ignore[reportUnknownVariableType]
_HEADER = struct.Struct("<BII")
_CHECKSUM = struct.Struct("<QQ")


class Framed:
    """Puts an answer into frames, and those into the encoding of the HTTP answer, if any."""

    def __init__(self, outer: Encoder) -> None:
        self._outer = outer

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers of the outer encoding: frames have none of their own."""
        return self._outer.headers

    def encode(self, block: bytes) -> bytes:
        """Return a block as frames."""
        return self._outer.encode(framed(block))

    def end(self) -> bytes:
        """End the outer encoding."""
        return self._outer.end()


def framed(content: bytes) -> bytes:
    """Return the content as a sequence of lz4 frames."""
    view = memoryview(content)
    return b"".join(
        _frame(view[start : start + FRAME_CONTENT_BYTES])
        for start in range(0, len(content), FRAME_CONTENT_BYTES)
    )


def unframed(body: bytes, bytes_max: int) -> bytes:
    """Return what a sequence of frames holds; refuses more than `bytes_max` before unpacking it."""
    content = bytearray()
    at = 0
    while at < len(body):
        start = at + _CHECKSUM.size
        if len(body) < start + _HEADER.size:
            raise _damaged("ends within a frame")
        method, size, content_size = _HEADER.unpack_from(body, start)
        at = start + size
        if size < _HEADER.size or at > len(body):
            raise _damaged("ends within a frame")
        if content_size > bytes_max - len(content):
            raise QueryError(
                "the request is larger than a query may be", code=TOO_LARGE, status=413
            )
        if body[start - _CHECKSUM.size : start] != _checksum(body[start:at]):
            raise _damaged("does not match its checksum", CHECKSUM_DOESNT_MATCH)
        content += _unpacked(body[start + _HEADER.size : at], method, content_size)
    return bytes(content)


def _frame(content: memoryview) -> bytes:
    packed: bytes = _lz4.compress(content, store_size=False)
    rest = _HEADER.pack(LZ4, _HEADER.size + len(packed), len(content)) + packed
    return _checksum(rest) + rest


def _checksum(rest: bytes) -> bytes:
    number: int = _cityhash.CityHash128(rest)
    # The halves change places against the order in which the hash writes its number.
    return _CHECKSUM.pack(number >> 64, number & 0xFFFF_FFFF_FFFF_FFFF)


def _unpacked(packed: bytes, method: int, size: int) -> bytes:
    try:
        if method == LZ4:
            content: bytes = _lz4.decompress(packed, uncompressed_size=size)
        elif method == ZSTD:
            content = zstd.ZstdDecompressor().decompress(packed, max_length=size + 1)
        elif method == NONE:
            content = packed
        else:
            raise _damaged(f"has the unknown method 0x{method:02x}")
    except (_lz4.LZ4BlockError, zstd.ZstdError, OverflowError, MemoryError) as error:
        raise _damaged("does not unpack") from error
    if len(content) != size:
        raise _damaged("does not hold what it says")
    return content


def _damaged(what: str, code: int = CANNOT_DECOMPRESS) -> QueryError:
    name = "CHECKSUM_DOESNT_MATCH" if code == CHECKSUM_DOESNT_MATCH else "CANNOT_DECOMPRESS"
    return QueryError(
        f"the body of a request with decompress=1 {what}. ({name})", code=code, status=400
    )
