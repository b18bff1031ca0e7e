"""Stores into a ClickHouse server over HTTP, with clickhouse-connect."""
# pyright: reportUnknownMemberType=false
# clickhouse-connect leaves the settings and keyword arguments of its calls untyped.

import re
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import clickhouse_connect
import structlog
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError

from benchwire.consumer.server_version import refuse_older
from benchwire.consumer.sink import (
    INSERT_SETTINGS,
    SinkError,
    SinkUnavailable,
    StatementFailed,
    error_code,
    insert_error,
)

CONNECT_TIMEOUT_SECONDS: Final = 5
DEFAULT_DATABASE: Final = "benchwire"
FORMAT: Final = "JSONEachRow"

_SERVER_AWAY: Final = frozenset(
    {
        159,  # TIMEOUT_EXCEEDED
        202,  # TOO_MANY_SIMULTANEOUS_QUERIES
        209,  # SOCKET_TIMEOUT
        210,  # NETWORK_ERROR
        236,  # ABORTED
        241,  # MEMORY_LIMIT_EXCEEDED
        242,  # TABLE_IS_READ_ONLY
        252,  # TOO_MANY_PARTS
        279,  # ALL_CONNECTION_TRIES_FAILED
        319,  # UNKNOWN_STATUS_OF_INSERT
        394,  # QUERY_WAS_CANCELLED
        999,  # KEEPER_EXCEPTION
    }
)
_SAFE_NAME: Final = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")

log = structlog.get_logger(__name__)


class ClickHouseSink:
    """One HTTP client, made at the first use, so that a server that is away is just unavailable."""

    def __init__(self, url: str, *, timeout_seconds: float, create_database: bool = True) -> None:
        self._url = url
        parts = urlsplit(url)
        self.database = parts.path.strip("/") or DEFAULT_DATABASE
        if not _SAFE_NAME.match(self.database):
            raise ValueError("the database in clickhouse_url must be a plain name")
        # Connect without the database: it may not exist yet.
        self._dsn = urlunsplit(parts._replace(path="/"))
        self._timeout_seconds = timeout_seconds
        self._create_database = create_database
        self._client: Client | None = None

    def insert(self, table: str, body: bytes) -> None:
        """Store rows given as JSONEachRow lines."""
        try:
            self._connected().raw_insert(
                table,
                # Not compressed: the messages came over the same network as they are, and the
                # driver would only name a compression and leave the work to us.
                insert_block=body,
                fmt=FORMAT,
                settings=INSERT_SETTINGS,
            )
        except DatabaseError as error:
            raise insert_error(str(error), error.code) from error
        except (ClickHouseError, OSError) as error:
            raise self._unavailable(error) from error

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Answer a query with its rows, under the settings of an insert."""
        try:
            answer = self._connected().query(sql, settings=dict(INSERT_SETTINGS))
        except (ClickHouseError, OSError) as error:
            raise self._statement_error(error) from error
        return [tuple(row) for row in answer.result_rows]

    def command(self, sql: str) -> None:
        """Run one statement without rows."""
        try:
            self._connected().command(sql)
        except (ClickHouseError, OSError) as error:
            raise self._statement_error(error) from error

    def twin(self) -> "ClickHouseSink":
        """Give another client of the same database."""
        return ClickHouseSink(
            self._url,
            timeout_seconds=self._timeout_seconds,
            create_database=self._create_database,
        )

    def close(self) -> None:
        """Close the client; the next use opens another."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connected(self) -> Client:
        if self._client is None:
            client = clickhouse_connect.get_client(
                dsn=self._dsn,
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                send_receive_timeout=self._timeout_seconds,
                query_retries=0,
                # One thread uses this client, and a session would be locked by a lost request.
                autogenerate_session_id=False,
            )
            refuse_older(str(client.server_version))
            if self._create_database:
                client.command(f"CREATE DATABASE IF NOT EXISTS {self.database}")
            if self._create_database or self._exists(client):
                client.database = self.database
            self._client = client
        return self._client

    def _exists(self, client: Client) -> bool:
        """Tell whether our database is there; naming one that is not fails every statement."""
        return bool(client.command(f"EXISTS DATABASE {self.database}"))

    def _statement_error(self, error: Exception) -> SinkError:
        code = getattr(error, "code", None) or error_code(str(error))
        if code is None or code in _SERVER_AWAY:
            return self._unavailable(error)
        return StatementFailed(str(error), hint="a statement of ours does not fit this server")

    def _unavailable(self, error: Exception) -> SinkUnavailable:
        return SinkUnavailable(str(error), hint="check clickhouse_url, the server and the network")
