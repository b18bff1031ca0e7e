"""What doctor finds in a database: holes, changed migrations, dead letters; and the rebuild."""

from collections.abc import Iterator

import pytest
from tests.support.chdb import fresh_sink
from tests.support.history_lines import bodies
from tests.support.served_endpoint import TOKEN
from tests.support.view_cases import CASES, named_after_its_case, read_case
from tests.support.writable_endpoint import writable_endpoint

from benchwire.consumer import migrations
from benchwire.consumer.checks import clickhouse, database
from benchwire.consumer.rebuild import NothingToRebuild, rebuild, rebuildable
from benchwire.consumer.sink import Sink
from benchwire.consumer.stored_runs import refresh_all, refresh_due
from benchwire.embedded.store import ChdbStore
from benchwire.schemas.finding import Finding, findings_of

TYPED = ("run_starts", "steps", "emitters", "model_usage", "run_stops")


@pytest.fixture(scope="module")
def sink(chdb_store: ChdbStore) -> Iterator[Sink]:
    """A migrated database with a few runs, one of them killed, one with gaps, one in conflict."""
    made = fresh_sink(chdb_store)
    migrations.apply(made)
    for case in (
        "rpt_run_integrity/killed_and_drained",
        "rpt_run_integrity/gap",
        "rpt_run_integrity/two_contents_of_one_identity",
        "rpt_run_summary/models_give_the_buckets_totals_lack",
    ):
        for body in bodies(named_after_its_case(read_case(CASES / case)), []):
            made.insert("events", body)
    refresh_due(made)
    yield made
    made.close()


def of(check: str, findings: list[Finding]) -> Finding:
    (found,) = (finding for finding in findings if finding.check == check)
    return found


def test_a_database_that_is_up_to_date_is_ok(sink: Sink) -> None:
    assert database.migrations_pending(sink).status == "ok"
    assert database.insert_settings(sink).status == "ok"
    assert database.typed_tables(sink.query).status == "ok"
    assert database.stored_runs(sink.query).status == "ok"
    assert database.dead_letters(sink.query).status == "ok"


def test_a_migration_that_changed_is_a_failure(sink: Sink) -> None:
    change = (
        "INSERT INTO schema_migrations SELECT name, '{}', version, now64(6) + toIntervalHour({}) "
        "FROM schema_migrations WHERE name = '0004_steps' ORDER BY applied_at LIMIT 1"
    )
    ((checksum,),) = sink.query(
        "SELECT checksum FROM schema_migrations WHERE name = '0004_steps' LIMIT 1"
    )
    sink.command(change.format("of another text", 1))
    (found,) = findings_of("migrations", lambda: database.migrations_pending(sink))
    assert found.status == "fail"
    assert "0004_steps.sql was applied with checksum of another text" in found.found
    sink.command(change.format(checksum, 2))
    assert database.migrations_pending(sink).status == "ok"


def test_a_view_that_lacks_is_pending_and_migrate_is_named(sink: Sink) -> None:
    sink.command("DROP VIEW rpt_run_summary")
    found = database.migrations_pending(sink)
    assert (found.status, found.command) == ("warn", "benchwire migrate")
    assert "create rpt_run_summary" in found.found
    migrations.apply(sink)


def test_rows_that_a_typed_table_lost_are_found_and_the_rebuild_brings_them_back(
    sink: Sink,
) -> None:
    before = {name: sink.query(f"SELECT * FROM {name} FINAL ORDER BY ALL") for name in TYPED}
    assert all(before.values())
    for name in TYPED:
        sink.command(f"TRUNCATE TABLE {name}")
    found = database.typed_tables(sink.query, around=("benchwire down && ", ""))
    assert found.status == "fail"
    options = " ".join(f"--rebuild {name}" for name in sorted(TYPED))
    assert found.command == f"benchwire down && benchwire migrate {options}"
    for name in TYPED:
        rebuild(sink, name)
    assert database.typed_tables(sink.query).status == "ok"
    after = {name: sink.query(f"SELECT * FROM {name} FINAL ORDER BY ALL") for name in TYPED}
    assert after == before


