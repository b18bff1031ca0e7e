"""What recovery makes of segments that a kill or a disk left behind."""

import random
from pathlib import Path
from typing import Any

import pytest
from tests.support.journals import identity, journaled, offline_producer, segments

from benchwire.producer.journal.claim import Claim
from benchwire.producer.journal.contents import read_contents
from benchwire.producer.journal.layout import SegmentName, sidecar
from benchwire.producer.journal.recovery import Recovered, recover_segment


def abandoned_epoch(
    data_dir: Path, events: int = 5, *, segment_bytes_max: int = 2**23, epoch: int | None = None
) -> list[Path]:
    """Emit, and leave the epoch as a kill does."""
    from benchwire.producer.settings import ProducerSettings  # noqa: PLC0415 - lazy as in use

    settings = ProducerSettings(data_dir=data_dir, segment_bytes_max=segment_bytes_max)
    producer = offline_producer(data_dir, settings=settings)
    emitter = producer.open_emitter(identity(), "runner", epoch)
    for number in range(events):
        emitter.emit("step", {"kind": "act", "step_no": number})
    emitter.leave_for_recovery()
    producer.close(0)
    return sorted(segments(data_dir), key=lambda each: int(each.name.split("~")[2]))


def recover(path: Path) -> Recovered | None:
    claim = Claim.take(path)
    name = SegmentName.parse(path.name)
    assert claim is not None
    assert name is not None
    try:
        return recover_segment(path, name, claim.fd)
    finally:
        claim.release()


def stop_of(data_dir: Path) -> dict[str, Any]:
    last = journaled(data_dir)[-1]
    assert last["event_type"] == "emitter_stop"
    before = {event["seq"]: event["payload_hash"] for event in journaled(data_dir)[:-1]}
    assert last["data"]["checksum"] == sum(before.values()) % 2**64
    assert last["data"]["n_events"] == last["seq"]
    data: dict[str, Any] = last["data"]
    return data


def test_the_epoch_of_a_dead_writer_is_sealed(tmp_path: Path) -> None:
    (segment,) = abandoned_epoch(tmp_path)
    recovered = recover(segment)
    assert recovered is not None
    assert recovered.sealed
    assert recovered.n_events == 6
    assert recovered.size == segment.stat().st_size
    assert stop_of(tmp_path)["sealed_by"] == "recovery"


def test_recovering_twice_seals_once(tmp_path: Path) -> None:
    (segment,) = abandoned_epoch(tmp_path)
    recover(segment)
    first = segment.read_bytes()
    again = recover(segment)
    assert again is not None
    assert not again.sealed
    assert segment.read_bytes() == first


@pytest.mark.parametrize("tail", [b"{", b'{"schema_version":1,"event_id":"', b"\0" * 4096])
def test_a_torn_tail_is_set_aside(tmp_path: Path, tail: bytes) -> None:
    (segment,) = abandoned_epoch(tmp_path)
    with segment.open("ab") as file:
        file.write(tail)
    recovered = recover(segment)
    assert recovered is not None
    assert recovered.n_events == 6
    assert sidecar(segment, ".torn").read_bytes() == tail
    assert [event["seq"] for event in journaled(tmp_path)] == list(range(6))
    stop_of(tmp_path)


def test_unreadable_lines_are_set_aside_and_declared_lost(tmp_path: Path) -> None:
    (segment,) = abandoned_epoch(tmp_path, events=8)
    lines = segment.read_bytes().splitlines(keepends=True)
    lines[2] = b"garbage\n"
    lines[5] = lines[5].replace(b'"step_no":5', b'"step_no":6')  # no longer its payload_hash
    segment.write_bytes(b"".join(lines))
    recover(segment)
    events = journaled(tmp_path)
    assert [event["seq"] for event in events] == [0, 1, 3, 4, 6, 7, 8, 9]
    assert events[-2]["event_type"] == "telemetry_loss"
    assert events[-2]["data"]["ranges"] == [
        {"first_seq": 2, "last_seq": 2},
        {"first_seq": 5, "last_seq": 5},
    ]
    stop_of(tmp_path)
    assert sidecar(segment, ".torn").read_bytes() == lines[2] + lines[5]


def test_a_line_with_another_identity_than_its_event_id_is_unreadable(tmp_path: Path) -> None:
    (segment,) = abandoned_epoch(tmp_path, events=3)
    raw = segment.read_bytes()
    segment.write_bytes(raw.replace(b'"seq":1,', b'"seq":9223372036854775807,'))
    recover(segment)
    assert [event["seq"] for event in journaled(tmp_path)] == [0, 2, 3, 4]
    stop_of(tmp_path)


def test_only_the_last_segment_of_an_epoch_is_sealed(tmp_path: Path) -> None:
    first, *_, last = abandoned_epoch(tmp_path, events=40, segment_bytes_max=4_096)
    assert first != last
    recovered = recover(first)
    assert recovered is not None
    assert not recovered.sealed
    recovered = recover(last)
    assert recovered is not None
    assert recovered.sealed


def test_the_last_segment_is_enough_to_seal_an_epoch(tmp_path: Path) -> None:
    *earlier, last = abandoned_epoch(tmp_path, events=40, segment_bytes_max=4_096)
    whole = journaled(tmp_path)
    for segment in earlier:
        segment.unlink()
    recover(last)
    stop = journaled(tmp_path)[-1]["data"]
    assert stop["n_events"] == 40
    assert stop["checksum"] == sum(event["payload_hash"] for event in whole) % 2**64


def test_an_importers_epoch_is_delivered_but_not_sealed(tmp_path: Path) -> None:
    (segment,) = abandoned_epoch(tmp_path, epoch=0)
    recovered = recover(segment)
    assert recovered is not None
    assert not recovered.sealed
    assert len(journaled(tmp_path)) == 5


def test_a_segment_without_a_readable_event_is_set_aside_as_a_whole(tmp_path: Path) -> None:
    (segment,) = abandoned_epoch(tmp_path)
    segment.write_bytes(b"nothing\nto see\n")
    assert recover(segment) is None
    assert not segment.exists()
    assert sidecar(segment, ".torn").read_bytes() == b"nothing\nto see\n"


def test_a_segment_with_a_living_writer_cannot_be_claimed(tmp_path: Path) -> None:
    with offline_producer(tmp_path) as producer:
        emitter = producer.open_emitter(identity(), "runner")
        emitter.emit("heartbeat", {})
        (segment,) = segments(tmp_path)
        assert Claim.take(segment) is None


@pytest.mark.parametrize("seed", range(20))
def test_any_damage_leaves_a_balanced_account(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    (segment,) = abandoned_epoch(tmp_path, events=30)
    raw = bytearray(segment.read_bytes())
    first_line = raw.index(b"\n") + 1
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(first_line, len(raw))
        if rng.random() < 0.5:
            raw[at] = rng.randrange(256)
        else:
            del raw[at : at + rng.randrange(1, 40)]
    segment.write_bytes(raw)
    recover(segment)
    name = SegmentName.parse(segment.name)
    assert name is not None
    contents = read_contents(segment.read_bytes(), base_seq=0, base_checksum=0)
    assert contents.sealed
    assert not contents.missing
    assert not contents.unreadable
    assert not contents.torn
    stop_of(tmp_path)
