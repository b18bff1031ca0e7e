"""Examines a ClickHouse server given by URL: reachable, ours to use, new enough, with rights."""

import time
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import urlsplit

from benchwire.consumer.checks.addresses import shown, why_unreachable
from benchwire.consumer.checks.pipeline import clock
from benchwire.consumer.clickhouse_sink import ClickHouseSink
from benchwire.consumer.server_version import (
    VERSION_MIN,
    VERSION_TESTED,
    ServerTooOld,
    is_older,
    written,
)
from benchwire.consumer.sink import INSERT_SETTINGS, SinkError, StatementFailed, error_code
from benchwire.schemas.finding import Finding, fail, ok, warn

SERVER, DATABASE, RIGHTS = "clickhouse server", "database", "rights"
DEFAULT_PORTS: Final = {"http": 8123, "https": 8443}
LOGIN_CODES: Final = frozenset(
    {
        192,  # UNKNOWN_USER
        193,  # WRONG_PASSWORD
        194,  # REQUIRED_PASSWORD
        516,  # AUTHENTICATION_FAILED
    }
)
SETTING_CODES: Final = frozenset(
    {
        164,  # READONLY
        452,  # SETTING_CONSTRAINT_VIOLATION
    }
)
ACCESS_DENIED: Final = 497
ERROR_CHARACTERS_MAX: Final = 300
PRIVILEGES: Final = (
    "SELECT",
    "INSERT",
    "CREATE TABLE",
    "CREATE VIEW",
    "DROP TABLE",
    "DROP VIEW",
)
"""What migrations, inserts and answers need on our database."""


def reachable(url: str) -> Finding:
    """Try to connect to the port."""
    problem = why_unreachable(url, DEFAULT_PORTS.get(urlsplit(url).scheme, DEFAULT_PORTS["http"]))
    if problem is None:
        return ok(SERVER, f"{shown(url)} accepts connections")
    return fail(SERVER, f"{shown(url)} {problem[0]}", problem[1])


def open_sink(url: str, timeout_seconds: float) -> ClickHouseSink:
    """Make a sink that creates no database."""
    return ClickHouseSink(url, timeout_seconds=timeout_seconds, create_database=False)


def usable(
    sink: ClickHouseSink, url: str, *, now: Callable[[], float] = time.time
) -> Iterator[Finding]:
    """Log in, read version and time, see whether the database exists and what we may do there."""
    began = now()
    try:
        ((version, micros, exists),) = sink.query(
            "SELECT version(), toUnixTimestamp64Micro(now64(6)), "  # noqa: S608 - a checked name
            f"(SELECT count() FROM system.databases WHERE name = '{sink.database}')"
        )
    except SinkError as error:
        yield _refused(url, error)
        return
    middle = (began + now()) / 2
    yield _version(str(version))
    yield clock(int(micros) / 1e6 - middle, "ClickHouse")
    if not int(exists):
        yield warn(
            DATABASE,
            f"{sink.database} does not exist, or this user may not see it",
            "the first consumer makes it; or do it now",
            "benchwire migrate",
        )
    else:
        yield ok(DATABASE, f"{sink.database} exists")
    yield _rights(sink)


def _refused(url: str, error: SinkError) -> Finding:
    said = str(error)
    if error_code(said) in LOGIN_CODES or "HTTP 401" in said or "HTTP 403" in said:
        return fail(
            SERVER,
            f"{shown(url)} refuses user or password",
            "check both in BENCHWIRE_CLICKHOUSE_URL: http://user:password@host:8123/benchwire",
        )
    if error_code(said) in SETTING_CODES:
        return fail(
            RIGHTS,
            f"this user may not set what inserts need: {said[:ERROR_CHARACTERS_MAX]}",
            "give the user a profile without readonly that allows " + ", ".join(INSERT_SETTINGS),
        )
    if isinstance(error, ServerTooOld):
        return fail(SERVER, said, error.hint)
    if isinstance(error, StatementFailed):
        return fail(
            SERVER, f"{shown(url)} answers with an error: {said[:ERROR_CHARACTERS_MAX]}", error.hint
        )
    return fail(
        SERVER,
        f"{shown(url)} does not answer as ClickHouse does: {said[:ERROR_CHARACTERS_MAX]}",
        "the URL must name the HTTP port (8123, 8443), not the native one (9000)",
    )


def _version(version: str) -> Finding:
    if is_older(version, VERSION_TESTED):
        tested = written(VERSION_TESTED)
        return warn(
            SERVER,
            f"ClickHouse {version}, older than {tested}, on which all SQL is tested",
            f"use {tested} or newer; {written(VERSION_MIN)} is the least",
        )
    return ok(SERVER, f"ClickHouse {version}, we are logged in")


def _rights(sink: ClickHouseSink) -> Finding:
    denied: list[str] = []
    for privilege in PRIVILEGES:
        try:
            ((granted,),) = sink.query(f"CHECK GRANT {privilege} ON {sink.database}.*")
        except StatementFailed as error:
            if error_code(str(error)) != ACCESS_DENIED:
                raise
            granted = 0
        if not int(granted):
            denied.append(privilege)
    if not denied:
        return ok(RIGHTS, f"{', '.join(PRIVILEGES)} on {sink.database}")
    listed = ", ".join(denied)
    return fail(
        RIGHTS,
        f"missing on {sink.database}: {listed}",
        "let an administrator of ClickHouse run, with this user's name: "
        f"GRANT {listed} ON {sink.database}.* TO user",
    )
