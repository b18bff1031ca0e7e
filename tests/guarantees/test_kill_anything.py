"""Guarantees 1, 2 and 4: whatever is killed, promised events are stored once, and it is proved."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.command_line import benchwire, daemon, end_whatever_runs
from tests.support.killed_pipeline import KilledPipeline, json_of_rows
from tests.support.prepared_store import prepare


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    path = prepare(tmp_path / "data")
    yield path
    end_whatever_runs(path)


def test_a_killed_run_is_interrupted_and_complete(tmp_path: Path, data_dir: Path) -> None:
    pipeline = KilledPipeline(tmp_path, seed=1)
    benchwire(data_dir, "up", "--detach")
    recording = pipeline.record(events=1_000_000)
    pipeline.kill(recording)
    pipeline.settle()
    pipeline.check()
    state = json_of_rows(data_dir, "SELECT state, telemetry FROM benchwire.rpt_run_integrity")
    assert state == [["interrupted", "complete"]]
    benchwire(data_dir, "down")


def test_a_run_recorded_without_any_engine_is_delivered_later(
    tmp_path: Path, data_dir: Path
) -> None:
    pipeline = KilledPipeline(tmp_path, seed=2)
    recording = pipeline.record(events=300)
    assert recording.process.wait(60) == 0
    pipeline.settle()
    with daemon(data_dir):
        pipeline.check()


@pytest.mark.parametrize("seed", [11, 12])
def test_kills_of_runner_server_and_daemon_lose_and_double_nothing(
    tmp_path: Path, data_dir: Path, seed: int
) -> None:
    pipeline = KilledPipeline(tmp_path, seed)
    benchwire(data_dir, "up", "--detach")
    for _ in range(2):
        pipeline.record(events=1_500)
    pipeline.misfortunes(5, seconds_max=0.6)
    pipeline.settle()
    pipeline.check()
    benchwire(data_dir, "down")
