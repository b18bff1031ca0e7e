"""The quick look at the bytes never misses what the search through the payload would find."""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.strategies import payloads

from benchwire.schemas import EVENT_TYPES, EventType
from benchwire.schemas.fast import encode_payload
from benchwire.schemas.free_form import is_list, is_mapping
from benchwire.schemas.prepare import PayloadPreparer
from benchwire.schemas.redaction import Redactor
from benchwire.schemas.secret_patterns import TEXT_RULES

_SETTINGS = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
_REDACTOR = Redactor()
_WORDS = ["key", "Token", "SECRET", "password", "passwd", "bearer", "credential", "x-Api-Key"]
_PARTS = st.sampled_from(
    [
        *_WORDS,
        *("_", "-", "--", "s", "=", ": ", " ", '"', "'", "\\", "value", "name", "hunter2x", "5"),
        *("://", "@", "u:", "ghp_", "sk-", "AKIA", "ASIA", "ABCDEFGHIJKL", "Basic ", "?", "&"),
        *("authorization", "-----BEGIN PRIVATE KEY-----", "\n", "é"),
    ]
)
_SUSPECT_TEXTS = st.lists(_PARTS, max_size=7).map("".join)
_SUSPECT_MAPS = st.recursive(
    _SUSPECT_TEXTS | st.integers(0, 5) | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(_SUSPECT_TEXTS | st.sampled_from(["name", "value"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def _sown(data: st.DataObject, value: Any) -> Any:
    """Replace some texts and free-form values by ones that look like secrets, or nearly."""
    if is_mapping(value):
        return {
            key: data.draw(st.dictionaries(_SUSPECT_TEXTS, _SUSPECT_MAPS, max_size=3))
            if key in {"extra", "arguments", "config", "environment", "env", "observation"}
            else _sown(data, item)
            for key, item in value.items()
        }
    if is_list(value):
        return [_sown(data, item) for item in value]
    if isinstance(value, str) and data.draw(st.booleans()):
        return data.draw(_SUSPECT_TEXTS)
    return value


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_no_sign_of_a_secret_means_nothing_to_redact(event_type: EventType) -> None:
    @_SETTINGS
    @given(payloads(event_type), st.data())
    def check(fields: dict[str, Any], data: st.DataObject) -> None:
        sown = _sown(data, fields)
        encoded = msgspec.json.encode(sown)
        redacted = _REDACTOR.payload(event_type, sown)
        if not _REDACTOR.needs_scan(encoded):
            assert redacted == sown
        assert _REDACTOR.payload(event_type, redacted) == redacted

    check()


@_SETTINGS
@given(_SUSPECT_TEXTS, _SUSPECT_TEXTS)
def test_no_rule_matches_a_text_once_redacted(before: str, after: str) -> None:
    text = _REDACTOR.text(f"{before} {after}")
    for pattern, replacement in TEXT_RULES:
        assert pattern.sub(replacement, text) == text


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_preparing_redacts_what_the_redactor_would(event_type: EventType) -> None:
    preparer = PayloadPreparer()

    @_SETTINGS
    @given(payloads(event_type))
    def check(fields: dict[str, Any]) -> None:
        redacted = _REDACTOR.payload(event_type, fields)
        assert preparer.encode(event_type, fields) == encode_payload(event_type, redacted)

    check()
