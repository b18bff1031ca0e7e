from hypothesis import given
from hypothesis import strategies as st

from benchwire.producer.journal.layout import SegmentName
from benchwire.schemas.subject import subject_token

u64 = st.integers(0, 2**64 - 1)


@given(st.text(min_size=1), u64, u64, u64, st.from_regex(r"[0-9a-f]{8}", fullmatch=True))
def test_a_segment_name_survives_the_file_system(
    emitter: str, epoch: int, base_seq: int, checksum: int, nonce: str
) -> None:
    token = subject_token(emitter.encode("utf-8", "replace").decode())
    name = SegmentName(token, epoch, base_seq, checksum, nonce)
    assert SegmentName.parse(name.file_name) == name
    assert len(name.file_name.encode()) < 200


@given(st.text())
def test_other_names_are_no_segments(text: str) -> None:
    parsed = SegmentName.parse(text)
    assert parsed is None or parsed.file_name.count("~") == 4


def test_hidden_files_are_no_segments() -> None:
    name = SegmentName("runner", 1, 0, 0, "ab").file_name
    assert SegmentName.parse(f".{name}.new") is None
    assert SegmentName.parse(f".{name}") is None
