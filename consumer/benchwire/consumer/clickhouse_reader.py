"""Asks a ClickHouse server, with no more rights than reading takes."""
# pyright: reportUnknownMemberType=false
# clickhouse-connect leaves the keyword arguments of its calls untyped.

import contextlib
from collections.abc import Callable, Generator
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import clickhouse_connect
from clickhouse_connect.driver.exceptions import ClickHouseError

from benchwire.consumer.clickhouse_sink import CONNECT_TIMEOUT_SECONDS, DEFAULT_DATABASE
from benchwire.schemas.errors import BenchwireError

READ_TIMEOUT_SECONDS: Final = 60


class NoAnswer(BenchwireError):  # noqa: N818 - what was asked for and did not come
    """ClickHouse did not answer a query of ours."""


@contextlib.contextmanager
def server_query(url: str) -> Generator[Callable[[str], list[tuple[Any, ...]]]]:
    """Yield what answers a statement with its rows; nothing is ever created or set."""
    parts = urlsplit(url)
    database = parts.path.strip("/") or DEFAULT_DATABASE
    try:
        client = clickhouse_connect.get_client(
            dsn=urlunsplit(parts._replace(path=f"/{database}")),
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            send_receive_timeout=READ_TIMEOUT_SECONDS,
            autogenerate_session_id=False,
        )
    except (ClickHouseError, OSError) as error:
        raise _no_answer(error) from error

    def query(sql: str) -> list[tuple[Any, ...]]:
        try:
            return [tuple(row) for row in client.query(sql).result_rows]
        except (ClickHouseError, OSError) as error:
            raise _no_answer(error) from error

    try:
        yield query
    finally:
        client.close()


def _no_answer(error: Exception) -> NoAnswer:
    return NoAnswer(
        f"ClickHouse does not answer: {error}",
        hint="check BENCHWIRE_CLICKHOUSE_URL and the server; `benchwire migrate` makes the tables",
    )
