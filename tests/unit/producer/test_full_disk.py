"""A full disk: events are lost, counted and declared, in room kept back for that."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.journals import identity, journaled, offline_producer
from tests.unit.producer.test_recovery import recover

from benchwire.producer import Emitter, metrics
from benchwire.producer.journal.segment import RESERVE_STEP_BYTES

UNLIMITED = resource.RLIM_INFINITY


@pytest.fixture
def limit() -> Iterator["FileSizeLimit"]:
    """The operating system's file size limit: to a writer it is a full disk."""
    limit = FileSizeLimit()
    yield limit
    limit.lift()


class FileSizeLimit:
    def __init__(self) -> None:
        self._soft, self._hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def set(self, file_bytes: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, self._hard))

    def lift(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._soft, self._hard))


def emit_until_lost(emitter: Emitter, events_max: int = 5_000) -> list[str]:
    """Emit until the first event is lost; return the ids of the others."""
    ids: list[str] = []
    for _ in range(events_max):
        event_id = emitter.emit("step", {"kind": "act", "content": "x" * 300})
        if event_id is None:
            return ids
        ids.append(event_id)
    raise AssertionError("no event was lost")


def test_lost_events_return_none_and_are_declared(tmp_path: Path, limit: FileSizeLimit) -> None:
    emitter = offline_producer(tmp_path).open_emitter(identity(), "runner")
    limit.set(RESERVE_STEP_BYTES)
    ids = emit_until_lost(emitter)
    before = metrics.events_lost().get("disk_full", 0)
    for _ in range(999):
        assert emitter.emit("step", {"kind": "act", "content": "x" * 300}) is None
    assert metrics.events_lost()["disk_full"] - before == 999
    emitter.close()
    events = journaled(tmp_path)
    assert [event["event_id"] for event in events if event["event_type"] == "step"] == ids
    losses = [event for event in events if event["event_type"] == "telemetry_loss"]
    # At the 1st, 2nd, 4th, …, 512th loss, and at the end.
    assert len(losses) == 11
    declared = [
        seq
        for loss in losses
        for lost in loss["data"]["ranges"]
        for seq in range(lost["first_seq"], lost["last_seq"] + 1)
    ]
    assert len(declared) == 1_000
    assert all(loss["data"]["reason"] == "disk_full" for loss in losses)
    stop = events[-1]
    assert stop["event_type"] == "emitter_stop"
    assert {event["seq"] for event in events} | set(declared) == set(range(stop["seq"] + 1))
    checksum = sum(event["payload_hash"] for event in events[:-1]) % 2**64
    assert stop["data"] == {
        "n_events": stop["seq"],
        "checksum": checksum,
        "sealed_by": "close",
    }


def test_emitting_goes_on_as_soon_as_there_is_room(tmp_path: Path, limit: FileSizeLimit) -> None:
    emitter = offline_producer(tmp_path).open_emitter(identity(), "runner")
    limit.set(RESERVE_STEP_BYTES)
    emit_until_lost(emitter)
    for _ in range(2):
        emitter.emit("step", {"kind": "act", "content": "x" * 300})
    limit.lift()
    assert emitter.emit("heartbeat", {"phase": "again"}) is not None
    *_, loss, beat = journaled(tmp_path)
    assert loss["event_type"] == "telemetry_loss"
    assert beat["data"] == {"phase": "again"}
    assert beat["seq"] == loss["seq"] + 1


def test_a_smaller_event_may_fit_where_a_larger_one_does_not(
    tmp_path: Path, limit: FileSizeLimit
) -> None:
    emitter = offline_producer(tmp_path).open_emitter(identity(), "runner")
    emitter.emit("heartbeat", {})
    limit.set(RESERVE_STEP_BYTES)
    large = {"kind": "act", "extra": {str(i): "y" * 50_000 for i in range(10)}}
    assert emitter.emit("step", large) is None
    assert emitter.emit("heartbeat", {}) is not None


def test_a_disk_that_was_full_from_the_start_is_declared_once_there_is_room(
    tmp_path: Path, limit: FileSizeLimit
) -> None:
    emitter = offline_producer(tmp_path).open_emitter(identity(), "runner")
    limit.set(0)
    for _ in range(3):
        assert emitter.emit("heartbeat", {}) is None
    assert emitter.epoch is None
    limit.lift()
    emitter.emit("heartbeat", {})
    loss, beat = journaled(tmp_path)
    assert loss["data"]["ranges"] == [{"first_seq": 0, "last_seq": 2}]
    assert (loss["seq"], beat["seq"]) == (3, 4)


def test_a_kill_on_a_full_disk_leaves_losses_for_recovery_to_declare(
    tmp_path: Path, limit: FileSizeLimit
) -> None:
    producer = offline_producer(tmp_path)
    emitter = producer.open_emitter(identity(), "runner")
    limit.set(RESERVE_STEP_BYTES)
    emit_until_lost(emitter)
    for _ in range(20):
        emitter.emit("step", {"kind": "act", "content": "x" * 300})
    emitter.leave_for_recovery()
    limit.lift()
    (segment,) = tmp_path.glob("journal/*/*.seg")
    recover(segment)
    *_, stop = journaled(tmp_path)
    assert stop["data"]["sealed_by"] == "recovery"
    assert stop["data"]["n_events"] == stop["seq"]
