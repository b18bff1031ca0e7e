"""Compress answers as clients ask for it: `Accept-Encoding`, and ClickHouse's own switch for it."""

import sys
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import lz4.frame  # pyright: ignore[reportMissingTypeStubs]
from starlette.datastructures import Headers

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ZSTD_LEVEL, ZLIB_LEVEL = 1, 3
"""The other side is this machine: fast levels."""


class Encoder(Protocol):
    """Turns the blocks of one answer into what is sent."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers that name the encoding."""
        ...

    def encode(self, block: bytes) -> bytes:
        """Return what is to be sent for a block, so that the other side can read all of it."""
        ...

    def end(self) -> bytes:
        """Return what ends the answer."""
        ...


class Plain:
    """Leaves an answer as it is."""

    def __init__(self) -> None:
        self.headers: Mapping[str, str] = {}

    def encode(self, block: bytes) -> bytes:
        """Return the block."""
        return block

    def end(self) -> bytes:
        """Return nothing."""
        return b""


class _Named:
    def __init__(self, name: str) -> None:
        self.headers: Mapping[str, str] = {"Content-Encoding": name, "Vary": "Accept-Encoding"}


class Zlib(_Named):
    """gzip or deflate."""

    def __init__(self, name: str, window_bits: int) -> None:
        super().__init__(name)
        self._compressor = zlib.compressobj(ZLIB_LEVEL, wbits=window_bits)

    def encode(self, block: bytes) -> bytes:
        """Compress a block."""
        return self._compressor.compress(block) + self._compressor.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        """End the stream."""
        return self._compressor.flush()


class Zstd(_Named):
    """One zstd frame."""

    def __init__(self) -> None:
        super().__init__("zstd")
        self._compressor = zstd.ZstdCompressor(level=ZSTD_LEVEL)

    def encode(self, block: bytes) -> bytes:
        """Compress a block."""
        return self._compressor.compress(block, zstd.ZstdCompressor.FLUSH_BLOCK)

    def end(self) -> bytes:
        """End the frame."""
        return self._compressor.flush()


class Lz4(_Named):
    """One lz4 frame."""

    def __init__(self) -> None:
        super().__init__("lz4")
        self._compressor: Any = lz4.frame.LZ4FrameCompressor(auto_flush=True)
        self._header: bytes = self._compressor.begin()

    def encode(self, block: bytes) -> bytes:
        """Compress a block."""
        header, self._header = self._header, b""
        compressed: bytes = self._compressor.compress(block)
        return header + compressed

    def end(self) -> bytes:
        """End the frame."""
        end: bytes = self._compressor.flush()
        return self._header + end


ENCODERS: dict[str, Callable[[], Encoder]] = {
    "lz4": Lz4,
    "zstd": Zstd,
    "gzip": lambda: Zlib("gzip", 31),
    "deflate": lambda: Zlib("deflate", 15),
}
"""In the order of our preference."""


def answer_encoder(headers: Headers, settings: Mapping[str, str]) -> Encoder:
    """Choose as ClickHouse does: nothing is compressed unless `enable_http_compression` is on."""
    if settings.get("enable_http_compression") not in {"1", "true"}:
        return Plain()
    accepted: set[str] = set()
    for offer in headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = offer.partition(";")
        if weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}:
            accepted.add(name.strip())
    return next((make() for name, make in ENCODERS.items() if name in accepted), Plain())
