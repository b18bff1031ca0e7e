"""Values known to be secret leave everything, however they are spelt; everyday words stay."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwire.schemas.event import EventType
from benchwire.schemas.prepare import PayloadPreparer
from benchwire.schemas.redaction import Redactor
from benchwire.schemas.secret_patterns import MARKER

VALUE = 'open "sesame"/é+1'
PEM = "first-line-of-a-key-file\nsecond-line-of-a-key-file"


def hiding(*values: str) -> Redactor:
    redactor = Redactor()
    redactor.hide(values)
    return redactor


@pytest.mark.parametrize(
    "text",
    [
        VALUE,
        f"before{VALUE}after",
        json.dumps({"key": VALUE}),
        json.dumps({"key": VALUE}, ensure_ascii=False),
        json.dumps({"arguments": json.dumps({"key": VALUE})}),
        f"https://host/?k={quote(VALUE)}",
        f"https://host/?k={quote(VALUE, safe='')}",
    ],
)
def test_a_value_is_found_in_every_usual_spelling(text: str) -> None:
    redactor = hiding(VALUE)
    redacted = redactor.text(text)
    assert MARKER in redacted
    assert "sesame" not in redacted
    assert redactor.text(redacted) == redacted


def test_each_line_of_a_value_of_several_lines_counts() -> None:
    redacted = hiding(PEM).text(f"1: {PEM.splitlines()[1]}\n2: {PEM}")
    assert redacted == f"1: {MARKER}\n2: {MARKER}"


def test_a_short_value_counts_only_as_a_word() -> None:
    redactor = hiding("hush7")
    assert redactor.text("say hush7, not hush70") == f"say {MARKER}, not hush70"


@pytest.mark.parametrize("value", ["", "abc", "true", "12345", "Dummy", "${KEY}", "redacted"])
def test_everyday_values_hide_nothing(value: str) -> None:
    text = f"a {value} b"
    assert hiding(value).text(text) == text


def test_a_long_number_is_a_secret() -> None:
    assert hiding("4815162342").text("code 4815162342") == f"code {MARKER}"


def test_of_two_values_the_one_that_contains_the_other_goes_whole() -> None:
    assert hiding("token-abc", "token-abc-def").text("token-abc-def") == MARKER


def test_values_are_added_to_those_known() -> None:
    redactor = hiding("first-value")
    redactor.hide(["second-value"])
    assert redactor.text("first-value second-value") == f"{MARKER} {MARKER}"


CARRIERS: list[tuple[EventType, dict[str, Any]]] = [
    ("step", {"kind": "act", "content": f"I saw {VALUE}"}),
    ("step", {"kind": "act", "extra": {VALUE: [VALUE, {"a": VALUE}]}}),
    ("tool_call", {"name": VALUE, "tool_call_id": f"id-{VALUE}", "arguments": {"a": [VALUE]}}),
    ("tool_call", {"name": "sh", "arguments": {"line": f"{VALUE}_key=1"}}),
    ("run_stop", {"status": "ok", "rewards": {VALUE: 1.0}, "files_modified_names": [VALUE]}),
    ("run_stop", {"status": "ok", "emitters": [{"emitter": VALUE}]}),
    ("failure", {"root": {"kind": "build", "command": VALUE}, "traceback": VALUE * 3}),
]


@pytest.mark.parametrize(("event_type", "fields"), CARRIERS)
def test_no_field_of_an_event_keeps_a_value(event_type: EventType, fields: dict[str, Any]) -> None:
    data = PayloadPreparer(redactor=hiding(VALUE)).encode(event_type, fields)
    assert b"sesame" not in data
    assert MARKER.encode() in data


@given(st.text(min_size=8, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_any_value_in_any_text_is_found_before_it_is_encoded(
    value: str, before: str, after: str
) -> None:
    redactor = hiding(value)
    if redactor.text(value) == value:  # a harmless one
        return
    fields = {"kind": "act", "content": before + value + after}
    try:
        data = PayloadPreparer(redactor=redactor).encode("step", fields)
    except ValueError:
        return  # no text that JSON can carry
    assert value not in json.loads(data)["content"].replace(MARKER, "\x00")
