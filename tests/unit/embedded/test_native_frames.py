"""ClickHouse's compressed frames, against the codec of clickhouse-driver."""

import random
import struct

import pytest
from tests.support.native_reader import read_frames, write_frame

from benchwire.embedded.endpoint.native_frames import FRAME_CONTENT_BYTES, framed, unframed
from benchwire.embedded.errors import QueryError

MIB = 1024 * 1024
CONTENTS = (b"x", b"SELECT 1", random.Random(7).randbytes(100_000), b"ab" * MIB, b"c" * 5 * MIB)


@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: str(len(content)))
def test_each_side_reads_what_the_other_writes(content: bytes) -> None:
    assert read_frames(framed(content)) == content
    assert unframed(write_frame(content), len(content)) == content
    assert unframed(framed(content), len(content)) == content


def test_nothing_is_no_frame() -> None:
    assert framed(b"") == b""
    assert unframed(b"", 0) == b""


def test_a_large_answer_is_many_frames() -> None:
    content = b"y" * (2 * FRAME_CONTENT_BYTES + 1)
    sizes: list[int] = []
    frames = framed(content)
    while frames:
        size, content_size = struct.unpack_from("<II", frames, 17)
        sizes.append(content_size)
        frames = frames[16 + size :]
    assert sizes == [FRAME_CONTENT_BYTES, FRAME_CONTENT_BYTES, 1]


@pytest.mark.parametrize("at", range(len(write_frame(b"SELECT 1"))))
def test_every_changed_byte_is_noticed(at: int) -> None:
    frame = bytearray(write_frame(b"SELECT 1"))
    frame[at] ^= 1
    with pytest.raises(QueryError) as caught:
        unframed(bytes(frame), MIB)
    assert caught.value.code in {40, 62, 271}
    with pytest.raises(QueryError):
        unframed(bytes(frame[:at]) or b"\0", MIB)


def test_a_small_frame_with_a_large_content_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(QueryError) as caught:
        unframed(write_frame(b" " * 20 * MIB), MIB)
    assert caught.value.status == 413
    with pytest.raises(QueryError):
        unframed(write_frame(b" " * MIB) * 2, MIB)
