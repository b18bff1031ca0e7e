"""Settings of the producer."""

from pathlib import Path

import pytest
from tests.support.trials import TrialBench

from benchwire.producer.settings import ProducerSettings


def test_the_data_directory_is_absolute_and_resolved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As that of the engines, whose daemon is looked up there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path)
    assert ProducerSettings(data_dir=Path("link/x")).data_dir == tmp_path.resolve() / "x"


def test_trials_run_where_a_path_is_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENCHWIRE_DATA_DIR", "data")
    data_dir = ProducerSettings().data_dir
    bench = TrialBench(data_dir)
    data_dir.mkdir()
    bench.fixture(a_txt="x")
    assert bench.run({"command": "true"}, fixture="fixture").report.status == "ok"
