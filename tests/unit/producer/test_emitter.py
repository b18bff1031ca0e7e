"""The emitter's promises, one test for each word of its docstring that needs no server."""

import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.journals import identity, journal_lines, journaled, offline_producer, segments

from benchwire.producer import Emitter, EmitterClosed, Producer
from benchwire.schemas.codec import decode_message
from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.step import Step
from benchwire.schemas.usage import Usage


@pytest.fixture
def producer(tmp_path: Path) -> Producer:
    return offline_producer(tmp_path)


@pytest.fixture
def emitter(producer: Producer) -> Emitter:
    return producer.open_emitter(identity(seed=42), "runner")


def test_the_event_is_in_the_journal_when_emit_returns(tmp_path: Path, emitter: Emitter) -> None:
    event_id = emitter.emit("step", {"kind": "act"})
    (event,) = journaled(tmp_path)
    assert event["event_id"] == event_id
    assert event["seq"] == 0
    assert event["epoch"] == emitter.epoch


def test_journal_lines_are_wire_lines(tmp_path: Path, emitter: Emitter) -> None:
    emitter.emit("step", Step(kind="act", usage=Usage(input_tokens=3)), step_id="s1")
    emitter.emit("heartbeat", {})
    decoded = decode_message(b"\n".join(journal_lines(tmp_path)))
    assert decoded.n_events == 2
    assert not decoded.refused


def test_closing_ends_the_epoch_with_an_emitter_stop(tmp_path: Path, emitter: Emitter) -> None:
    for _ in range(3):
        emitter.emit("heartbeat", {})
    emitter.close()
    *before, stop = journaled(tmp_path)
    assert stop["data"] == {
        "n_events": 3,
        "checksum": sum(event["payload_hash"] for event in before) % 2**64,
        "sealed_by": "close",
    }


def test_an_emitter_without_events_leaves_no_trace(tmp_path: Path, emitter: Emitter) -> None:
    emitter.close()
    assert emitter.all_epochs == []
    assert not segments(tmp_path)


def test_an_event_after_close_opens_another_epoch(tmp_path: Path, emitter: Emitter) -> None:
    emitter.emit("heartbeat", {})
    emitter.close()
    emitter.emit("heartbeat", {})
    emitter.close()
    assert len(emitter.all_epochs) == 2
    assert [event["seq"] for event in journaled(tmp_path)] == [0, 1, 0, 1]


def test_an_importers_emitter_cannot_go_on_after_close(producer: Producer) -> None:
    emitter = producer.open_emitter(identity(), "import", epoch=0)
    emitter.emit("heartbeat", {})
    emitter.close()
    with pytest.raises(EmitterClosed):
        emitter.emit("heartbeat", {})


def test_an_invalid_event_raises_and_uses_no_number(tmp_path: Path, emitter: Emitter) -> None:
    for payload in ({"kind": "nonsense"}, {"kind": "act", "turn": -1}, {}, {"kind": "act", "x": 1}):
        with pytest.raises(InvalidEvent):
            emitter.emit("step", payload)
    with pytest.raises(InvalidEvent):
        emitter.emit("no_such_type", {})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidEvent):
        emitter.emit("heartbeat", {}, step_id="")
    with pytest.raises(InvalidEvent):
        emitter.emit("heartbeat", {}, ts="yesterday")
    emitter.emit("heartbeat", {})
    assert [event["seq"] for event in journaled(tmp_path)] == [0]


def test_an_invalid_event_counts_as_lost_when_so_configured(tmp_path: Path) -> None:
    producer = offline_producer(tmp_path, on_invalid="record")
    emitter = producer.open_emitter(identity(), "runner")
    assert emitter.emit("step", {"kind": "canary-value"}) is None
    emitter.emit("heartbeat", {})
    emitter.close()
    loss, beat, stop = journaled(tmp_path)
    assert loss["data"]["reason"] == "invalid"
    assert loss["data"]["ranges"] == [{"first_seq": 0, "last_seq": 0}]
    assert loss["data"]["event_types"] == ["step"]
    assert "canary-value" not in json.dumps(loss)
    assert (beat["seq"], stop["data"]["n_events"]) == (2, 3)
    assert emitter.events_lost == 1


def test_long_texts_are_cut_to_the_content_limit(tmp_path: Path, emitter: Emitter) -> None:
    emitter.emit("step", {"kind": "act", "content": "ä" * 500_000})
    (event,) = journaled(tmp_path)
    assert event["data"]["content"] == "ä" * 32_768
    assert event["data"]["content_bytes"] == 1_000_000
    assert len(event["data"]["content_sha256"]) == 64


def test_texts_longer_than_any_valid_text_are_cut_too(tmp_path: Path, emitter: Emitter) -> None:
    emitter.emit("step", {"kind": "act", "content": "x" * 3_000_000})
    (event,) = journaled(tmp_path)
    assert event["data"]["content_bytes"] == 3_000_000


