"""Canonical JSON is RFC 8785's, except where that would lose an integer."""

import hashlib
import json
import struct

import pytest
import xxhash

from benchwire.schemas.hashing import canonical_json, document_hash, es6_number, payload_hash

# RFC 8785, appendix B: the IEEE 754 bits of a number, and how it is written. -0 is 0 there too.
NUMBERS = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]


@pytest.mark.parametrize(("bits", "text"), NUMBERS)
def test_numbers_are_written_as_in_appendix_b_of_the_rfc(bits: str, text: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert es6_number(number) == text


def test_the_example_of_section_3_2_2_is_written_as_in_the_rfc() -> None:
    document = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    assert canonical_json(document).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_keys_are_sorted_by_utf_16_code_units() -> None:
    """RFC 8785, section 3.2.3: an emoji (a surrogate pair) sorts before U+FB33."""
    document = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    assert list(json.loads(canonical_json(document)).values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2**53 - 1, "9007199254740991"),
        (2**53, '"9007199254740992"'),
        (-(2**53), '"-9007199254740992"'),
        (2**64, '"18446744073709551616"'),
        (-0.0, "0"),
        (1.0, "1"),
        (True, "true"),
        ("\b\t\n\f\r\x1f\x7f/", '"\\b\\t\\n\\f\\r\\u001f\x7f/"'),
        ((1, [2]), "[1,[2]]"),
        ({}, "{}"),
    ],
)
def test_values_are_written_canonically(value: object, text: str) -> None:
    assert canonical_json(value).decode() == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1: 2}, {"a": b"x"}, "\ud800", {1}])
def test_what_json_has_no_form_for_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"JSON|surrogate"):
        canonical_json(value)


def test_equal_documents_hash_equally_whatever_their_order() -> None:
    one = {"a": 1, "b": {"c": 1.0, "d": [1, 2]}}
    other = {"b": {"d": [1, 2], "c": 1}, "a": 1.0}
    assert document_hash(one) == document_hash(other)
    assert document_hash(one) == hashlib.sha256(canonical_json(one)).hexdigest()[:32]


def test_payload_hash_is_xxhash64_with_seed_0() -> None:
    assert payload_hash(b"") == 0xEF46DB3751D8E999
    assert payload_hash(b'{"kind":"act"}') == xxhash.xxh64(b'{"kind":"act"}', seed=0).intdigest()
