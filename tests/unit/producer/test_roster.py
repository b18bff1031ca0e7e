"""Which segments a publisher serves while others deliver from the same journal."""

from pathlib import Path

from tests.support.journals import identity

from benchwire.producer.journal.acknowledged import Acknowledgement
from benchwire.producer.journal.claim import Claim
from benchwire.producer.journal.layout import SegmentName
from benchwire.producer.publisher.feed import Feed
from benchwire.producer.publisher.roster import Roster


def closed_segments(journal: Path, roster: Roster, count: int) -> list[Feed]:
    feeds: list[Feed] = []
    for number in range(count):
        name = SegmentName("runner", number, 0, 0, "ab")
        path = journal / name.file_name
        path.write_bytes(b"{}\n")
        feeds.append(Feed(path, identity(), name, size=3))
        roster.add(feeds[-1])
    return feeds


def test_segments_that_others_have_delivered_are_left_out(tmp_path: Path) -> None:
    elsewhere: list[Feed] = []
    roster = Roster(elsewhere.append)
    gone, kept, noted, last = closed_segments(tmp_path, roster, 4)
    gone.path.unlink()
    claim = Claim.take(noted.path)
    Acknowledgement("S", "t0", 5, 3, 0.0).write(noted.path)
    assert roster.servable() == [kept, last]
    assert elsewhere == [gone, noted]
    assert claim is not None
    claim.release()
    roster.release_all()


def test_a_segment_that_another_process_delivers_just_now_comes_last(tmp_path: Path) -> None:
    roster = Roster(lambda _feed: None)
    first, second, third = closed_segments(tmp_path, roster, 3)
    claim = Claim.take(first.path)
    assert claim is not None
    assert roster.servable() == [second, third]
    claim.release()
    assert roster.servable() == [second, third, first]
    roster.release_all()
