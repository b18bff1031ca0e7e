"""What the gates of the SQL endpoint let through, and how they notice that they do not work.

What they refuse: test_endpoint_escapes.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from benchwire.embedded.endpoint.execution import QueryRunner
from benchwire.embedded.endpoint.gate import QueryRequest
from benchwire.embedded.endpoint.limits import QueryLimits
from benchwire.embedded.errors import QueryError
from benchwire.embedded.store import ChdbStore

LIMITS = QueryLimits(
    seconds=10, seconds_max=10, memory_bytes_max=1 << 30, result_bytes_max=1 << 24, threads_max=2
)
ANSWERED = (
    "SELECT 1",
    "SELECT 1;",
    "SELECT 'file(''x'')'",
    "SELECT count() FROM gate_table",
    "WITH a AS (SELECT 1 AS x) SELECT x FROM a",
    "SELECT url FROM (SELECT 'x' AS url)",
    "SELECT format('{}-{}', 1, 2)",
    "SELECT sum(number) FROM numbers(10)",
    "SHOW TABLES",
    "SHOW CREATE TABLE gate_table",
    "DESCRIBE TABLE gate_table",
    "EXISTS TABLE gate_table",
    "EXPLAIN SELECT a FROM gate_table",
    "SELECT 1 AS SETTINGS, 2 AS format",
    "SELECT 'x' LIKE '%file:%'",
    "SELECT name FROM system.tables LIMIT 1",
    "(SELECT 1) UNION ALL (SELECT 2)",
)


@pytest.fixture(scope="module")
def runner(chdb_store: ChdbStore) -> Iterator[QueryRunner]:
    handle = chdb_store.handle()
    handle.query("CREATE TABLE gate_table (a UInt8) ENGINE = MergeTree ORDER BY a")
    handle.query("INSERT INTO gate_table VALUES (1)")
    yield QueryRunner(chdb_store, LIMITS)
    assert handle.query("SELECT count() FROM gate_table", "TSV").bytes() == b"1\n"
    handle.query("DROP TABLE gate_table")
    handle.close()


def answer(runner: QueryRunner, sql: str, **more: Any) -> bytes:
    return b"".join(runner.start(QueryRequest(sql, **more)).blocks())


@pytest.mark.parametrize("template", ANSWERED)
def test_reading_is_allowed(runner: QueryRunner, template: str) -> None:
    assert answer(runner, template)


def test_a_wrong_engine_is_noticed_at_the_start(
    chdb_store: ChdbStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def always_harmless(_store: ChdbStore, _sql: str) -> tuple[str, int]:
        return "READ_ONLY", 1

    monkeypatch.setattr(ChdbStore, "classify", always_harmless)
    with pytest.raises(Exception, match="judges wrongly"):
        QueryRunner(chdb_store, LIMITS)


@pytest.mark.parametrize("name", ["DataFrame", "arrowtable", "datastore", "nonsense"])
def test_formats_that_are_not_the_engines_are_refused(runner: QueryRunner, name: str) -> None:
    with pytest.raises(QueryError, match="Unknown format"):
        answer(runner, "SELECT 1", default_format=name)


def test_a_format_may_be_written_in_any_case(runner: QueryRunner) -> None:
    assert answer(runner, "SELECT 1 FORMAT Null") == b""  # also a keyword
    assert answer(runner, "SELECT 1 AS a FORMAT jsoneachrow") == b'{"a":1}\n'
    assert answer(runner, "SELECT 1 AS a", default_format="csvwithnames") == b'"a"\n1\n'


def test_an_answer_in_one_piece_is_bounded(runner: QueryRunner) -> None:
    sql = "SELECT randomPrintableASCII(1000) FROM numbers(100000)"
    with pytest.raises(QueryError, match=r"(?i)limit for result"):
        answer(runner, sql, default_format="JSON")
    assert len(answer(runner, sql, default_format="RawBLOB")) == 100_000_000
