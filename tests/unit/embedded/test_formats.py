import pytest

from benchwire.embedded.endpoint.formats import content_type, header_bytes, is_streamed


@pytest.mark.parametrize("name", ["TabSeparated", "CSVWithNames", "JSONEachRow", "Native"])
def test_concatenations_are_streamed(name: str) -> None:
    assert is_streamed(name)


@pytest.mark.parametrize(
    "name", ["JSON", "PrettyCompact", "Parquet", "XML", "Vertical", "Nonsense"]
)
def test_documents_are_made_in_one_piece(name: str) -> None:
    assert not is_streamed(name)


@pytest.mark.parametrize(
    ("name", "block", "rest"),
    [
        ("TSVWithNames", b"a\tb\n1\t2\n", b"1\t2\n"),
        ("TSVWithNamesAndTypes", b"a\nUInt8\n1\n", b"1\n"),
        ("CSVWithNames", b'"a\nb","c""\n"\n1,2\n', b"1,2\n"),
        ("CSVWithNames", b'"a"\n', b""),
        ("JSONCompactEachRowWithNames", b'["a"]\n[1]\n', b"[1]\n"),
        ("TabSeparated", b"1\n2\n", b"1\n2\n"),
        ("RowBinary", b"\x01\x02", b"\x01\x02"),
        ("RowBinaryWithNames", b"\x02\x01a\x02bc\x07", b"\x07"),
        ("RowBinaryWithNamesAndTypes", b"\x01\x01a\x05UInt8\x07", b"\x07"),
        ("RowBinaryWithNamesAndTypes", b"\x01\x80\x01" + b"a" * 128 + b"\x04Bool\x07", b"\x07"),
    ],
)
def test_the_header_that_repeats_is_cut_off(name: str, block: bytes, rest: bytes) -> None:
    assert block[header_bytes(block, name) :] == rest


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("JSON", "application/json; charset=UTF-8"),
        ("JSONEachRow", "application/x-ndjson; charset=UTF-8"),
        ("Native", "application/octet-stream"),
        ("CSV", "text/csv; charset=UTF-8"),
        ("PrettyCompact", "text/plain; charset=UTF-8"),
    ],
)
def test_content_types_are_those_of_clickhouse(name: str, expected: str) -> None:
    assert content_type(name) == expected
