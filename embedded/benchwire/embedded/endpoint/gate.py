"""Let one reading statement through and nothing else.

Four gates stand one behind the other, since each alone was walked around in tests:

1. the engine's only user has no grant on files, URLs or other servers (`engine_config`);
2. the engine's own parser must call the text one statement that only reads;
3. the text as the engine's formatter writes it must not name, outside of literals, a function
   that ignores grants, nor, inside, a file as time zone (`denied_names`); nor bring settings. The
   formatter undoes escapes, comments and quoting;
4. it runs on a fresh handle with limits, allow-listed settings and `readonly = 2` (`execution`):
   nothing can be written, and what could be set the third gate does not let through.

The second gate uses a private binding of chDB. `Gate` therefore tests itself at the start with
statements that must pass and statements that must not, and refuses to exist otherwise.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchwire.embedded.endpoint.denied_names import (
    SYSTEM_TABLE_DENIED,
    SYSTEM_TABLE_NAME_DENIED,
    TIME_ZONE_FILE,
    denied_pattern,
)
from benchwire.embedded.endpoint.gate_examples import MUST_NOT_PASS, MUST_PASS
from benchwire.embedded.errors import EngineStartError, QueryError
from benchwire.embedded.store import DATABASE, ChdbStore

SQL_BYTES_MAX = 256 * 1024
"""ClickHouse's own default limit of a query text."""

DEFAULT_FORMAT = "TabSeparated"

SYNTAX_ERROR, READONLY, ACCESS_DENIED, TOO_LARGE = 62, 164, 497, 62

