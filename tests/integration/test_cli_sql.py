"""`benchwire sql`, and the endpoint behind it for everybody who has the token."""

import base64
import json
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import clickhouse_connect
import pytest
from tests.support.command_line import (
    arguments,
    benchwire,
    daemon,
    environment,
    json_of,
    simple_line,
)

from benchwire.consumer.sqlfiles import read_sql_files


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack") / "data"


@pytest.fixture(scope="module", autouse=True)
def running(data_dir: Path) -> Iterator[dict[str, Any]]:
    with daemon(data_dir) as found:
        benchwire(data_dir, "emit", stdin=simple_line("one") + simple_line("two"))
        yield found


def http(
    running: dict[str, Any], sql: str = "", *, path: str = "/", token: str | None = "", **query: str
) -> tuple[int, bytes, dict[str, str]]:
    """Send a request as curl would; an empty token means the right one, None means none."""
    url = f"{running['sql_url']}{path}" + ("?" + urlencode(query) if query else "")
    request = urllib.request.Request(url, data=sql.encode() or None)  # noqa: S310 - loopback
    if token is not None:
        request.add_header("Authorization", f"Bearer {token or running['token']}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read(), dict(error.headers)


def test_a_pipe_gets_names_and_tabs(data_dir: Path) -> None:
    done = benchwire(data_dir, "sql", "SELECT 1 AS a, 'x' AS b")
    assert done.stdout == b"a\tb\n1\tx\n"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("JSONEachRow", b'{"a":1}\n'),
        ("CSVWithNames", b'"a"\n1\n'),
        ("TSV", b"1\n"),
        (
            "Vertical",
            b"Row 1:\n" + 6 * "\u2500".encode() + b"\na: 1\n",
        ),
    ],
)
def test_any_format_can_be_asked_for(data_dir: Path, name: str, expected: bytes) -> None:
    assert benchwire(data_dir, "sql", "SELECT 1 AS a", "--format", name).stdout == expected


def test_a_format_in_the_statement_wins(data_dir: Path) -> None:
    assert benchwire(data_dir, "sql", "SELECT 1 AS a FORMAT JSONEachRow").stdout == b'{"a":1}\n'


def test_the_statement_comes_from_stdin_or_a_file(data_dir: Path, tmp_path: Path) -> None:
    assert benchwire(data_dir, "sql", stdin=b"SELECT 1 AS a").stdout == b"a\n1\n"
    assert benchwire(data_dir, "sql", "-", stdin=b"SELECT 1 AS a").stdout == b"a\n1\n"
    (tmp_path / "q.sql").write_text("-- a question\nSELECT 2 AS a;\n")
    assert benchwire(data_dir, "sql", "--file", str(tmp_path / "q.sql")).stdout == b"a\n2\n"


def test_parameters_are_passed_verbatim(data_dir: Path) -> None:
    value = "tab\t newline\n backslash\\ quote' é"
    done = benchwire(
        data_dir, "sql", "SELECT {x:String}", "--param", f"x={value}", "--format", "RawBLOB"
    )
    assert done.stdout.decode() == value


def test_an_error_says_what_and_leaves_no_traceback(data_dir: Path) -> None:
    done = benchwire(data_dir, "sql", "SELECT * FROM no_such_table", code=1)
    assert done.stdout == b""
    assert b"no_such_table" in done.stderr
    assert b"SHOW TABLES" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [("sql",), ("sql", ""), ("sql", "SELECT 1", "--param", "x"), ("sql", "--file", "/no/file")],
)
def test_wrong_usage_is_exit_code_2(data_dir: Path, words: tuple[str, ...]) -> None:
    done = benchwire(data_dir, *words, code=2)
    assert b"Error" in done.stderr


@pytest.mark.parametrize("called", ["rpt_run_tool_calls", "rpt_run_tool_calls(run = 'x')"])
def test_who_calls_a_view_wrongly_is_told_how(data_dir: Path, called: str) -> None:
    done = benchwire(data_dir, "sql", f"SELECT * FROM {called}", code=1)
    assert "`rpt_…(run_id = '…')`" in done.stderr.decode()


def test_writing_is_refused(data_dir: Path) -> None:
    done = benchwire(data_dir, "sql", "DROP TABLE events", code=1)
    assert b"one reading statement" in done.stderr


