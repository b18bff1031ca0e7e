"""Native for newer clients: where columns end, and what stands in front of blocks and columns."""

import struct

import pytest

from benchwire.embedded.endpoint.native_blocks import UnknownLength, at_version, block_info

INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"


def text(value: str) -> bytes:
    return bytes([len(value)]) + value.encode()


def u64(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}Q", *values)


TWO_ROWS = {
    "UInt8": b"ab",
    "Bool": b"\x01\x00",
    "DateTime64(6, 'UTC')": u64(1, 2),
    "Decimal(9, 2)": b"." * 8,
    "Decimal(38, 2)": b"." * 32,
    "Enum8('a,)' = 1, 'b\\'(' = 2)": b"\x01\x02",
    "FixedString(5)": b"." * 10,
    "IntervalSecond": u64(1, 2),
    "Nullable(Nothing)": b"\x01\x0100",
    "Tuple()": b"00",
    "UUID": b"." * 32,
    "String": text("a") + b"\x80\x01" + b"x" * 128,
    "Nullable(String)": b"\x00\x01" + text("a") + text(""),
    "Array(UInt16)": u64(1, 3) + b"." * 6,
    "Array(Array(String))": u64(1, 2) + u64(2, 2) + text("a") + text("b"),
    "Map(String, UInt8)": u64(0, 1) + text("k") + b"v",
    "Tuple(a UInt8, `b (c` Nullable(UInt16))": b"ab" + b"\0\0" + b"." * 4,
    "Nested(a UInt8, b String)": u64(1, 1) + b"a" + text("b"),
    "SimpleAggregateFunction(sum, UInt64)": u64(1, 2),
    "Point": u64(1, 2, 3, 4),
    "Polygon": u64(1, 1) + u64(1) + u64(1, 2),
    "LowCardinality(String)": u64(1) + u64(0x600, 1) + text("a") + u64(2) + b"\0\0",
    "LowCardinality(Nullable(FixedString(2)))": u64(1) + u64(0x601, 2) + b"..ab" + u64(2) + b"....",
    "Array(LowCardinality(String))": u64(1)
    + u64(0, 1)
    + u64(0x600, 1)
    + text("a")
    + u64(1)
    + b"\0",
    "Array(LowCardinality(UInt8))": u64(1) + u64(0, 0),
}


@pytest.mark.parametrize("name", TWO_ROWS)
def test_the_end_of_a_column_is_found(name: str) -> None:
    head = text("c") + bytes([len(name)]) + name.encode()
    last = text("last") + text("UInt8")
    block = b"\x02\x02" + head + TWO_ROWS[name] + last + b"yz"
    expected = INFO + b"\x02\x02" + head + b"\0" + TWO_ROWS[name] + last + b"\0" + b"yz"
    assert at_version(block, 54460, is_one=True) == expected
    assert at_version(block * 3, 54460, is_one=False) == expected * 3
    assert at_version(block * 2, 54405, is_one=False) == (INFO + block) * 2


def test_a_block_without_rows_has_only_heads() -> None:
    block = b"\x01\x00" + text("c") + text("JSON")
    assert at_version(block, 54460, is_one=False) == INFO + block + b"\0"


def test_version_0_is_what_the_engine_writes() -> None:
    assert at_version(b"anything", 0, is_one=True) == b"anything"
    assert at_version(b"", 54460, is_one=False) == b""


def test_newer_versions_name_no_buckets_out_of_order() -> None:
    assert block_info(54479) == INFO
    assert block_info(54480) == INFO[:-1] + b"\x03\x00\x00"


@pytest.mark.parametrize(
    "name", ["JSON", "Dynamic", "Array(JSON)", "Variant(UInt8)", "Later(Type)"]
)
def test_what_cannot_be_measured_may_stand_last_in_a_block(name: str) -> None:
    block = b"\x01\x01" + text("c") + text(name) + b"whatever"
    assert at_version(block, 54405, is_one=True) == INFO + block
    assert at_version(block, 54460, is_one=True).endswith(b"\0whatever")
    with pytest.raises(UnknownLength) as caught:
        at_version(block, 54460, is_one=False)
    assert caught.value.code == 48


def test_a_type_nested_without_end_is_refused() -> None:
    name = "Array(" * 500 + "UInt8" + ")" * 500
    size = len(name)
    head = text("c") + bytes([size & 0x7F | 0x80, size >> 7]) + name.encode()
    with pytest.raises(UnknownLength):
        at_version(b"\x01\x01" + head + u64(0), 54460, is_one=False)
