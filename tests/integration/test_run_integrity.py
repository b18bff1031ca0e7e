"""The record of one run: ranges that are exactly the numbers not there, and reasons that fit."""

import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.support.histories import History
from tests.support.history_lines import bodies
from tests.support.oracle import Row, distinct_events
from tests.support.view_cases import CASES, named_after_its_case, read_case, run_uuid
from tests.support.view_store import ViewStore

from benchwire.analysis.rows import Rows
from benchwire.analysis.run_integrity import (
    RunIntegrity,
    count_beginning,
    divided,
    run_integrity,
    runs_beginning,
)
from benchwire.analysis.run_record import Absence, DeclaredLoss, Run
from benchwire.embedded.store import ChdbStore

HISTORY = History(20261121).add_runs(60)
CASES_USED = (
    "beyond_the_seal",
    "complete",
    "declared_loss",
    "emitter_never_seen",
    "run_under_two_experiments",
    "superseded_imports_are_listed",
    "two_contents_of_one_identity",
)


@pytest.fixture(scope="module")
def views(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    """All cases and a random history beside each other; run `a` of a case has the case's name."""
    store = ViewStore(chdb_store)
    sent = list(HISTORY.sent)
    for name in CASES_USED:
        sent += named_after_its_case(read_case(CASES / "rpt_run_integrity" / name))
    store.load(bodies(sent, []))
    yield store
    store.close()


def rows_of(views: ViewStore) -> Rows:
    def rows(sql: str, params: Mapping[str, str] | None = None, /) -> list[tuple[Any, ...]]:
        handle = views._handle  # pyright: ignore[reportPrivateUsage]
        answer = handle.query(sql, "JSONCompact", params=params).bytes()
        return [tuple(row) for row in json.loads(answer or b"{}")["data"]]

    return rows


def numbers(ranges: tuple[Absence, ...]) -> set[tuple[str, int, int]]:
    return {
        (each.emitter, each.epoch, seq)
        for each in ranges
        for seq in range(each.first_seq, each.last_seq + 1)
    }


def absent_numbers(events: list[Row], run_id: str) -> tuple[set[Any], set[Any]]:
    """By brute force: numbers that are missing, and numbers that are declared lost."""
    epochs: dict[tuple[str, int], list[Row]] = {}
    for event in events:
        if event["run_id"] == run_id and event["emitter"] not in ("smith", "otlp"):
            epochs.setdefault((event["emitter"], event["epoch"]), []).append(event)
    missing: set[Any] = set()
    lost: set[Any] = set()
    for (emitter, epoch), sent in epochs.items():
        stops = [event["seq"] for event in sent if event["event_type"] == "emitter_stop"]
        end = min(stops) if stops else max(event["seq"] for event in sent) + 1
        absent = set(range(end)) - {event["seq"] for event in sent}
        declared = {
            seq
            for event in sent
            if event["event_type"] == "telemetry_loss"
            for each in event["data"]["ranges"]
            for seq in range(each["first_seq"], min(each["last_seq"] + 1, event["seq"]))
        }
        missing |= {(emitter, epoch, seq) for seq in absent - declared}
        lost |= {(emitter, epoch, seq) for seq in absent & declared}
    return missing, lost


def test_ranges_are_the_numbers_that_are_not_there(views: ViewStore) -> None:
    rows, events = rows_of(views), distinct_events(HISTORY.sent)
    sent = {event["run_id"] for event in events}
    kinds: dict[str, list[Run]] = {}
    for run in (each for each in runs(views).values() if each.run_id in sent):
        kinds.setdefault(run.telemetry, []).append(run)
    assert {"complete", "gaps", "lost", "conflict"} <= set(kinds)
    for run in (kind[0] for kind in kinds.values()):
        found = run_integrity(rows, run)
        missing, lost = absent_numbers(events, run.run_id)
        assert (numbers(found.gaps), numbers(found.losses)) == (missing, lost)
        assert (len(missing), len(lost)) == (found.run.n_missing, found.run.n_declared_lost)
        assert sum(epoch.n_events for epoch in found.epochs) == found.run.n_events
        assert any(text.startswith(found.run.telemetry) for text in found.why)
        assert any(text.startswith(found.run.state) for text in found.why)


def record_of(views: ViewStore, run: str) -> RunIntegrity:
    return run_integrity(rows_of(views), runs(views)[run_uuid(run)])


@functools.cache
def runs(views: ViewStore) -> dict[str, Run]:
    """Every run, asked for once: events do not change here."""
    return {run.run_id: run for run in runs_beginning(rows_of(views), "", 1000)}


def test_contents_of_one_identity_are_shown_with_the_one_that_counts(views: ViewStore) -> None:
    found = record_of(views, "two_contents_of_one_identity")
    first, second = found.conflicts
    assert (first.seq, second.seq, first.event_id) == (0, 0, second.event_id)
    assert int(first.payload_hash) < int(second.payload_hash)
    assert (first.counts, second.counts) == (False, True)
    assert found.gaps == ()


def test_declared_losses_carry_their_reasons(views: ViewStore) -> None:
    found = record_of(views, "declared_loss")
    assert [(each.first_seq, each.last_seq) for each in found.losses] == [(1, 3)]
    assert [(each.first_seq, each.last_seq, each.reason) for each in found.declared_losses] == [
        (1, 2, "disk_full"),
        (2, 3, "disk_full"),
    ]


def test_a_superseded_run_and_the_one_that_counts_name_each_other(views: ViewStore) -> None:
    earlier = record_of(views, "superseded_imports_are_listed")
    later = record_of(views, "b")
    assert (earlier.run.superseded_by, later.supersedes) == (
        later.run.run_id,
        (earlier.run.run_id,),
    )
    assert any(text.startswith("superseded: ") for text in earlier.why)


def test_the_reason_is_said(views: ViewStore) -> None:
    for case, said in (
        ("beyond_the_seal", "goes on to 3 after its end at 2"),
        ("run_under_two_experiments", "one run_id under 2 experiments"),
        ("emitter_never_seen", "run_stop names verifier"),
    ):
        assert said in " ".join(record_of(views, case).why)


def test_dead_letters_on_the_runs_subject_belong_to_it(views: ViewStore) -> None:
    run_id = run_uuid("complete")
    views.command(
        "INSERT INTO dead_letters (stream, stream_seq, line_no, subject, reason, detail, raw, "
        "received_at) VALUES "
        f"('BENCH_EVENTS', 7, 1, 'bench.events.e.p.t.{run_id}', 'not_json', 'why', 'x', now64(6)), "
        "('BENCH_EVENTS', 8, 1, 'bench.events.e.p.t.other', 'not_json', 'why', 'x', now64(6))"
    )
    found = record_of(views, "complete")
    assert [(letter.stream_seq, letter.state) for letter in found.dead_letters] == [(7, "open")]


def test_a_hole_is_cut_where_declarations_begin_and_end() -> None:
    def loss(first: int, last: int) -> DeclaredLoss:
        return DeclaredLoss("agent", 1, first, last, "disk_full", None, 99)

    hole = Absence("agent", 1, 10, 20)
    gaps, losses = divided([hole], [loss(5, 11), loss(11, 12), loss(15, 15), loss(20, 30)])
    assert [(each.first_seq, each.last_seq) for each in gaps] == [(13, 14), (16, 19)]
    assert [(each.first_seq, each.last_seq) for each in losses] == [(10, 12), (15, 15), (20, 20)]
    assert divided([hole], []) == ([hole], [])


def test_a_beginning_finds_every_run_that_begins_so_in_either_case(views: ViewStore) -> None:
    run_id = run_uuid("complete")
    (found,) = runs_beginning(rows_of(views), run_id[:18].upper(), 2)
    assert found.run_id == run_id


def test_counts_are_of_all_runs_however_few_are_listed(views: ViewStore) -> None:
    rows = rows_of(views)
    every = runs_beginning(rows, "", 10_000)
    count = count_beginning(rows, "")
    assert (count.n_runs, count.n_not_complete) == (
        len(every),
        sum(each.telemetry != "complete" for each in every),
    )
    assert 0 < count.n_not_complete < count.n_runs
