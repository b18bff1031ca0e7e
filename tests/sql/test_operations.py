"""rpt_operations: every minute's figures equal the oracle's, wherever they come from."""

import functools
import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.sql.test_views_against_oracle import SETTINGS, assert_same
from tests.support.histories import AS_OF, History
from tests.support.history_lines import START, Sent
from tests.support.live_histories import LiveHistory, redelivered
from tests.support.oracle import Row, distinct_events
from tests.support.oracle_operations import operations
from tests.support.view_store import ViewStore

from benchwire.embedded.store import ChdbStore

SEED = 20261122


def some_batches(rng: random.Random) -> list[Row]:
    """The log of inserts over an hour, some of them with nothing dated."""
    batches: list[Row] = []
    for number in range(200):
        inserted_at = AS_OF + timedelta(seconds=rng.random() * 3600)
        n_messages = rng.randrange(1, 500)
        batches.append(
            {
                "batch_id": f"00000000-0000-4000-8000-{number:012d}",
                "consumer": rng.choice(("a", "b")),
                "inserted_at": inserted_at,
                "first_stream_seq": number,
                "last_stream_seq": number + n_messages,
                "n_messages": n_messages,
                "n_events": rng.randrange(10**6),
                "n_redelivered": rng.randrange(n_messages),
                "n_dead_letters": 0,
                "body_bytes": rng.randrange(10**9),
                "insert_ms": round(rng.random() * 1000, 3),
                "oldest_received_at": inserted_at - timedelta(seconds=rng.expovariate(1))
                if rng.random() < 0.9
                else None,
            }
        )
    return batches


def some_letters(rng: random.Random) -> list[Row]:
    """Letters of two hours, the second without batches."""
    return [
        {
            "stream": "BENCH_EVENTS",
            "stream_seq": number,
            "line_no": 1,
            "subject": "bench.events.e.p.t.r",
            "reason": "not_json",
            "detail": "",
            "raw": "{",
            "state": "open",
            "state_at": AS_OF,
            "received_at": AS_OF + timedelta(seconds=rng.random() * 7200),
            "consumer": "a",
            "state_version": 0,
        }
        for number in range(150)
    ]


def some_changes(rng: random.Random, letters: list[Row]) -> list[Row]:
    """What became of the letters: of some nothing, of some one thing after the other."""
    return [
        {
            **{name: letter[name] for name in ("stream", "stream_seq", "line_no", "received_at")},
            "state": rng.choice(("open", "replayed", "discarded")),
            "detail": "",
            "changed_by": "somebody",
            "changed_at": letter["received_at"] + timedelta(hours=rng.random()),
            "state_seq": number,
        }
        for letter in letters
        for number in range(rng.randrange(3))
    ]


def as_changed(letters: list[Row], changes: list[Row]) -> list[Row]:
    """Give the letters in the state of their latest change."""
    latest: dict[int, str] = {}
    for change in sorted(changes, key=lambda change: (change["changed_at"], change["state_seq"])):
        latest[change["stream_seq"]] = change["state"]
    return [{**one, "state": latest.get(one["stream_seq"], "open")} for one in letters]


BATCHES = some_batches(random.Random(SEED))
LETTERS = some_letters(random.Random(SEED))
CHANGES = some_changes(random.Random(SEED), LETTERS)


@functools.cache
def history() -> list[Sent]:
    return LiveHistory(SEED).add_runs(100).sent + History(SEED).add_runs(250).sent


@pytest.fixture(scope="module")
def expected() -> list[Row]:
    return operations(distinct_events(history()), BATCHES, as_changed(LETTERS, CHANGES))


@pytest.fixture(scope="module")
def views(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    store = ViewStore(chdb_store)
    store.load(redelivered(history(), SEED))
    insert(store, "batches", BATCHES)
    insert(store, "dead_letters", LETTERS)
    insert(store, "dead_letter_states", CHANGES)
    store.merge()
    yield store
    store.close()


def insert(store: ViewStore, table: str, rows: list[Row]) -> None:
    body = "\n".join(json.dumps(row, default=_stored) for row in rows)
    store.command(f"INSERT INTO {table} FORMAT JSONEachRow {body}")


def _stored(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


@pytest.mark.parametrize("settings", SETTINGS)
def test_operations_equal_the_oracle(views: ViewStore, expected: list[Row], settings: str) -> None:
    rows = views.rows(f"SELECT * FROM rpt_operations{SETTINGS[settings]}")
    assert_same(rows, expected, ("minute",))
    assert rows == sorted(rows, key=lambda row: str(row["minute"]))


def test_the_data_holds_every_kind_of_minute(expected: list[Row]) -> None:
    """Data that stopped holding the difficult cases would make these tests worthless."""
    rows = expected
    assert any(row["n_dead_letters"] and not row["n_batches"] for row in rows)
    assert any(row["n_batches"] and not row["n_events_received"] for row in rows)
    assert any(row["n_events_received"] and row["emission_lag_ms_max"] is None for row in rows)
    assert all(
        sum(row[f"n_dead_letters_{state}"] for row in rows)
        for state in ("open", "replayed", "discarded")
    )
    assert sum(row["n_declared_lost"] for row in rows) > 10
    assert sum(row["n_conflicts"] for row in rows) > 10


def test_one_minute_by_hand(views: ViewStore) -> None:
    views.clear()
    at = START + timedelta(hours=1)
    base: dict[str, Any] = {**BATCHES[0], "inserted_at": at + timedelta(seconds=3)}
    base |= {"oldest_received_at": at + timedelta(seconds=1), "n_messages": 4, "n_redelivered": 1}
    slow = {**base, "inserted_at": at + timedelta(seconds=59), "n_redelivered": 0}
    insert(views, "batches", [{**base, "insert_ms": 10.0}, {**slow, "insert_ms": 30.0}])
    letter = {**LETTERS[0], "received_at": at + timedelta(minutes=5)}
    insert(views, "dead_letters", [letter, letter])
    replayed = {**CHANGES[0], "stream_seq": letter["stream_seq"], "state": "replayed"}
    insert(views, "dead_letter_states", [{**replayed, "received_at": letter["received_at"]}])
    first, second = views.rows("SELECT * FROM rpt_operations")
    assert first["minute"] == "2026-10-01 09:00:00"
    assert (first["n_batches"], first["n_messages_stored"]) == (2, 8)
    assert first["n_messages_redelivered"] == 1
    assert (first["insert_ms_p50"], first["insert_ms_max"]) == (20, 30)
    assert (first["storage_lag_ms_p50"], first["storage_lag_ms_max"]) == (30_000, 58_000)
    assert (first["n_dead_letters"], first["emission_lag_ms_p50"]) == (0, None)
    assert second["minute"] == "2026-10-01 09:05:00"
    assert (second["n_dead_letters"], second["n_dead_letters_open"]) == (1, 0)
    assert (second["n_dead_letters_replayed"], second["insert_ms_p50"]) == (1, None)


def test_an_empty_store_has_no_minutes(views: ViewStore) -> None:
    views.clear()
    assert views.rows("SELECT * FROM rpt_operations") == []
