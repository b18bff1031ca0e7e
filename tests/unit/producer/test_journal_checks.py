"""What doctor finds in journals: real ones, left by producers that found no server."""

import os
import tempfile
from pathlib import Path

import pytest
from tests.support.journals import identity, offline_producer, segments

from benchwire.producer.checks import journal_room, journal_segments
from benchwire.schemas.finding import Finding

NOBODY = 65534


def leave_events(data_dir: Path) -> list[Path]:
    """Emit, and leave the epoch as a kill does."""
    producer = offline_producer(data_dir)
    emitter = producer.open_emitter(identity(), "agent")
    for number in range(3):
        emitter.emit("step", {"kind": "act", "turn": number})
    emitter.leave_for_recovery()
    producer.close(0)
    return segments(data_dir)


def found(data_dir: Path) -> dict[str, Finding]:
    return {each.check: each for each in journal_segments(data_dir / "journal")}


def test_a_journal_that_is_not_there_is_nothing_to_worry_about(tmp_path: Path) -> None:
    assert journal_room(tmp_path / "journal").status == "skip"
    assert {each.status for each in found(tmp_path).values()} == {"ok"}


def test_what_a_dead_producer_left_is_counted_and_drain_is_named(tmp_path: Path) -> None:
    leave_events(tmp_path)
    backlog = found(tmp_path)["journal backlog"]
    assert (backlog.status, backlog.command) == ("warn", "benchwire drain")
    assert "1 segments of writers that ended are not delivered" in backlog.found


def test_segments_of_living_writers_are_left_to_them(tmp_path: Path) -> None:
    emitter = offline_producer(tmp_path).open_emitter(identity(), "agent")
    assert emitter.emit("step", {"kind": "act"}) is not None
    backlog = found(tmp_path)["journal backlog"]
    assert (backlog.status, backlog.found) == (
        "ok",
        "1 segments belong to living writers, which deliver them",
    )
    assert emitter.emit("step", {"kind": "act"}) is not None


def test_lines_that_are_no_events_are_a_failure(tmp_path: Path) -> None:
    (segment,) = leave_events(tmp_path)
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(lines[0] + b"rubbish\n" + b"".join(lines[2:]))
    readable = found(tmp_path)["journal readable"]
    assert (readable.status, readable.command) == ("fail", "benchwire drain")
    assert segment.name in readable.found


def test_bytes_that_were_set_aside_are_named(tmp_path: Path) -> None:
    (segment,) = leave_events(tmp_path)
    segment.with_suffix(".torn").write_bytes(b"half an ev")
    assert found(tmp_path)["journal readable"].status == "warn"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_journal_of_somebody_else_is_a_failure_and_not_a_crash() -> None:
    with tempfile.TemporaryDirectory() as name:
        data_dir = Path(name)
        (segment,) = leave_events(data_dir)
        data_dir.chmod(0o755)
        data_dir.joinpath("journal").chmod(0o755)
        segment.parent.chmod(0o755)
        os.seteuid(NOBODY)
        try:
            assert found(data_dir)["journal readable"].status == "fail"
            assert journal_room(data_dir / "journal").status == "fail"
            segment_closed = found(data_dir)["journal readable"]
        finally:
            os.seteuid(0)
        assert "no permission to read" in segment_closed.found
        assert "chown" in segment_closed.command
