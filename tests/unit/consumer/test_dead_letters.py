"""Dead letters keep their bytes and are always written the same way."""

import json

from hypothesis import given
from hypothesis import strategies as st

from benchwire.consumer.dead_letters import DETAIL_CHARS_MAX, DeadLetter, table_rows


def letter(raw: bytes = b"x", detail: str = "d") -> DeadLetter:
    return DeadLetter(
        stream="BENCH_EVENTS",
        stream_seq=7,
        line_no=2,
        subject="bench.events.a",
        reason="not_json",
        detail=detail,
        raw=raw,
        received_at="2026-09-21T14:13:20.123456Z",
    )


def test_the_key_is_the_subject() -> None:
    assert letter().key.subject == "bench.dead_letters.BENCH_EVENTS.7.2"


def test_a_redelivered_letter_is_the_same_row() -> None:
    row = json.loads(table_rows([letter()], "consumer-1"))
    assert row["state"] == "open"
    assert row["state_version"] == 0
    assert row["state_at"] == row["received_at"]


def test_long_details_are_cut() -> None:
    row = json.loads(table_rows([letter(detail="é" * 5_000)], "c"))
    assert len(row["detail"]) == DETAIL_CHARS_MAX


@given(st.binary(max_size=300))
def test_any_bytes_survive_json_string_rules(raw: bytes) -> None:
    """What ClickHouse undoes are the JSON escapes; all other bytes go through untouched."""
    row = table_rows([letter(raw=raw)], "c")
    assert b"\n" not in row
    read_back = json.loads(row.decode("latin-1"))["raw"]
    assert read_back.encode("latin-1") == raw
