"""The tolerant reader: one record at a time, whatever the file looks like."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwire.producer.importers import records
from benchwire.producer.importers.records import BrokenRecord, Record, read_records

FIRST: dict[str, Any] = {
    "type": "session.start",
    "data": {"sessionId": "s", "text": 'brace } and "quote"'},
}
SECOND: dict[str, Any] = {
    "type": "user.message",
    "data": {"list": [{"type": "x"}, {"a": []}], "content": "{"},
}


def read(text: str | bytes) -> list[Record | BrokenRecord]:
    raw = text.encode() if isinstance(text, str) else text
    return list(read_records(io.BytesIO(raw)))


def values(found: list[Record | BrokenRecord]) -> list[dict[str, Any]]:
    return [record.value for record in found if isinstance(record, Record)]


def test_one_object_per_line_is_read_with_its_line_number() -> None:
    found = read(f"{json.dumps(FIRST)}\n\n{json.dumps(SECOND)}")
    assert found == [Record(1, FIRST), Record(3, SECOND)]


@pytest.mark.parametrize("indent", [0, 1, 2, 4, "\t"])
@pytest.mark.parametrize("glue", ["\n", "", "\r\n\r\n", ",\n", "\x1e\n"])
def test_pretty_printed_objects_are_read_whatever_stands_between(
    indent: int | str, glue: str
) -> None:
    text = glue.join(json.dumps(item, indent=indent) for item in (FIRST, SECOND, FIRST))
    assert values(read(text)) == [FIRST, SECOND, FIRST]


def test_objects_of_one_array_are_read() -> None:
    assert values(read(json.dumps([FIRST, SECOND]))) == [FIRST, SECOND]
    assert values(read(json.dumps([FIRST, SECOND], indent=2))) == [FIRST, SECOND]


def test_a_byte_order_mark_is_passed_over() -> None:
    assert values(read(b"\xef\xbb\xbf" + json.dumps(FIRST).encode())) == [FIRST]


def test_a_broken_line_costs_itself_only() -> None:
    found = read(f'{json.dumps(FIRST)}\n{{"type":"x","data":{{"a":\n{json.dumps(SECOND)}\n')
    assert found == [Record(1, FIRST), BrokenRecord(2, "record breaks off"), Record(3, SECOND)]


def test_text_that_is_no_object_is_broken() -> None:
    found = read(f"hello\n42\n{json.dumps(FIRST)}\n")
    assert found == [
        BrokenRecord(1, "not a JSON object"),
        BrokenRecord(2, "not a JSON object"),
        Record(3, FIRST),
    ]


def test_a_record_written_behind_a_torn_one_is_found() -> None:
    """A crash leaves no newline behind its last bytes; the next process appends to them."""
    whole = json.dumps(SECOND, separators=(",", ":"))
    found = read(f'{{"type":"tool.execution_start","data":{{"text":"cut o{whole}\n')
    assert values(found) == [SECOND]
    assert [type(item) for item in found] == [BrokenRecord, Record]
    found = read(f'{{"type":"tool.execution_start","data":{{"a":1{whole}\n{json.dumps(FIRST)}\n')
    assert values(found) == [SECOND, FIRST]


def test_a_file_cut_in_the_middle_of_a_record_says_so() -> None:
    found = read(f'{json.dumps(FIRST)}\n{{"type": "x",\n "data": {{')
    assert found == [Record(1, FIRST), BrokenRecord(2, "file ends in the middle of a record")]


def test_lone_surrogates_of_javascript_are_accepted() -> None:
    assert values(read('{"type":"x","data":{"content":"a\\ud83d"}}')) == [
        {"type": "x", "data": {"content": "a\ud83d"}}
    ]


@pytest.mark.parametrize("text", ['{"a":NaN}', '{"a":"\\u0041",}', "[" * 100_000, '{"a":' * 99_999])
def test_what_json_forbids_is_broken_and_never_fatal(text: str) -> None:
    assert all(isinstance(item, BrokenRecord) for item in read(text))


def test_a_line_too_long_to_hold_is_reported_and_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(records, "RECORD_BYTES_MAX", 200)
    long = json.dumps({"type": "x", "data": {"content": "y" * 900}})
    found = read(f"{json.dumps(FIRST)}\n{long}\n{json.dumps(SECOND)}\n")
    assert values(found) == [FIRST, SECOND]
    assert [item.line_no for item in found] == [1, 2, 3]


def test_reading_stops_at_the_size_the_file_had() -> None:
    line = json.dumps(FIRST) + "\n"
    stream = io.BytesIO((line + line + line).encode())
    assert len(list(read_records(stream, size_bytes=2 * len(line)))) == 2


def test_every_byte_passes_by_the_listener(tmp_path: Path) -> None:
    raw = f"{json.dumps(FIRST)}\ngarbage\n{json.dumps(SECOND, indent=2)}".encode()
    chunks: list[bytes] = []
    list(read_records(io.BytesIO(raw), on_bytes=chunks.append))
    assert b"".join(chunks) == raw


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
objects = st.lists(st.dictionaries(st.text(min_size=1), json_values, min_size=1), max_size=5)


@given(items=objects, indent=st.sampled_from([None, 1, 2]), ascii_only=st.booleans())
def test_what_was_written_is_read(
    *, items: list[dict[str, Any]], indent: int | None, ascii_only: bool
) -> None:
    text = "\n".join(json.dumps(i, indent=indent, ensure_ascii=ascii_only) for i in items)
    assert values(read(text.encode("utf-8", "surrogatepass"))) == items


@given(noise=st.binary(max_size=300))
def test_noise_is_never_fatal_and_never_hides_the_next_line(noise: bytes) -> None:
    start = b'{"type":"user.message","data":{}}\n'
    found = values(read(noise.replace(b"{", b"") + b"\n" + start))
    assert found[-1] == {"type": "user.message", "data": {}}