def test_a_reader_that_leaves_early_is_no_error(data_dir: Path) -> None:
    command = subprocess.Popen(
        arguments("sql", "SELECT number FROM numbers(50000000)"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(data_dir),
    )
    assert command.stdout is not None
    assert command.stdout.readline() == b"number\n"
    command.stdout.close()
    assert command.stderr is not None
    assert command.stderr.read() == b""
    command.stderr.close()
    assert command.wait(timeout=30) == 0


def test_a_long_answer_arrives_whole(data_dir: Path) -> None:
    done = benchwire(data_dir, "sql", "SELECT number FROM numbers(1000000)")
    assert done.stdout == b"number\n" + b"".join(b"%d\n" % n for n in range(1_000_000))


def test_an_answer_that_fails_half_way_is_an_error(data_dir: Path) -> None:
    sql = "SELECT throwIf(number = 3000000) FROM numbers(10000000)"
    done = benchwire(data_dir, "sql", sql, "--format", "TSV", code=1)
    assert b"the answer is incomplete" in done.stderr
    assert b"throwIf" in done.stderr


def test_a_time_limit_ends_a_statement(data_dir: Path) -> None:
    done = benchwire(data_dir, "sql", "SELECT sleep(3)", "--timeout", "0.5", code=1)
    assert b"Timeout exceeded" in done.stderr


def test_an_answer_without_rows_still_has_its_names(data_dir: Path) -> None:
    done = benchwire(data_dir, "sql", "SELECT run_id, seq FROM events WHERE 0")
    assert done.stdout == b"run_id\tseq\n"


def test_the_token_is_needed_and_must_be_right(running: dict[str, Any]) -> None:
    assert http(running, "SELECT 1", token=None)[0] == 401
    assert http(running, "SELECT 1", token="wrong")[0] == 403
    assert http(running, "SELECT 1")[:2] == (200, b"1\n")
    for path in ("/benchwire/status", "/benchwire/hello", "/benchwire/lease"):
        assert http(running, path=path, token=None)[0] == 401
        assert http(running, path=path, token="wrong")[0] == 403
    assert http(running, path="/ping", token=None)[:2] == (200, b"Ok.\n")


def test_the_token_is_accepted_as_a_password(running: dict[str, Any]) -> None:
    for header, value in (
        ("Authorization", "Basic " + base64.b64encode(f"any:{running['token']}".encode()).decode()),
        ("X-ClickHouse-Key", running["token"]),
    ):
        request = urllib.request.Request(  # noqa: S310 - loopback
            running["sql_url"], data=b"SELECT 1", headers={header: value}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
            assert answer.read() == b"1\n"
    assert http(running, "SELECT 1", token=None, password=running["token"])[0] == 200


def test_answers_and_errors_have_the_shape_of_clickhouse(running: dict[str, Any]) -> None:
    status, body, headers = http(running, "SELECT 1 AS a", default_format="JSON", query_id="q1")
    assert (status, json.loads(body)["data"]) == (200, [{"a": 1}])
    assert headers["x-clickhouse-query-id"] == "q1"
    assert headers["x-clickhouse-format"] == "JSON"
    status, body, headers = http(running, "SELECT nope")
    assert (status, headers["x-clickhouse-exception-code"]) == (404, "47")
    assert body.startswith(b"Code: 47. DB::Exception: ")
    assert http(running)[:2] == (200, b"Ok.\n")
    assert http(running, query="SELECT 3")[:2] == (200, b"3\n")
    assert http(running, "+ 1", query="SELECT 3")[:2] == (200, b"4\n")


def test_clickhouse_connect_works_against_it(running: dict[str, Any]) -> None:
    port = int(running["sql_url"].rpartition(":")[2])
    client = clickhouse_connect.get_client(  # pyright: ignore[reportUnknownMemberType]
        host="127.0.0.1", port=port, username="default", password=running["token"]
    )
    try:
        rows = client.query(  # pyright: ignore[reportUnknownMemberType]
            "SELECT content FROM (SELECT JSONExtractString(data, 'content') AS content "
            "FROM events WHERE event_type = {t:String}) ORDER BY content",
            parameters={"t": "step"},
            settings={"max_execution_time": 5},
        ).result_rows
        assert [tuple(row) for row in rows] == [("one",), ("two",)]
    finally:
        client.close()


def test_status_counts_what_was_stored(data_dir: Path) -> None:
    report = json_of(data_dir, "status")
    assert report["stored"] == {"events": 3, "runs": 1, "dead_letters_open": 0}
    assert report["stream"]["pending"] == 0
    assert report["journal"]["segments_open"] == 0


def test_views_that_call_others_can_be_read_from_any_database(running: dict[str, Any]) -> None:
    """A client connects to a database of its own choice and names ours in front.

    The engine looks for a parameterised view in the client's database unless its caller names ours.
    """
    no_run = "'00000000-0000-0000-0000-000000000000'"
    values = {"DateTime64": "now64(6)", "String": "''", "Array": "[]", "UUID": no_run}
    callers = [view for view in read_sql_files().views if "${database}." in view.text]
    assert len(callers) > 4
    for view in callers:
        parameters = dict(re.findall(r"\{(\w+):(\w+)", view.text))
        given = ", ".join(f"{name} = {values[type_]}" for name, type_ in parameters.items())
        sql = f"SELECT count() FROM benchwire.{view.name}" + (f"({given})" if given else "")
        code, answer, _ = http(running, sql, database="system")
        assert (code, answer.strip().isdigit()) == (200, True), (view.name, answer)


def test_reports_are_exported_as_parquet(data_dir: Path, tmp_path: Path) -> None:
    words = ("export", "parquet", str(tmp_path / "files"), "--views", "rpt_run_summary")
    report = json_of(data_dir, *words)
    assert [(view["name"], view["rows"]) for view in report["views"]] == [("rpt_run_summary", 1)]
    assert (tmp_path / "files" / "rpt_run_summary.parquet").read_bytes().startswith(b"PAR1")
    assert b"--overwrite" in benchwire(data_dir, *words, code=1).stderr


def test_a_rebuild_is_refused_while_the_daemon_runs(data_dir: Path) -> None:
    refused = benchwire(data_dir, "rebuild", code=1)
    assert b"has the store open" in refused.stderr
    assert b"benchwire down" in refused.stderr
