"""Hand the rows of an insert to the engine so that its errors come back.

chDB's own way, `send_insert`, reports what is wrong with the rows and nothing that goes wrong after
they are parsed: with a full disk, too many parts or a violated constraint it says that all rows
were written, and none is there. An insert that reads a file is an ordinary statement, which raises.
"""

import os
import sys
import tempfile

from benchwire.embedded.engine_handle import EngineHandle


class RowFile:
    """A file without a name, in memory where the system has such; used by one thread at a time."""

    def __init__(self) -> None:
        self._descriptor: int | None = _nameless_file()

    def insert(self, handle: EngineHandle, table: str, input_format: str, rows: bytes) -> None:
        """Insert rows; raises `RuntimeError` unless all of them are stored."""
        assert self._descriptor is not None
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        _write_all(self._descriptor, rows)
        # Where opening /dev/fd/N shares the position, reading begins where writing ended.
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        path = f"/dev/fd/{self._descriptor}"
        handle.query(f"INSERT INTO {table} FROM INFILE '{path}' FORMAT {input_format}", "Null")
        os.ftruncate(self._descriptor, 0)

    def close(self) -> None:
        """Give the memory back; calling it twice is harmless."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def _nameless_file() -> int:
    if sys.platform == "linux":
        return os.memfd_create("benchwire-insert")
    with tempfile.TemporaryFile(buffering=0) as file:
        return os.dup(file.fileno())


def _write_all(descriptor: int, rows: bytes) -> None:
    left = memoryview(rows)
    while left:
        left = left[os.write(descriptor, left) :]
