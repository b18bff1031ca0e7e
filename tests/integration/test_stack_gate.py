"""Nobody who may only read writes a file, reads one, reaches another machine, or changes data."""

from collections.abc import Iterator
from pathlib import Path
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
SECRET = "content-of-a-secret-file"

REFUSED = (
    # Writing files
    "SELECT 1 INTO OUTFILE '{out}'",
    "SELECT 1 INTO OUTFILE '{out}' TRUNCATE FORMAT CSV",
    "SELECT 1 INTO OUTFILE '{out}' APPEND",
    "SELECT 1; SELECT 1 INTO OUTFILE '{out}'",
    "SELECT 1 INTO OUTFILE '{out}'; garbage (",
    "INSERT INTO FUNCTION file('{out}', 'CSV', 'a UInt8') VALUES (1)",
    "INSERT INTO FUNCTION file('{out}', 'CSV', 'a UInt8') SELECT 1",
    "INSERT INTO gate_table VALUES (1)",
    "INSERT INTO gate_table SELECT 1",
    "INSERT INTO gate_table FORMAT CSV 1",
    "INSERT INTO gate_table FROM INFILE '{secret}' FORMAT LineAsString",
    "SELECT 1 FORMAT Protobuf SETTINGS output_format_schema = '{out}'",
    "BACKUP DATABASE benchwire TO File('{out}')",
    "EXPORT TABLE gate_table TO FUNCTION file('{out}')",
    # Reading files: scalar functions
    "SELECT file('{secret}')",
    "SELECT FILE('{secret}')",
    "SELECT `file`('{secret}')",
    "SELECT \"file\"('{secret}')",
    "SELECT `fi\\x6ce`('{secret}')",
    "SELECT \"fi\\x6ce\"('{secret}')",
    "SELECT file/**/('{secret}')",
    "SELECT file -- comment\n ('{secret}')",
    "SELECT '\\'' , file('{secret}')",
    "SELECT '''', file('{secret}')",
    "SELECT $a$ ' $a$, file('{secret}'), $b$ ' $b$",
    "WITH 1 AS `a``b` SELECT file('{secret}')",
    "SELECT 1 # file\n, file('{secret}')",
    "SELECT * APPLY(file) FROM (SELECT '{secret}')",
    "SELECT * APPLY `fi\\x6ce` FROM (SELECT '{secret}')",
    "SELECT arrayMap(file, ['{secret}'])",
    "SELECT arrayMap(x -> file(x), ['{secret}'])",
    "WITH x -> file(x) AS f SELECT f('{secret}')",
    "SELECT if(0, 'x', file('{secret}'))",
    "SELECT (SELECT file('{secret}'))",
    "SELECT 1 WHERE file('{secret}') != ''",
    "SELECT 1 ORDER BY file('{secret}')",
    "SELECT sum(length(file('{secret}'))) OVER ()",
    "EXPLAIN SELECT file('{secret}')",
    "EXPLAIN AST SELECT file('{secret}')",
    "DESCRIBE (SELECT file('{secret}'))",
    "SELECT {{f:Identifier}}('{secret}')",
    # Reading files: table functions and the overlay database
    "SELECT * FROM file('{secret}', 'LineAsString')",
    "SELECT * FROM fileCluster('default', '{secret}', 'LineAsString')",
    "DESCRIBE file('{secret}')",
    "DESCRIBE TABLE file('{secret}', 'LineAsString')",
    "SELECT * FROM default.`{secret}`",
    "SELECT * FROM `{secret}`",
    "SELECT * FROM merge('default', '.*')",
    "SELECT * FROM merge(REGEXP('.*'), '.*')",
    "SELECT * FROM view(SELECT file('{secret}'))",
    "SELECT * FROM viewExplain('EXPLAIN', '', (SELECT 1))",
    "SELECT * FROM loop(numbers(3)) LIMIT 4",
    "SELECT * FROM eval('SELECT file(''{secret}'')')",
    "SELECT * FROM executable('id', 'TSV', 'x String')",
    "SELECT * FROM filesystem('/etc')",
    "SELECT * FROM sqlite('{secret}', 't')",
    "SELECT * FROM icebergLocal('{secret}')",
    "SELECT * FROM deltaLakeLocal('{secret}')",
    "SELECT * FROM input('x String')",
    "SELECT * FROM dictionary('d')",
    "SELECT * FROM fuzzQuery('SELECT 1') LIMIT 1",
    # The process
    "SELECT * FROM Python(SECRET)",
    "SELECT * FROM python('SECRET')",
    "SELECT evalMLMethod(1, 2)",
    "SELECT addressToLine(1)",
    "SELECT aiGenerate('x', 'y')",
    # Other machines
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "SELECT * FROM urlCluster('default', 'http://127.0.0.1:1/', 'LineAsString')",
    "SELECT * FROM s3('http://127.0.0.1:1/b/k', 'LineAsString')",
    "SELECT * FROM remote('127.0.0.1:1', system.one)",
    "SELECT * FROM remoteSecure('127.0.0.1:1', system.one)",
    "SELECT * FROM cluster('default', system.one)",
    "SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
    "SELECT * FROM postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
    "SELECT * FROM mongodb('127.0.0.1:1', 'd', 't', 'u', 'p', 'x String')",
    "SELECT * FROM jdbc('x', 'y')",
    "SELECT hasColumnInTable('127.0.0.1:1', 'u', 'p', 'd', 't', 'c')",
    # Changing things
    "CREATE TABLE x (a UInt8) ENGINE = Memory",
    "CREATE TABLE x ENGINE = File(CSV, '{secret}')",
    "CREATE TEMPORARY TABLE x (a UInt8)",
    "CREATE VIEW x AS SELECT 1",
    "CREATE FUNCTION f AS (x) -> file(x)",
    "CREATE USER u",
    "CREATE DATABASE d",
    "CREATE DICTIONARY d (a Int8) PRIMARY KEY a SOURCE(FILE(PATH '{secret}')) LAYOUT(FLAT())",
    "DROP TABLE gate_table",
    "TRUNCATE TABLE gate_table",
    "ALTER TABLE gate_table DELETE WHERE 1",
    "DELETE FROM gate_table WHERE 1",
    "UPDATE gate_table SET a = 2 WHERE 1",
    "RENAME TABLE gate_table TO x",
    "OPTIMIZE TABLE gate_table FINAL",
    "ATTACH TABLE x FROM '{out}' (a UInt8) ENGINE = Memory",
    "GRANT ALL ON *.* TO default",
    "SYSTEM STOP MERGES",
    "SYSTEM SHUTDOWN",
    "KILL QUERY WHERE 1",
    # The handle
    "SET readonly = 0",
    "SET max_execution_time = 0",
    "USE default",
    "SELECT 1 SETTINGS readonly = 0",
    "SELECT 1 SETTINGS max_execution_time = 0",
    "SELECT 1 SETTINGS max_memory_usage = 0",
    "SELECT * FROM numbers(1) SETTINGS allow_experimental_eval_table_function = 1",
    "EXECUTE AS default SELECT 1",
    "BEGIN TRANSACTION",
    "SELECT 1; SELECT 2",
    "SELECT 1;; DROP TABLE gate_table",
    "SELECT 1\0; DROP TABLE gate_table",
    "not sql at all (",
    "",
)