_QUOTED = re.compile(r"'(?:[^'\\]|\\.|'')*'|`(?P<name>(?:[^`\\]|\\.|``)*)`", re.DOTALL)
"""A literal or a quoted name. Only together: each may hold the other's quotes."""
_FORMAT = re.compile(r" FORMAT (\w+)$")
_SETTINGS = re.compile(r" SETTINGS (\w+) = ")
_PRETTY_PLAN = re.compile(r"\bEXPLAIN (?:PLAN )?(?:\w+ = [^\s,]+, )*pretty = (?!0\b|false\b)")
_SETTINGS_HANDSHAKE = re.compile(
    r"SELECT name, value, readonly FROM system\.settings(?: LIMIT \d+)?(?: FORMAT \w+)?"
)
_OWN_WRAPPING = re.compile(r"\s*:?\s*In scope SELECT formatQuerySingleLine.*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """What a client asks, free of HTTP."""

    sql: str
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    database: str = DATABASE
    default_format: str = DEFAULT_FORMAT
    query_id: str = ""
    data: bytes = b""
    """Rows of an insert; the read-only endpoint has refused it before it looks at them."""


@dataclass(frozen=True, slots=True)
class GatedQuery:
    """What is to be known of a statement before it runs."""

    own_format: str | None
    """The output format it names itself, if any."""
    is_select: bool
    """The engine streams the answers of SELECT only, not those of SHOW, DESCRIBE or EXPLAIN."""
    is_settings_handshake: bool
    """clickhouse-connect asks which settings it may change before it sends any; under
    `readonly = 1` the answer would be none, and the client would refuse the allowed ones."""


class Gate:
    """Decides whether a text may run; asks the engine's own parser and formatter."""

    def __init__(self, store: ChdbStore) -> None:
        self._store = store
        self._denied = denied_pattern(
            store.control("SELECT name FROM system.functions"),
            store.control("SELECT name FROM system.table_functions"),
        )
        self._test_itself()

    def admit(self, request: QueryRequest) -> GatedQuery:
        """Return the statement as admitted, or raise `QueryError` with ClickHouse's codes."""
        sql = request.sql
        self._require_one_reading_statement(sql)
        normalised = self._normalise(sql)
        bare = _QUOTED.sub("quoted", normalised)
        self._refuse_denied_names(bare)
        _refuse_denied_tables(normalised, request)
        _refuse_time_zone_files(normalised, request)
        _refuse_settings(bare)
        _refuse_pretty_plans(bare)
        return _described(normalised)

    def describe(self, sql: str) -> GatedQuery:
        """Say what a statement is, without judging it."""
        return _described(self._normalise(sql))

    def _require_one_reading_statement(self, sql: str) -> None:
        if len(sql.encode("utf-8", "replace")) > SQL_BYTES_MAX:
            raise QueryError("the query text is larger than 256 KiB", code=TOO_LARGE, status=400)
        if "\0" in sql:
            raise QueryError("the query text contains a NUL", code=SYNTAX_ERROR, status=400)
        kind, statements = self._store.classify(sql)
        if kind == "UNKNOWN" or statements == 0:
            self._normalise(sql)  # raises with the position of the error
            raise QueryError("the query was not understood", code=SYNTAX_ERROR, status=400)
        if kind != "READ_ONLY" or statements != 1:
            what = f"{statements} statements" if statements != 1 else f"a {kind} statement"
            raise QueryError(
                f"this endpoint answers one reading statement at a time, and this is {what}. "
                "(READONLY)",
                code=READONLY,
                status=403,
            )

    def _normalise(self, sql: str) -> str:
        try:
            lines = self._store.control(
                "SELECT formatQuerySingleLine(unhex({q:String}))", {"q": sql.encode().hex()}
            )
        except RuntimeError as error:
            text = _OWN_WRAPPING.sub("", str(error).partition("DB::Exception: ")[2])
            raise QueryError(
                f"{text or 'the query was not understood'} (SYNTAX_ERROR)",
                code=SYNTAX_ERROR,
                status=400,
            ) from error
        return " ".join(lines).strip()

    def _refuse_denied_names(self, bare: str) -> None:
        found = self._denied.search(bare)
        if found is not None:
            name = found["bare"] or found["called"]
            raise QueryError(
                f"the function {name} is not available here; a column of that name needs its "
                f"table in front (t.{name}). (ACCESS_DENIED)",
                code=ACCESS_DENIED,
                status=403,
            )

    def _test_itself(self) -> None:
        wrong = [sql for sql in MUST_PASS if not self._admits(sql)]
        wrong += [sql for sql in MUST_NOT_PASS if self._admits(sql)]
        if wrong:
            raise EngineStartError(
                f"the read-only gate of the SQL endpoint judges wrongly: {wrong[0]!r}",
                hint="install the chdb-core version this release was made for",
            )

    def _admits(self, sql: str) -> bool:
        try:
            self.admit(QueryRequest(sql))
        except QueryError:
            return False
        return True


def _name_only(quoted: re.Match[str]) -> str:
    """Keep what a quoted name holds if it could stand without its quotes, and no literal."""
    name = quoted["name"] or ""
    return name if name.isidentifier() else "quoted"


def _described(normalised: str) -> GatedQuery:
    without_literals = _QUOTED.sub(_name_only, normalised)
    own_format = _FORMAT.search(without_literals)
    return GatedQuery(
        own_format=own_format[1] if own_format else None,
        is_select=without_literals.startswith(("SELECT ", "WITH ", "(")),
        is_settings_handshake=_SETTINGS_HANDSHAKE.fullmatch(normalised) is not None,
    )


def _refuse_denied_tables(normalised: str, request: QueryRequest) -> None:
    names = _QUOTED.sub(_name_only, normalised)
    # Without the database's name in front, and as a parameter, it is the table all the same.
    alone = names if request.database == "system" else ""
    given = map(SYSTEM_TABLE_NAME_DENIED.fullmatch, request.params.values())
    found = (
        SYSTEM_TABLE_DENIED.search(names)
        or SYSTEM_TABLE_NAME_DENIED.search(alone)
        or next(filter(None, given), None)
    )
    if found is not None:
        raise QueryError(
            f"the table {found[0]} is not available here. (ACCESS_DENIED)",
            code=ACCESS_DENIED,
            status=403,
        )


def _refuse_time_zone_files(normalised: str, request: QueryRequest) -> None:
    zone = request.settings.get("session_timezone", "")
    if any(map(TIME_ZONE_FILE.search, (normalised, zone, *request.params.values()))):
        raise QueryError(
            "a text may not begin with 'file:' here, since the engine would read a time zone of "
            "that name from a file; to find such a text, write LIKE '%ile:…'. (ACCESS_DENIED)",
            code=ACCESS_DENIED,
            status=403,
        )


def _refuse_settings(bare: str) -> None:
    found = _SETTINGS.search(bare)
    if found is not None:
        raise QueryError(
            f"settings such as {found[1]} go beside the query here, as parameters of the request "
            "(settings=… of clickhouse-connect), not into it. (READONLY)",
            code=READONLY,
            status=403,
        )


def _refuse_pretty_plans(bare: str) -> None:
    if _PRETTY_PLAN.search(bare) is not None:
        raise QueryError(
            "EXPLAIN with pretty = 1 is not answered here: it takes all memory where a view is "
            "wide, and no limit ends it. Leave it away. (ACCESS_DENIED)",
            code=ACCESS_DENIED,
            status=403,
        )
