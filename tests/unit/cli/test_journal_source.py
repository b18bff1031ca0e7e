"""What journals say they reach, and the messages that are read from them."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.journals import (
    close_offline_producers,
    identity,
    journal_lines,
    offline_producer,
    segments,
)

from benchwire.cli.journal_source import ExperimentReach, JournalSource
from benchwire.consumer.batcher import Batch
from benchwire.consumer.settings import ConsumerSettings
from benchwire.producer.journal_reading import JournalUnreadable
from benchwire.producer.settings import ProducerSettings
from benchwire.schemas.fast import encode_payload
from benchwire.schemas.timestamps import wire_timestamp

KIB = 1024


@pytest.fixture(autouse=True)
def no_producer_outlives_its_test() -> Iterator[None]:
    yield
    close_offline_producers()


def recorded(data_dir: Path, experiment_id: str, *, steps: int, is_sealed: bool = True) -> None:
    """One run whose emitter closes as it should, or is killed."""
    settings = ProducerSettings(data_dir=data_dir, segment_bytes_max=KIB)
    producer = offline_producer(data_dir, settings=settings)
    emitter = producer.open_emitter(identity(experiment_id=experiment_id), "runner", None)
    for number in range(steps):
        emitter.emit("step", {"kind": "act", "step_no": number})
    if not is_sealed:
        emitter.leave_for_recovery()
    producer.close(0)


def source(*directories: Path, events_max: int = 3) -> JournalSource:
    return JournalSource(directories, ConsumerSettings(batch_events_max=events_max))


def read(journals: JournalSource) -> tuple[list[Batch], int]:
    batches: list[Batch] = []
    n_refused = journals.read(batches.append, on_messages=id, announce=lambda _text: None)
    return batches, n_refused


def test_the_reach_is_said_for_each_experiment(tmp_path: Path) -> None:
    recorded(tmp_path, "exp-a", steps=9)
    recorded(tmp_path, "exp-b", steps=1)
    recorded(tmp_path, "exp-a", steps=2, is_sealed=False)
    reach = source(tmp_path).reach()
    assert (reach.n_runs, reach.n_events) == (3, 9 + 1 + 2 + 1 + 1)
    assert reach.n_segments == len(segments(tmp_path)) > 3
    first, second = reach.experiments
    assert (first.experiment_id, first.n_runs, first.n_epochs) == ("exp-a", 2, 2)
    assert (first.n_epochs_sealed, first.n_epochs_cut, first.n_events) == (1, 0, 12)
    assert first.first_ts <= first.last_ts
    assert second == ExperimentReach(
        "exp-b", 1, 1, 1, 0, 2, first_ts=second.first_ts, last_ts=second.last_ts
    )


@pytest.mark.parametrize("position", [0, 2])
def test_an_epoch_whose_segment_was_deleted_is_called_cut(tmp_path: Path, position: int) -> None:
    recorded(tmp_path, "exp", steps=20)
    ordered = sorted(segments(tmp_path), key=lambda each: int(each.name.split("~")[2]))
    assert len(ordered) > 4
    ordered[position].unlink()
    (experiment,) = source(tmp_path).reach().experiments
    assert (experiment.n_epochs_cut, experiment.n_epochs_sealed) == (1, 1)


def test_a_foreign_stream_without_a_sequence_is_never_cut(tmp_path: Path) -> None:
    run = identity()
    template = run.template("otlp", 0)
    producer = offline_producer(tmp_path)
    emitter = producer.open_unsequenced(run, "otlp")
    data = encode_payload("step", {"kind": "act"})
    for seq in (2**60, 7, 2**40):
        emitter.append(template.line("step", wire_timestamp(), seq, None, data)[0])
    producer.close(0)
    (experiment,) = source(tmp_path).reach().experiments
    assert (experiment.n_epochs_cut, experiment.n_events) == (0, 3)


def test_every_whole_line_is_read_once_in_batches(tmp_path: Path) -> None:
    recorded(tmp_path, "exp-a", steps=20)
    recorded(tmp_path, "exp-b", steps=3, is_sealed=False)
    before = {path: path.read_bytes() for path in segments(tmp_path)}
    batches, n_refused = read(source(tmp_path))
    assert n_refused == 0
    assert len(batches) > 5
    decoded = list(itertools.chain.from_iterable(batch.decoded for batch in batches))
    rows = b"".join(each.rows for each in decoded).splitlines()
    assert sorted(row.partition(b',"received_at":')[0] + b"}" for row in rows) == sorted(
        journal_lines(tmp_path)
    )
    assert {each.message.subject.split(".")[2] for each in decoded} == {"exp-a", "exp-b"}
    assert {path: path.read_bytes() for path in segments(tmp_path)} == before


def test_damaged_lines_are_counted_and_torn_ones_left_out(tmp_path: Path) -> None:
    recorded(tmp_path, "exp", steps=2, is_sealed=False)
    (segment,) = segments(tmp_path)
    whole = segment.read_bytes()
    segment.write_bytes(b"{no event}\n" + whole + b'{"schema_version":1,"ev')
    batches, n_refused = read(source(tmp_path))
    assert (sum(batch.n_events for batch in batches), n_refused) == (2, 1)


def test_directories_may_be_journals_or_hold_one(tmp_path: Path) -> None:
    recorded(tmp_path / "one", "exp-a", steps=1)
    recorded(tmp_path / "two", "exp-b", steps=1)
    reach = source(tmp_path / "one", tmp_path / "two" / "journal").reach()
    assert [each.experiment_id for each in reach.experiments] == ["exp-a", "exp-b"]


def test_nothing_to_read_is_an_error_that_says_why(tmp_path: Path) -> None:
    with pytest.raises(JournalUnreadable, match="no events in") as raised:
        source(tmp_path).reach()
    assert "ACKNOWLEDGED_KEEP_SECONDS" in raised.value.hint
    with pytest.raises(JournalUnreadable, match="no directory"):
        source(tmp_path / "none")