def test_rows_of_runs_that_are_late_or_wrong_are_found(sink: Sink) -> None:
    """Late: touched and not looked at again. Wrong: looked at, and other than what is stored."""
    sink.command("TRUNCATE TABLE sum_runs_stored")
    sink.command("INSERT INTO run_touches SELECT run_id, now64(6) FROM stg_emitters")
    assert database.stored_runs(sink.query).status == "ok"
    sink.command("TRUNCATE TABLE run_touches")
    late = database.stored_runs(sink.query)
    assert (late.status, late.found) == (
        "warn",
        "4 of 4 runs have waited for more than five minutes",
    )
    refresh_due(sink)
    assert database.stored_runs(sink.query).status == "ok"
    for table, counted in (("sum_runs_stored", "n_events"), ("sum_sessions_stored", "n_contents")):
        sink.command(
            f"INSERT INTO {table} SELECT * REPLACE (99 AS {counted}, version + 1 AS version) "
            f"FROM {table} FINAL LIMIT 1"
        )
        wrong = database.stored_runs(sink.query, around=("benchwire down && ", ""))
        assert wrong.status == "fail"
        assert wrong.command == "benchwire down && benchwire migrate --rebuild run_touches"
        rebuild(sink, "run_touches")
        refresh_all(sink)
        assert database.stored_runs(sink.query).status == "ok"


def test_rows_that_no_event_stands_for_are_removed_by_a_rebuild(sink: Sink) -> None:
    sink.command(
        "INSERT INTO heartbeats (experiment_id, run_id, emitter, epoch, seq, row_version, ts) "
        "SELECT 'e', generateUUIDv4(), 'ghost', 1, 0, 1, now64(6)"
    )
    assert "heartbeats" in database.typed_tables(sink.query).found
    rebuild(sink, "heartbeats")
    assert database.typed_tables(sink.query).status == "ok"


def test_every_typed_table_can_be_rebuilt_and_no_other(sink: Sink) -> None:
    checked = sink.query("SELECT DISTINCT table_name FROM rpt_store_check")
    assert {name for (name,) in checked} <= set(rebuildable())
    with pytest.raises(NothingToRebuild, match="no typed table is called 'events'"):
        rebuild(sink, "events")


def test_runs_that_need_a_look_are_counted(sink: Sink) -> None:
    findings = list(database.runs(sink.query))
    assert of("runs", findings).found.startswith("2 interrupted, 0 abandoned, of 4")
    assert "missing without a word" in of("losses", findings).found
    assert of("conflicts", findings).status == "warn"
    for finding in findings:
        sql = finding.command.partition(' sql "')[2].removesuffix('"')
        assert not sql or sink.query(sql)


def test_open_dead_letters_are_a_warning_until_somebody_decides(sink: Sink) -> None:
    sink.command(
        "INSERT INTO dead_letters (stream, stream_seq, line_no, reason, received_at) "
        "VALUES ('BENCH_EVENTS', 1, 1, 'not_json', now64(6))"
    )
    found = database.dead_letters(sink.query)
    assert (found.status, found.found) == ("warn", "1 open: 1 not_json")
    assert found.command == "benchwire dead-letters list"


def test_a_table_of_a_newer_version_is_named(sink: Sink) -> None:
    sink.command("INSERT INTO schema_migrations VALUES ('9999_later', 'x', '9.9', now64(6))")
    assert "9999_later" in database.migrations_pending(sink).found


def test_a_clickhouse_server_is_examined_and_nothing_is_made(
    chdb_store: ChdbStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writable_endpoint(chdb_store) as server:
        url = server.url("not_there_yet")
        assert clickhouse.reachable(url).status == "ok"
        sink = clickhouse.open_sink(url, 10.0)
        findings = list(clickhouse.usable(sink, url))
        statuses = [of(name, findings).status for name in ("database", "clock", "rights")]
        assert statuses == ["warn", "ok", "ok"]
        assert sink.query("EXISTS DATABASE not_there_yet") == [(0,)]
        # The engine's one user may make tables and views, and nothing else.
        monkeypatch.setattr(clickhouse, "PRIVILEGES", ("SELECT", "CREATE DICTIONARY"))
        less = list(clickhouse.usable(sink, url, now=lambda: 0.0))
        assert of("clock", less).status == "fail"
        assert of("rights", less).found == "missing on not_there_yet: CREATE DICTIONARY"
        sink.close()
        refused = url.replace(TOKEN, "wrong-password")
        sink = clickhouse.open_sink(refused, 10.0)
        (found,) = clickhouse.usable(sink, refused)
        assert (found.status, "refuses user or password" in found.found) == ("fail", True)
        assert "wrong-password" not in str((found, findings))


def test_a_server_that_is_none_is_told_from_one_that_is_away() -> None:
    away = clickhouse.reachable("http://user:s3cret@127.0.0.1:1/benchwire")
    assert (away.status, "refuses connections" in away.found) == ("fail", True)
    unknown = clickhouse.reachable("http://user:s3cret@no-such-host.invalid:8123/benchwire")
    assert (unknown.status, "is not known here" in unknown.found) == ("fail", True)
    assert "s3cret" not in str((away, unknown))
