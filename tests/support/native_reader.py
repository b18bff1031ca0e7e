"""Read as other clients do, with the codecs of clickhouse-driver: they share no code with ours."""
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

import io
from dataclasses import dataclass
from typing import Any

from clickhouse_driver.bufferedreader import BufferedReader
from clickhouse_driver.compression.lz4 import Compressor
from clickhouse_driver.context import Context
from clickhouse_driver.streams.compressed import (
    CompressedBlockInputStream,
    CompressedBlockOutputStream,
)
from clickhouse_driver.streams.native import BlockInputStream


@dataclass
class _Server:
    used_revision: int

    def get_timezone(self) -> str:
        return "UTC"


class _Bytes(BufferedReader):  # type: ignore[misc]  # pyright: ignore[reportUntypedBaseClass]
    """The library's reader, over bytes at hand."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)
        super().__init__(1 << 20)

    def read_into_buffer(self) -> None:
        self.buffer = bytearray(self._content.read(1 << 20))
        self.current_buffer_size = len(self.buffer)
        if not self.buffer:
            raise EOFError


@dataclass(frozen=True)
class Table:
    """A whole answer in Native."""

    names: list[str]
    types: list[str]
    columns: list[list[Any]]


def read_native(content: bytes, version: int) -> Table:
    """Read blocks as a client of that protocol version does, to the last byte."""
    context = Context()
    context.server_info = _Server(version)
    context.settings = {}
    context.client_settings = {
        "use_numpy": False,
        "strings_as_bytes": False,
        "strings_encoding": "utf-8",
        "namedtuple_as_json": False,
        "server_side_params": False,
        "input_format_null_as_default": False,
    }
    stream = BlockInputStream(_Bytes(content), context)
    table: Table | None = None
    while True:
        try:
            block = stream.read()
        except EOFError:
            break
        names, types = map(list, zip(*block.columns_with_types, strict=True))
        table = table or Table(names, types, [[] for _ in names])
        assert (names, types) == (table.names, table.types)
        for column, values in zip(table.columns, block.get_columns(), strict=True):
            column.extend(values)
    assert table is not None
    return table


def read_frames(content: bytes) -> bytes:
    """Read ClickHouse's compressed frames, checksums and all."""
    raw = _Bytes(content)
    stream = CompressedBlockInputStream(raw, None)
    blocks: list[bytes] = []
    while True:
        try:
            blocks.append(stream.read_block())
        except EOFError:
            return b"".join(blocks)


def write_frame(content: bytes) -> bytes:
    """Write one frame as the library does."""
    written = io.BytesIO()
    stream = CompressedBlockOutputStream(Compressor, 1 << 20, written, None)
    stream.compressor.write(content)
    stream.finalize()
    return written.getvalue()
