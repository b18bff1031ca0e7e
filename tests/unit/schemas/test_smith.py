"""A Smith event becomes one of ours and comes back as it was, or is refused."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.smith import EVENT_TYPES, Smith, to_value
from tests.support.smith_round_trip import assert_survives, translated

from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.smith import Place, translate

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 2**64 - 1)
    | st.floats(-1e9, 1e9)
    | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("name", EVENT_TYPES)
@settings(max_examples=40)
@given(seed=st.integers(0, 2**32))
def test_events_come_back_as_they_were(name: str, seed: int) -> None:
    assert_survives(Smith(seed).any(name))


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), name=st.sampled_from(EVENT_TYPES))
def test_events_of_to_json_with_every_float_widened_come_back(seed: int, name: str) -> None:
    assert_survives(to_value(Smith(seed).any(name)))


@settings(max_examples=150)
@given(seed=st.integers(0, 2**32), name=st.sampled_from(EVENT_TYPES), odd=JSON, extra=JSON)
def test_odd_values_and_unknown_members_come_back(
    seed: int, name: str, odd: Any, extra: Any
) -> None:
    """Of a newer Smith, or of none: whatever a member holds survives.

    But for texts where there should be a number of tokens, which may be secrets by their name.
    """
    rng = random.Random(seed)
    event = Smith(seed).any(name)
    content = event["event_type"][name]
    content[rng.choice([name for name in content if "token" not in name])] = odd
    content["a_new_member"] = extra
    content.pop(rng.choice(list(content)))
    event["a_new_member"] = extra
    event.pop(rng.choice(("cfg_hash", "env_hash", "seed", "step_id", "data")))
    event.pop("data", None)
    assert_survives(event)


@pytest.mark.parametrize(
    ("path", "variant"),
    [
        (("Step", "step_type"), "Reflect"),
        (("ToolCall", "exit_kind"), "Cancelled"),
        (("ToolCall", "exit_kind"), {"Signal": 9}),
        (("ContextDecision", "segment_type"), "Embedding"),
        (("Failure", "first_failure_root"), {"Network": {"host": "h"}}),
        (("Failure", "first_failure_root"), "Unknown"),
    ],
)
def test_unknown_enum_variants_come_back(path: tuple[str, str], variant: Any) -> None:
    name, member = path
    event = Smith(1).any(name)
    event["event_type"][name][member] = variant
    event["data"] = to_value(event["event_type"])
    assert_survives(event)


@pytest.mark.parametrize(
    ("tag", "data"), [({"Checkpoint": {"at": 1}}, None), ("Ping", "Ping"), ("Ping", {"a": 1})]
)
def test_an_unknown_event_type_is_a_sign_of_life_and_comes_back(tag: Any, data: Any) -> None:
    one = assert_survives({**Smith(1).any("Step"), "event_type": tag, "data": data})
    assert one.event_type == "heartbeat"
    assert one.unknown_type in {"Checkpoint", "Ping"}
    assert json.loads(one.line)["data"]["phase"] == f"smith/{one.unknown_type}"


@pytest.mark.parametrize("tag", ["Step", "step"])
@pytest.mark.parametrize("is_bare", [True, False])
def test_an_event_type_may_be_a_name_whose_content_is_data(tag: str, *, is_bare: bool) -> None:
    event = Smith(3).any("Step")
    content = event["event_type"]["Step"]
    event |= {"event_type": tag, "data": content if is_bare else {"Step": content}}
    one = assert_survives(event)
    assert one.event_type == "step"
    assert json.loads(one.line)["data"]["usage"]["input_tokens"] == content["tokens_in"]


def test_an_event_without_data_or_with_other_data_beside_it_comes_back() -> None:
    event = Smith(3).any("Step")
    more = {"Step": {**event["event_type"]["Step"], "x": 1}}
    others: tuple[Any, ...] = (None, {}, [], "x", {"note": 1}, more)
    for data in others:
        assert_survives({**event, "data": data})


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"Step": {"tokens_in": 1}}, "data contradicts event_type in tokens_in"),
        ({"tokens_in": 1}, "data contradicts event_type in tokens_in"),
        ({"RunStop": {}}, "data is RunStop, event_type Step"),
        ({"Step": 1}, "data: Step has no content"),
    ],
)
def test_event_type_and_data_that_disagree_are_refused(change: Any, detail: str) -> None:
    event = Smith(3).event("Step", {**Smith(3).step(), "tokens_in": 5})
    with pytest.raises(InvalidEvent) as refused:
        translated({**event, "data": change})
    assert (refused.value.reason, refused.value.detail) == ("invalid_field", detail)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"run_id": "x"}, "invalid_field"),
        ({"run_id": None}, "invalid_field"),
        ({"ts": "2026-03-01T10:00:00"}, "invalid_field"),
        ({"ts": "1969-03-01T10:00:00Z"}, "invalid_field"),
        ({"ts": 5}, "invalid_field"),
        ({"task_id": 5}, "invalid_field"),
        ({"event_type": {}}, "invalid_field"),
        ({"event_type": {"Step": 1}}, "invalid_field"),
        ({"event_type": {"Step": {}, "RunStop": {}}}, "invalid_field"),
        ({"benchwire": {}}, "invalid_field"),
        ({"seed": 2**64}, "invalid_field"),
    ],
)
def test_what_is_no_smith_event_is_refused_with_a_reason(change: Any, reason: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        translated({**Smith(3).any("Step"), **change})
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "not_json"),
        (b"[]", "not_object"),
        (b"{}", "missing_field"),
        (b'{"a":1,"a":2}', "duplicate_key"),
        (b'{"ts":NaN}', "not_json"),
        (b'{"ts":"\\ud800"}', "not_json"),
        (b"\xff", "not_json"),
    ],
)
def test_texts_that_json_or_smith_have_no_form_for_are_refused(text: bytes, reason: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        translate(text, Place())
    assert refused.value.reason == reason