def test_many_texts_are_cut_until_the_event_fits_into_a_message(
    tmp_path: Path, emitter: Emitter
) -> None:
    emitter.emit("tool_call", {"name": "t", "extra": {str(i): "y" * 60_000 for i in range(100)}})
    (line,) = journal_lines(tmp_path)
    assert len(line) < 1024 * 1024


def test_an_event_that_stays_too_large_is_refused(emitter: Emitter) -> None:
    with pytest.raises(InvalidEvent) as refusal:
        emitter.emit("step", {"kind": "act", "security_flags": ["f" * 4_000] * 300})
    assert refusal.value.reason == "too_large"


def test_given_timestamps_and_steps_are_kept(tmp_path: Path, emitter: Emitter) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    emitter.emit("heartbeat", {}, ts=at, step_id="step 1")
    emitter.emit("heartbeat", {}, ts="2026-01-02T03:04:05.000678Z")
    first, second = journaled(tmp_path)
    assert first["ts"] == second["ts"] == "2026-01-02T03:04:05.000678Z"
    assert (first["step_id"], second["step_id"]) == ("step 1", None)


def test_threads_share_an_emitter_without_gaps(tmp_path: Path, emitter: Emitter) -> None:
    def emit() -> None:
        for _ in range(200):
            emitter.emit("heartbeat", {})

    threads = [threading.Thread(target=emit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    emitter.close()
    events = journaled(tmp_path)
    assert [event["seq"] for event in events] == list(range(1_601))
    assert len({event["event_id"] for event in events}) == 1_601


def test_a_full_segment_is_followed_by_another(tmp_path: Path) -> None:
    from benchwire.producer import ProducerSettings  # noqa: PLC0415 - lazy as in use

    settings = ProducerSettings(data_dir=tmp_path, segment_bytes_max=2_000)
    producer = offline_producer(tmp_path, settings=settings)
    emitter = producer.open_emitter(identity(), "runner")
    for _ in range(20):
        emitter.emit("heartbeat", {})
    emitter.close()
    assert len(segments(tmp_path)) > 3
    assert sorted(event["seq"] for event in journaled(tmp_path)) == list(range(21))
    stop = max(journaled(tmp_path), key=lambda event: event["seq"])
    before = [event["payload_hash"] for event in journaled(tmp_path) if event is not stop]
    assert stop["data"]["checksum"] == (sum(before) - stop["payload_hash"]) % 2**64


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_interrupt_inside_emit_neither_doubles_nor_skips_a_number(
    tmp_path: Path, emitter: Emitter, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    emitter.emit("heartbeat", {"phase": "first"})
    real_write = os.write

    def interrupted(fd: int, line: bytes) -> int:
        if moment == "after":
            real_write(fd, line)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            emitter.emit("heartbeat", {"phase": "interrupted"})
    emitter.emit("heartbeat", {"phase": "last"})
    emitter.close()
    *events, stop = journaled(tmp_path)
    phases = [event["data"]["phase"] for event in events]
    expected = ["first", "interrupted", "last"] if moment == "after" else ["first", "last"]
    assert phases == expected
    assert [event["seq"] for event in events] == list(range(len(expected)))
    assert stop["data"]["checksum"] == sum(event["payload_hash"] for event in events) % 2**64


def test_the_seed_and_hashes_of_the_run_are_on_every_event(
    tmp_path: Path, emitter: Emitter
) -> None:
    emitter.emit("heartbeat", {})
    assert journaled(tmp_path)[0]["seed"] == 42


@pytest.mark.parametrize(
    "wrong",
    [
        {"experiment_id": ""},
        {"experiment_id": "x" * 257},
        {"task_id": "new\nline"},
        {"run_id": "not-a-uuid"},
        {"seed": -1},
        {"cfg_hash": "short"},
        {"trace_id": "X" * 32},
    ],
)
def test_an_identity_no_reader_would_accept_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidEvent):
        identity(**wrong)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_an_interrupted_emitter_is_sealed_as_by_recovery(tmp_path: Path, emitter: Emitter) -> None:
    emitter.emit("heartbeat", {})
    emitter.interrupt()
    assert journaled(tmp_path)[-1]["data"]["sealed_by"] == "recovery"


def test_an_interrupted_import_stays_open(tmp_path: Path, producer: Producer) -> None:
    emitter = producer.open_emitter(identity(), "import", epoch=0)
    emitter.emit("heartbeat", {})
    emitter.interrupt()
    assert len(journaled(tmp_path)) == 1


def test_leaving_a_producer_by_an_exception_interrupts_what_is_open(tmp_path: Path) -> None:
    def fail() -> None:
        with offline_producer(tmp_path) as producer:
            producer.open_emitter(identity(), "runner").emit("heartbeat", {})
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert journaled(tmp_path)[-1]["data"]["sealed_by"] == "recovery"


def test_leaving_a_producer_in_order_ends_what_is_open(tmp_path: Path) -> None:
    with offline_producer(tmp_path) as producer:
        producer.open_emitter(identity(), "runner").emit("heartbeat", {})
    assert journaled(tmp_path)[-1]["data"]["sealed_by"] == "close"