ANSWERED = (
    "SELECT 1",
    "SELECT 1;",
    "SELECT 'file(''x'')'",
    "SELECT count() FROM gate_table",
    "WITH a AS (SELECT 1 AS x) SELECT x FROM a",
    "SELECT url FROM (SELECT 'x' AS url)",
    "SELECT format('{{}}-{{}}', 1, 2)",
    "SELECT sum(number) FROM numbers(10)",
    "SHOW TABLES",
    "SHOW CREATE TABLE gate_table",
    "DESCRIBE TABLE gate_table",
    "EXISTS TABLE gate_table",
    "EXPLAIN SELECT a FROM gate_table",
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


@pytest.mark.parametrize("template", REFUSED)
def test_an_attempt_is_refused_and_nothing_is_read_or_written(
    runner: QueryRunner, tmp_path: Path, template: str
) -> None:
    secret, out = tmp_path / "secret.txt", tmp_path / "out.txt"
    secret.write_text(SECRET)
    sql = template.format(secret=secret, out=out) if "{" in template else template
    with pytest.raises(QueryError) as refused:
        answer(runner, sql, params={"f": "file"})
    assert SECRET not in str(refused.value)
    assert sorted(tmp_path.iterdir()) == [secret]
    assert secret.read_text() == SECRET


@pytest.mark.parametrize("template", ANSWERED)
def test_reading_is_allowed(runner: QueryRunner, template: str) -> None:
    assert answer(runner, template.format())


def test_a_database_parameter_is_a_name_and_nothing_else(runner: QueryRunner) -> None:
    with pytest.raises(QueryError, match="does not exist"):
        answer(runner, "SELECT 1", database="system`; DROP TABLE gate_table; --")


def test_parameters_are_values_and_nothing_else(runner: QueryRunner) -> None:
    got = answer(runner, "SELECT {x:String}", params={"x": "q' OR 1; DROP TABLE gate_table"})
    assert got == b"q\\' OR 1; DROP TABLE gate_table\n"


def test_a_wrong_engine_is_noticed_at_the_start(
    chdb_store: ChdbStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def always_harmless(_store: ChdbStore, _sql: str) -> tuple[str, int]:
        return "READ_ONLY", 1

    monkeypatch.setattr(ChdbStore, "classify", always_harmless)
    with pytest.raises(Exception, match="judges wrongly"):
        QueryRunner(chdb_store, LIMITS)


@pytest.mark.parametrize(
    "name", ["DataFrame", "arrowtable", "datastore", "nonsense", "TSV\r\nX: y"]
)
def test_formats_that_are_not_the_engines_are_refused(runner: QueryRunner, name: str) -> None:
    with pytest.raises(QueryError, match="Unknown format"):
        answer(runner, "SELECT 1", default_format=name)


def test_a_format_may_be_written_in_any_case(runner: QueryRunner) -> None:
    assert answer(runner, "SELECT 1 AS a FORMAT jsoneachrow") == b'{"a":1}\n'
    assert answer(runner, "SELECT 1 AS a", default_format="csvwithnames") == b'"a"\n1\n'


def test_an_answer_in_one_piece_is_bounded(runner: QueryRunner) -> None:
    sql = "SELECT randomPrintableASCII(1000) FROM numbers(100000)"
    with pytest.raises(QueryError, match=r"(?i)limit for result"):
        answer(runner, sql, default_format="JSON")
    assert len(answer(runner, sql, default_format="RawBLOB")) == 100_000_000
