"""The database comes to the same state however often, and by however many, it is migrated."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from tests.support.chdb import beside, fresh_sink

from benchwire.consumer import migrations
from benchwire.consumer.migrations import MigrationChanged
from benchwire.consumer.sink import Sink
from benchwire.consumer.sqlfiles import SqlFile, SqlFiles, read_sql_files

if TYPE_CHECKING:
    from benchwire.embedded.store import ChdbStore

TABLE = SqlFile(
    "0001_t", "-- t\nCREATE TABLE IF NOT EXISTS t (a UInt64)\nENGINE = MergeTree ORDER BY a;\n"
)
STG = SqlFile("stg_t", "CREATE OR REPLACE VIEW stg_t AS SELECT a FROM t;")
FCT = SqlFile("fct_t", "CREATE OR REPLACE VIEW fct_t AS SELECT a FROM stg_t;")
RPT = SqlFile("rpt_t", "CREATE OR REPLACE VIEW rpt_t AS SELECT a FROM fct_t;")
FILES = SqlFiles((TABLE,), (STG, FCT, RPT))


@pytest.fixture
def sink(chdb_store: "ChdbStore") -> Iterator[Sink]:
    made = fresh_sink(chdb_store)
    yield made
    made.close()


def objects(sink: Sink) -> list[str]:
    rows = sink.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name"
    )
    return [str(name) for (name,) in rows]


def test_everything_is_created_and_the_second_time_nothing(sink: Sink) -> None:
    done = migrations.apply(sink, FILES)
    assert [step.name for step in done] == ["0001_t", "stg_t", "fct_t", "rpt_t"]
    assert migrations.apply(sink, FILES) == []
    assert objects(sink) == ["fct_t", "rpt_t", "schema_migrations", "stg_t", "t"]


def test_the_shipped_sql_applies_twice_from_nothing(sink: Sink) -> None:
    """Statements are repeatable: records that were lost in a kill cost nothing but work."""
    migrations.apply(sink)
    assert migrations.apply(sink) == []
    sink.command("TRUNCATE TABLE schema_migrations")
    assert len(migrations.apply(sink)) == len(read_sql_files().tables) + len(read_sql_files().views)


def test_a_dry_run_prints_the_sql_and_touches_nothing(sink: Sink) -> None:
    text = migrations.dry_run(sink, FILES)
    assert objects(sink) == []
    assert text.index("CREATE TABLE IF NOT EXISTS t") < text.index("VIEW stg_t")
    assert text.index("VIEW stg_t") < text.index("VIEW fct_t") < text.index("VIEW rpt_t")
    assert "-- create 0001_t" in text


class ReplicatedSink:
    """Says that its database is a replicated one, which takes a keeper that no engine here has."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sink, name)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return [("Replicated",)] if "system.databases" in sql else self._sink.query(sql)


def test_in_a_replicated_database_statements_replicate_and_parse(sink: Sink) -> None:
    """What a server then makes of them could not be tried."""
    plain, steps = (migrations.plan(one) for one in (sink, cast("Sink", ReplicatedSink(sink))))
    assert [step.name for step in plain] == [step.name for step in steps]
    statements = [statement for step in steps for statement in step.statements]
    assert len(statements) > sum(len(step.statements) for step in plain)
    for statement in statements:
        if "ENGINE" in statement or statement.startswith("DROP"):
            assert sink.query(f"EXPLAIN AST {statement}")
    engines = {step.name: " ".join(step.statements) for step in steps}
    assert "ENGINE = ReplicatedReplacingMergeTree(first_seen)" in engines["0001_events"]
    assert "Replicated" not in " ".join(text for step in plain for text in step.statements)


def test_an_edited_table_is_an_error_that_names_it(sink: Sink) -> None:
    migrations.apply(sink, FILES)
    edited = replace(TABLE, text=TABLE.text + "-- edited\n")
    with pytest.raises(MigrationChanged, match="0001_t"):
        migrations.apply(sink, replace(FILES, tables=(edited,)))


def test_a_changed_view_takes_those_that_read_it_along(sink: Sink) -> None:
    migrations.apply(sink, FILES)
    changed = replace(FCT, text="CREATE OR REPLACE VIEW fct_t AS SELECT a + 1 AS a FROM stg_t;")
    done = migrations.apply(sink, replace(FILES, views=(STG, changed, RPT)))
    assert [(step.name, step.action) for step in done] == [
        ("fct_t", "replace"),
        ("rpt_t", "replace"),
    ]


def test_a_view_that_no_file_describes_any_more_is_dropped(sink: Sink) -> None:
    sink.command("CREATE VIEW rpt_of_somebody_else AS SELECT 1")
    migrations.apply(sink, FILES)
    fewer = replace(FILES, views=(STG, FCT))
    assert [(step.name, step.action) for step in migrations.apply(sink, fewer)] == [
        ("rpt_t", "drop")
    ]
    assert "rpt_t" not in objects(sink)
    assert "rpt_of_somebody_else" in objects(sink)
    assert migrations.apply(sink, fewer) == []
    assert [step.action for step in migrations.apply(sink, FILES)] == ["create"]


def test_a_view_dropped_by_hand_comes_back(sink: Sink) -> None:
    migrations.apply(sink, FILES)
    sink.command("DROP VIEW fct_t")
    assert [step.name for step in migrations.apply(sink, FILES)] == ["fct_t"]


def test_what_events_can_fill_again_comes_back_and_events_never_do(sink: Sink) -> None:
    migrations.apply(sink)
    for name in ("steps", "steps_mv", "documents", "dead_letters"):
        sink.command(f"DROP TABLE {name}")
    done = [step.name for step in migrations.apply(sink)]
    assert done == ["0004_steps", "0015_documents", "0021_steps_mv"]
    sink.command("DROP TABLE events")
    assert migrations.apply(sink) == []


def test_a_newer_database_is_left_alone(sink: Sink) -> None:
    """A table that a newer version added is neither an error nor dropped."""
    newer = SqlFile("0002_u", TABLE.text.replace("EXISTS t", "EXISTS u"))
    migrations.apply(sink, SqlFiles((TABLE, newer), ()))
    assert migrations.apply(sink, SqlFiles((TABLE,), ())) == []
    assert "u" in objects(sink)


def test_two_at_once_end_in_the_same_state(sink: Sink, chdb_store: "ChdbStore") -> None:
    others = [beside(chdb_store, sink) for _ in range(2)]
    failures: list[Exception] = []

    def migrate(one: Sink) -> None:
        try:
            migrations.apply(one)
        except Exception as error:  # noqa: BLE001 - reported below
            failures.append(error)

    threads = [threading.Thread(target=migrate, args=(one,)) for one in (sink, *others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert migrations.apply(sink) == []
    for other in others:
        other.close()
