"""The long version of tests/guarantees/test_kill_anything.py; prints its seed when it fails."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.command_line import benchwire, end_whatever_runs
from tests.support.killed_pipeline import KilledPipeline

pytestmark = pytest.mark.chaos


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "data"
    yield path
    end_whatever_runs(path)


@pytest.mark.parametrize("seed", [random.SystemRandom().randrange(10**6) for _ in range(4)])
def test_many_kills_lose_and_double_nothing(tmp_path: Path, data_dir: Path, seed: int) -> None:
    pipeline = KilledPipeline(tmp_path, seed)
    benchwire(data_dir, "up", "--detach")
    for _ in range(3):
        pipeline.record(events=20_000)
    pipeline.misfortunes(30, seconds_max=1.5)
    pipeline.settle()
    pipeline.check()
    benchwire(data_dir, "down")
