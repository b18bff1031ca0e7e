"""`events` made anew from journals: the same reports, whether the old table is there or gone."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.journals import close_offline_producers, offline_producer, segments
from tests.support.view_store import give_back, take_database

from benchwire.cli.journal_source import JournalSource
from benchwire.consumer.batcher import Batch
from benchwire.consumer.bisection import store_events
from benchwire.consumer.decoder import decode
from benchwire.consumer.events_rebuild import (
    BESIDE,
    UNDELIVERED,
    EventsRebuilt,
    discard,
    read_beside,
    replace_events,
)
from benchwire.consumer.message import Message
from benchwire.consumer.rebuild import rebuild, rebuildable
from benchwire.consumer.settings import ConsumerSettings
from benchwire.consumer.sink import Sink
from benchwire.consumer.stored_runs import refresh_all
from benchwire.consumer.view_hashes import ViewHash, view_hashes
from benchwire.embedded.store import ChdbStore
from benchwire.producer.journal_reading import held_segments
from benchwire.schemas import Usage

VIEWS = ["rpt_run_integrity_at", "rpt_success_rates", "rpt_store_check"]
AS_OF = "2046-11-01 12:00:00"
RUNS = 4
_DELIVERIES = (
    "SELECT toString(event_id), toString(received_at), stream_seq "
    "FROM events FINAL ORDER BY event_id"
)


@pytest.fixture(scope="module")
def sink(chdb_store: ChdbStore) -> Iterator[Sink]:
    made = take_database(chdb_store)
    yield made
    give_back(chdb_store, made)


@pytest.fixture
def journals(tmp_path: Path) -> Iterator[Path]:
    """What four runs, one of them killed and not recovered yet, have left."""
    producer = offline_producer(tmp_path)
    for number in range(RUNS):
        with producer.run(
            experiment_id="exp",
            policy_id=f"policy-{number % 2}",
            task_id="task",
            trial_no=number + 1,
        ) as run:
            with run.tool_call("bash", arguments={"command": "pytest -q"}) as call:
                call.record(exit_code=0, result="3 passed")
            run.step(kind="act", model="m", usage=Usage(input_tokens=1200, output_tokens=80))
            run.stop(outcome="resolved" if number else "unresolved", score=1.0 if number else 0.0)
    killed = producer.run(experiment_id="exp", policy_id="policy-0", task_id="task", trial_no=9)
    killed.__enter__()
    killed.step(kind="act", model="m")
    yield tmp_path
    close_offline_producers()


def consumed(sink: Sink, journals: Path) -> None:
    """Store what the consumer would store once the journals have been delivered."""
    batch = Batch()
    now_ns, stream_seq = time.time_ns(), 0
    for segment in held_segments([journals / "journal"]):
        for payload in segment.payloads():
            stream_seq += 1
            message = Message(
                segment.subject, "", payload, "BENCH_EVENTS", stream_seq, 1, now_ns + stream_seq, 0
            )
            batch.add(decode(message))
    for table in ("events", *rebuildable()):
        sink.command(f"TRUNCATE TABLE {table}")
    assert not store_events(sink, batch)


def rebuilt(sink: Sink, journals: Path) -> EventsRebuilt:
    found = read_beside(sink, JournalSource([journals], ConsumerSettings(batch_events_max=7)))
    replace_events(sink)
    for table in rebuildable():
        rebuild(sink, table)
    refresh_all(sink)
    return found


def reports(sink: Sink) -> dict[str, ViewHash]:
    found = view_hashes(sink, VIEWS, AS_OF)
    assert found["rpt_run_integrity_at"].n_rows == RUNS + 1
    return found


def test_reports_stay_what_they_were_with_the_old_table_and_without(
    sink: Sink, journals: Path
) -> None:
    """Deliveries stay known if they are; else events count as received when they were emitted."""
    consumed(sink, journals)
    refresh_all(sink)
    before, deliveries = reports(sink), sink.query(_DELIVERIES)
    found = rebuilt(sink, journals)
    assert (found.n_events, found.n_refused, found.lost.n_events) == (len(deliveries), 0, 0)
    assert reports(sink) == before
    assert sink.query(_DELIVERIES) == deliveries

    sink.command("TRUNCATE TABLE events")
    assert rebuilt(sink, journals).n_events == len(deliveries)
    assert reports(sink) == before
    assert sink.query("SELECT countIf(received_at != ts), max(stream_seq) FROM events") == [(0, 0)]
    assert not {BESIDE, UNDELIVERED} & {str(name) for (name,) in sink.query("SHOW TABLES")}


def test_what_no_journal_holds_is_counted_and_nothing_changes_before(
    sink: Sink, journals: Path
) -> None:
    consumed(sink, journals)
    deliveries = sink.query(_DELIVERIES)
    gone = segments(journals)[0]
    n_gone = gone.read_bytes().count(b"\n")
    gone.unlink()
    found = read_beside(sink, JournalSource([journals], ConsumerSettings()))
    assert (found.lost.n_events, found.lost.n_runs) == (n_gone, 1)
    discard(sink)
    assert sink.query(_DELIVERIES) == deliveries
