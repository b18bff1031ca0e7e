"""The stored row of every run equals its definition, however it came to be."""

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.support.chdb import beside, fresh_sink
from tests.support.histories import History
from tests.support.history_lines import Sent, bodies
from tests.support.oracle_prices import book_of_the_histories
from tests.support.view_store import ViewStore, give_back, take_database

from benchwire.consumer import migrations, stored_runs
from benchwire.consumer.sink import Sink
from benchwire.consumer.sqlfiles import SqlFile, SqlFiles, read_sql_files
from benchwire.consumer.stored_runs import RUNS, STORED, StoredRows
from benchwire.embedded.store import ChdbStore

SEED = 20261124
N_RUNS = 150
N_PIECES = 3


@pytest.fixture(scope="module")
def sent() -> list[Sent]:
    """A history in any order: runs are looked at before their run_start, experiment and losses."""
    lines = History(SEED).add_runs(N_RUNS).sent
    random.Random(SEED).shuffle(lines)
    return lines


@pytest.fixture
def views(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    store = ViewStore(chdb_store)
    yield store
    store.close()


def stored_rows(views: ViewStore, rows: StoredRows) -> list[bytes]:
    """What is stored of every run, in the experiment that it belongs to."""
    belongs = "(experiment_id, run_id) IN (SELECT experiment_id, run_id FROM sum_runs)"
    return views.text(f"SELECT * FROM {rows.name} WHERE {belongs}")


def defined(views: ViewStore, rows: StoredRows) -> list[bytes]:
    """What the definition says of every run that has sent anything."""
    run_ids = views.rows("SELECT DISTINCT toString(run_id) AS run_id FROM stg_emitters")
    quoted = ",".join(f"'{row['run_id']}'" for row in run_ids)
    return views.text(f"SELECT * FROM {views.database}.{rows.name}_of(run_ids = [{quoted}])")


def test_rows_of_runs_that_grow_equal_the_definition(views: ViewStore, sent: list[Sent]) -> None:
    """After every piece, half of it delivered a second time."""
    stored: dict[StoredRows, list[bytes]] = {}
    for number in range(N_PIECES):
        piece = sent[number::N_PIECES]
        views.load_prices(book_of_the_histories()[number % 2 :])
        views.load(bodies([*piece, *piece[::2]], [len(piece)]))
        for rows in STORED:
            stored[rows] = stored_rows(views, rows)
            assert stored[rows] == defined(views, rows), f"seed {SEED}, piece {number}"
    assert all(len(stored[rows]) > N_RUNS - 20 for rows in STORED)
    views.merge()
    assert stored == {rows: stored_rows(views, rows) for rows in STORED}


def test_nothing_is_due_until_something_is_inserted(views: ViewStore, sent: list[Sent]) -> None:
    views.load(bodies(sent, []))
    assert views.rows("SELECT * FROM fct_due_runs") == []
    touched = sent[0]
    views.insert(bodies([touched], []))
    due = views.rows("SELECT * FROM fct_due_runs")
    assert sorted(row["stored_in"] for row in due) == sorted(rows.name for rows in STORED)
    assert len({row["run_id"] for row in due}) == 1


def test_a_price_book_that_says_the_same_makes_nothing_due(
    views: ViewStore, sent: list[Sent]
) -> None:
    """However often it is loaded, from wherever its prices are."""
    book = book_of_the_histories()
    views.load_prices(book)
    views.load(bodies(sent[:500], []))
    before = stored_rows(views, RUNS)
    views.load_prices([replace(price, source="a contract") for price in book])
    assert views.rows("SELECT * FROM fct_due_runs") == []
    views.load_prices([replace(price, output_nano_aiu=1) for price in book])
    due = views.rows("SELECT DISTINCT stored_in, reason FROM fct_due_runs")
    assert due == [{"stored_in": "sum_runs", "reason": "prices"}]
    views.load([])
    assert before != stored_rows(views, RUNS) == defined(views, RUNS)


def test_a_look_that_saw_less_never_wins(chdb_store: ChdbStore, sent: list[Sent]) -> None:
    """Two consumers look at the same runs; the one that saw less stores its rows last."""
    sink = take_database(chdb_store)
    early, late = bodies(sent, [len(sent) // 2])
    sink.insert("events", early)
    stored_runs.refresh_due(sink)
    sink.command("CREATE TABLE early AS sum_runs_stored")
    sink.command("INSERT INTO early SELECT * FROM sum_runs_stored FINAL")
    sink.insert("events", late)
    stored_runs.refresh_due(sink)
    newest = sink.query("SELECT run_id, n_contents FROM sum_runs ORDER BY run_id")
    sink.command("INSERT INTO sum_runs_stored SELECT * FROM early")
    sink.command("DROP TABLE early SYNC")
    assert sink.query("SELECT run_id, n_contents FROM sum_runs ORDER BY run_id") == newest
    give_back(chdb_store, sink)


def test_an_insert_that_ends_after_the_look_makes_its_runs_due(
    chdb_store: ChdbStore, sent: list[Sent]
) -> None:
    """Rows that say they are complete until before the insert began are looked at again."""
    sink = take_database(chdb_store)
    begun_us = stored_runs.server_time_us(sink)
    for body in bodies(sent, []):
        sink.insert("events", body)
    due = stored_runs.due_runs(sink)
    stored_runs.refresh(sink, due, complete_until_us=begun_us)
    assert set(stored_runs.due_runs(sink)) == set(due)
    stored_runs.refresh(sink, due, complete_until_us=stored_runs.server_time_us(sink))
    assert stored_runs.due_runs(sink) == []
    give_back(chdb_store, sink)


def test_a_changed_definition_empties_the_rows_and_makes_all_runs_due(
    chdb_store: ChdbStore, sent: list[Sent]
) -> None:
    sink = fresh_sink(chdb_store)
    migrations.apply(sink)
    for body in bodies(sent[:300], []):
        sink.insert("events", body)
    stored_runs.refresh_due(sink)
    before = rows_of(sink)
    assert stored_runs.due_runs(sink) == []
    assert migrations.apply(sink, changed("rpt_success_rates"))
    assert stored_runs.due_runs(sink) == []
    migrations.apply(sink, changed("sum_run_ends_of"))
    assert rows_of(sink) == []
    stored_runs.refresh_due(sink)
    assert rows_of(sink) == before
    other = beside(chdb_store, sink)
    assert rows_of(other.twin()) == before
    other.close()
    sink.close()


def rows_of(sink: Sink) -> list[tuple[object, ...]]:
    return sink.query("SELECT * FROM sum_runs ORDER BY run_id")


def changed(name: str) -> SqlFiles:
    """Give the files of a version that says one view in other words."""
    files = read_sql_files()
    views = tuple(
        SqlFile(view.name, view.text + "-- other words\n") if view.name == name else view
        for view in files.views
    )
    return SqlFiles(tables=files.tables, views=views)
