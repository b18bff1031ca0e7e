"""Own the chDB store of one data directory: open it, hand out handles, close it in order.

chDB allows one path per process and one process per path. Within the process every handle works
beside the others; one handle serves one statement at a time. Handles cost a quarter of a
millisecond, so each query gets a fresh one and inserts have one of their own.
"""

import fcntl
import threading
from pathlib import Path

from benchwire.embedded.engine_config import connection_string, write_engine_config
from benchwire.embedded.engine_handle import EngineHandle, classify, engine_connect
from benchwire.embedded.errors import EngineStartError

DATABASE = "benchwire"
LOCK_FILE = "status"


class ChdbStore:
    """The open store; `handle` gives a fresh connection, `close` ends the engine.

    A handle that is still in use keeps `close` waiting for its statement, so whoever runs queries
    cancels them first.
    """

    def __init__(self, dsn: str, keeper: EngineHandle) -> None:
        self._dsn = dsn
        self._keeper = keeper
        self._lock = threading.Lock()
        self._open = True
        self.engine_version = self.control("SELECT version()")[0]
        self.timezone = self.control("SELECT timezone()")[0]

    @classmethod
    def open(cls, directory: Path, config_directory: Path) -> "ChdbStore":
        """Load the engine, open the path, make sure of the access control and the database."""
        connect = engine_connect()
        _refuse_second_process(directory)
        dsn = connection_string(directory, write_engine_config(config_directory))
        try:
            keeper = connect(dsn)
        except RuntimeError as error:
            raise _open_error(directory, str(error)) from error
        try:
            _verify_grants(keeper)
            keeper.query(f"CREATE DATABASE IF NOT EXISTS {DATABASE} ENGINE = Atomic")
            keeper.query(f"USE {DATABASE}")
            return cls(dsn, keeper)
        except BaseException:
            keeper.close()
            raise

    def handle(self) -> EngineHandle:
        """Open a connection of its own to the same store, in our database."""
        if not self._open:
            raise EngineStartError("the store is closed", hint="start the engines again")
        connection = engine_connect()(self._dsn)
        connection.query(f"USE {DATABASE}")
        return connection

    def control(self, sql: str, params: dict[str, str] | None = None) -> list[str]:
        """Run a short statement of ours on the store's own handle; lines of TSVRaw."""
        with self._lock:
            result = self._keeper.query(sql, "TSVRaw", params=params or {})
        return (result.bytes() or b"").decode("utf-8", "replace").splitlines()

    def classify(self, sql: str) -> tuple[str, int]:
        """Return the engine's class of a text (READ_ONLY, …, UNKNOWN) and its statement count."""
        with self._lock:
            return classify(self._keeper, sql, DATABASE)

    def close(self) -> None:
        """Close the store's own handle; the engine ends with the last handle."""
        with self._lock:
            if not self._open:
                return
            self._open = False
            self._keeper.close()


def _refuse_second_process(directory: Path) -> None:
    """Look at the engine's own lock first: its error says only "BAD_ARGUMENTS"."""
    try:
        with (directory / LOCK_FILE).open("rb") as status:
            fcntl.flock(status, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return
    except BlockingIOError as error:
        raise EngineStartError(
            f"another process has the store {directory} open",
            hint="end it, or use another data directory (--data-dir)",
        ) from error


def _open_error(directory: Path, message: str) -> EngineStartError:
    return EngineStartError(
        f"the store {directory} does not open: {message.strip()}",
        hint="check the directory's permissions and free disk space",
    )


def _verify_grants(keeper: EngineHandle) -> None:
    grants = keeper.query("SHOW GRANTS", "TSVRaw").bytes() or b"SOURCES"
    if b"SOURCES" in grants or b"FILE" in grants:
        raise EngineStartError(
            "the engine did not apply its access control",
            hint="the engine configuration was not read; report this with `benchwire version`",
        )
