import fcntl
import time
from pathlib import Path

import pytest
from tests.support.journals import identity, journaled, offline_producer

from benchwire.producer.journal import epoch as epoch_module
from benchwire.producer.journal.epoch import (
    choose_epoch,
    locked_run_directory,
    remove_run_directory,
)
from benchwire.producer.journal.layout import SegmentName


def test_an_epoch_is_the_time_in_microseconds(tmp_path: Path) -> None:
    before = time.time_ns() // 1_000
    assert before <= choose_epoch(tmp_path, "runner") <= time.time_ns() // 1_000


def test_an_epoch_is_above_every_epoch_of_the_emitter_even_if_the_clock_went_back(
    tmp_path: Path,
) -> None:
    future = time.time_ns() // 1_000 + 10**12
    (tmp_path / SegmentName("runner", future, 0, 0, "ab").file_name).touch()
    (tmp_path / SegmentName("agent", future + 50, 0, 0, "ab").file_name).touch()
    assert choose_epoch(tmp_path, "runner") == future + 1


def test_opening_an_emitter_again_opens_a_new_epoch(tmp_path: Path) -> None:
    run = identity()
    with offline_producer(tmp_path) as producer:
        for _ in range(3):
            emitter = producer.open_emitter(run, "runner")
            emitter.emit("heartbeat", {})
            emitter.close()
    epochs = [event["epoch"] for event in journaled(tmp_path)]
    assert len(set(epochs)) == 3


def test_a_stuck_holder_of_the_lock_does_not_stop_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epoch_module, "LOCK_SECONDS_MAX", 0.01)
    with locked_run_directory(tmp_path), locked_run_directory(tmp_path):
        pass


def test_a_directory_that_retention_removes_meanwhile_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "run"
    real_flock, removals = fcntl.flock, iter([True])

    def removed_first(fd: int, operation: int) -> None:
        if next(removals, False):
            directory.rmdir()
        real_flock(fd, operation)

    monkeypatch.setattr(fcntl, "flock", removed_first)
    with locked_run_directory(directory):
        (directory / "segment").touch()


def test_retention_does_not_remove_a_directory_somebody_is_about_to_write_into(
    tmp_path: Path,
) -> None:
    directory = tmp_path / "run"
    with locked_run_directory(directory):
        remove_run_directory(directory)
        assert directory.is_dir()
    remove_run_directory(directory)
    assert not directory.exists()
