"""Who joins late, from the store and the rest of the stream, knows what a witness of all knows."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.histories import History
from tests.support.history_lines import Sent, bodies
from tests.support.live_histories import LiveHistory
from tests.support.live_states import take
from tests.support.oracle import Row
from tests.support.view_store import ViewStore

from benchwire.analysis.live.lines import Picture
from benchwire.analysis.live.picture import LOST, picture_of
from benchwire.analysis.live.snapshot import Position, Snapshot, Store
from benchwire.analysis.live.state import LiveState
from benchwire.embedded.store import ChdbStore

SEED = 20261121
POSITION, STORED = 0.7, 0.8
"""Shares of the messages: up to the first all are acknowledged, up to the second stored."""


@pytest.fixture
def views(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    store = ViewStore(chdb_store)
    yield store
    store.close()


def sent_until_now() -> list[Sent]:
    """Runs of two days, the last of whose events have just arrived; each line its own message."""
    sent = [*History(SEED).add_runs(150).sent, *LiveHistory(SEED).add_runs(60).sent]
    latest = max(one.received_at for one in LiveHistory(SEED).add_runs(60).sent)
    late = [one for one in sent if one.received_at > latest]
    # What the first history received weeks later comes last here, in its order.
    squeezed = {id(one): latest + timedelta(milliseconds=at) for at, one in enumerate(late, 1)}
    moved = [Sent(one.line, squeezed.get(id(one), one.received_at)) for one in sent]
    shift = datetime.now(UTC) - max(one.received_at for one in moved)
    shifted = [Sent(one.line, one.received_at + shift) for one in moved]
    return sorted(shifted, key=lambda one: one.received_at)


def restore(state: LiveState, store: Store, run_ids: Iterable[str]) -> None:
    for found in store.events(run_ids):
        for run_id, events in found.items():
            state.restore(run_id, events)


def test_a_late_joiner_and_a_witness_see_the_same_picture(views: ViewStore) -> None:
    sent = sent_until_now()
    position, stored = (int(len(sent) * share) for share in (POSITION, STORED))
    views.load(bodies(sent[: position // 2], [position // 4]))
    # Stored a moment ago: the rows of these runs are not computed anew yet.
    views.insert(bodies(sent[position // 2 : stored], [], first_stream_seq=position // 2 + 1))

    late, store = LiveState(), Store(views.answers, None)
    began_us = round(sent[0].received_at.timestamp() * 1_000_000)
    assert not store.holds_older(began_us)
    assert store.holds_older(began_us + 1), "another stream went before: it is not replayed alone"
    snapshot = store.snapshot(Position(position, 0))
    for facts in snapshot.settled:
        late.settle(facts)
    restore(late, store, snapshot.moving)
    assert len(snapshot.settled) > 20
    assert any(facts.n_declared_lost for facts in snapshot.settled)
    assert_sums_are_stored(snapshot, sent[:stored])
    again = random.Random(SEED).sample(sent, len(sent) // 5)
    take(late, [*sent[position:], *again])
    assert late.wanted, "duplicates of what is settled are looked up"
    views.insert(bodies(sent[stored:], [], first_stream_seq=stored + 1))
    restore(late, store, sorted(late.wanted))

    witness = LiveState()
    take(witness, sent)
    now_us = round(datetime.now(UTC).timestamp() * 1_000_000)
    assert comparable(picture_of(late, now_us)) == comparable(picture_of(witness, now_us))
    assert_reports_agree(views, picture_of(late, now_us))
    assert_one_is_asked_for_alone(Store(views.answers, "suite-ü"))


def assert_sums_are_stored(snapshot: Snapshot, sent: Iterable[Sent]) -> None:
    """What the store says of settled runs is what their events say."""
    witness = LiveState()
    take(witness, sent)
    witness.refresh()
    for facts in snapshot.settled:
        assert facts == witness.standings.facts(facts.run_id)


def comparable(picture: Picture) -> tuple[object, ...]:
    """What does not depend on how many events were taken up one by one."""
    told = [line for line in picture.failures if line.kind == LOST]
    spending = replace(picture.spending, nano_aiu_per_minute=None, window_seconds=0.0)
    return (picture.runs, picture.policies, picture.jobs, picture.n_stalled, spending, told)


def assert_reports_agree(views: ViewStore, picture: Picture) -> None:
    views.load([])
    rows = views.rows("SELECT * FROM rpt_success_rates")
    assert len(rows) == len(picture.policies) > 4
    for row, line in zip(rows, picture.policies, strict=True):
        names = ("n_trials", "n_runs", "n_graded", "n_resolved", "n_incomplete", "n_excluded")
        assert [row[name] for name in names] == [getattr(line, name) for name in names]
        assert row["success_rate_graded_low"] == pytest.approx(line.success_rate_graded_low)
    (row,) = views.rows(
        "SELECT sum(n_declared_lost) AS n_lost FROM rpt_run_integrity WHERE superseded_by IS NULL"
    )
    assert row["n_lost"] == picture.n_declared_lost > 10
    assert_progress_agrees(views.rows("SELECT * FROM rpt_burn_rate"), picture)


def assert_progress_agrees(rows: list[Row], picture: Picture) -> None:
    lines = [line for line in picture.jobs if line.n_runs_running]
    assert len(rows) == len(lines) > 3
    assert len({row["n_trials_expected"] is None for row in rows}) == 2
    for row, line in zip(rows, lines, strict=True):
        names = (
            "experiment_id",
            "job_id",
            "n_trials_done",
            "n_trials_running",
            "n_trials_expected",
        )
        assert [row[name] for name in names] == [getattr(line, name) for name in names]


def assert_one_is_asked_for_alone(store: Store) -> None:
    snapshot = store.snapshot(Position(0, 0))
    found = {facts.labels.experiment_id for facts in snapshot.settled}
    assert {"suite-ü", "watched"} < set(store.experiments()), "all are named to who finds nothing"
    for runs in store.events(snapshot.moving[:20]):
        found |= {event.labels.experiment_id for events in runs.values() for event in events}
    assert found == {"suite-ü"}
