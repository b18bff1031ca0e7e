"""Long texts are cut at a character, and say how long they were."""

import hashlib
import json
from typing import Any

import pytest

from benchwire.schemas import EventType, Heartbeat, InvalidEvent, Step
from benchwire.schemas.content import cut_payload, cut_text
from benchwire.schemas.fast import encode_payload
from benchwire.schemas.prepare import PayloadPreparer

TEXT = "é" * 500


def test_a_short_text_is_left_alone() -> None:
    assert cut_text("é", 2) == ("é", 2, None)
    assert cut_text("", 0) == ("", 0, None)


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 4, 7])
def test_a_long_text_is_cut_at_a_character(limit: int) -> None:
    text = "aé\U0001f600b"
    head, full_bytes, digest = cut_text(text, limit)
    assert text.startswith(head)
    assert limit - 3 <= len(head.encode()) <= limit
    assert full_bytes == 8
    assert digest == hashlib.sha256(text.encode()).hexdigest()


def test_content_carries_its_length_and_digest() -> None:
    cut = cut_payload("step", {"kind": "act", "content": TEXT}, 101)
    assert cut == {
        "kind": "act",
        "content": "é" * 50,
        "content_bytes": 1000,
        "content_sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
    }
    assert encode_payload("step", cut)


@pytest.mark.parametrize(
    ("event_type", "fields", "path"),
    [
        ("step", {"kind": "act", "reasoning": TEXT}, "reasoning"),
        ("step", {"kind": "act", "file_diff": {"path": "p", "after": TEXT}}, "file_diff.after"),
        ("step", {"kind": "act", "observation": {"out": [TEXT]}}, "observation.out.0"),
        ("tool_call", {"name": "x", "arguments": {"text": TEXT}}, "arguments.text"),
        ("tool_call", {"name": "x", "error": TEXT}, "error"),
        ("failure", {"root": {"kind": "build"}, "traceback": TEXT}, "traceback"),
        ("verdict", {"grader": "g", "outcome": "resolved", "reason": TEXT}, "reason"),
    ],
)
def test_other_texts_end_in_a_note(
    event_type: EventType, fields: dict[str, Any], path: str
) -> None:
    value: Any = cut_payload(event_type, fields, 100)
    for part in path.split("."):
        value = value[int(part) if part.isdigit() else part]
    assert value.endswith("…[cut, 1000 bytes in all]")
    assert value.startswith("éééé")
    assert len(value.encode()) <= 100


def test_results_and_prompts_keep_the_length_their_source_gave() -> None:
    cut = cut_payload("tool_call", {"name": "x", "result": TEXT, "result_bytes": 5000}, 100)
    assert (cut["result"], cut["result_bytes"]) == ("é" * 50, 5000)
    cut = cut_payload("run_start", {"task": {"prompt": TEXT}}, 100)
    assert cut["task"]["prompt_bytes"] == 1000
    assert len(cut["task"]["prompt_sha256"]) == 64


@pytest.mark.parametrize(
    ("event_type", "fields"),
    [
        ("run_start", {"config": {"text": TEXT}, "environment": {"text": TEXT}}),
        ("run_start", {"source": {"system": "x", "source_id": TEXT}}),
        ("step", {"kind": "act", "action_path": TEXT, "content": "short"}),
        ("step", {"kind": "act", "turn": 3}),
    ],
)
def test_documents_names_and_short_texts_are_never_cut(
    event_type: EventType, fields: dict[str, Any]
) -> None:
    assert cut_payload(event_type, fields, 100) is fields


class TestPreparer:
    """Fields on their way to the journal."""

    preparer = PayloadPreparer(content_bytes_max=1_000, data_bytes_max=2_000)

    def test_an_ordinary_payload_is_only_encoded(self) -> None:
        fields = {"kind": "act", "content": "fine", "usage": {"input_tokens": 1}}
        assert self.preparer.encode("step", fields) == encode_payload("step", fields)
        assert self.preparer.encode("step", Step(kind="act")) == b'{"kind":"act"}'

    def test_a_secret_is_gone_before_the_text_is_cut(self) -> None:
        """The cut would have left a half of it that no pattern knows."""
        secret = "-----BEGIN PRIVATE KEY-----\n" + "A" * 5_000 + "\n-----END PRIVATE KEY-----"
        data = self.preparer.encode("step", {"kind": "act", "content": secret + "x" * 5_000})
        assert b"AAAA" not in data
        document = json.loads(data)
        assert document["content"].startswith("***redacted***xxx")
        assert document["content_bytes"] == 5_014
        assert len(data) < 2_000

    def test_a_text_beyond_the_vocabulary_is_cut_rather_than_refused(self) -> None:
        data = self.preparer.encode("step", {"kind": "act", "content": "x" * 2_000_000})
        assert json.loads(data)["content_bytes"] == 2_000_000

    def test_many_texts_are_cut_until_they_fit(self) -> None:
        extra = {f"k{n}": "x" * 1_000 for n in range(6)}
        data = self.preparer.encode("step", {"kind": "act", "extra": extra})
        assert len(data) <= 2_000
        assert json.loads(data)["extra"]["k0"].endswith("…[cut, 1000 bytes in all]")

    def test_what_cannot_be_cut_is_refused(self) -> None:
        with pytest.raises(InvalidEvent) as caught:
            self.preparer.encode("run_start", {"config": {"x": "y" * 3_000}})
        assert caught.value.reason == "too_large"

    @pytest.mark.parametrize(
        "fields",
        [
            {"kind": "dance", "content": "x" * 2_000_000},
            {"kind": "act", "usage": Heartbeat(), "content": "x" * 2_000_000},
            Heartbeat(),
        ],
    )
    def test_an_invalid_payload_stays_invalid(self, fields: Any) -> None:
        with pytest.raises(InvalidEvent) as caught:
            self.preparer.encode("step", fields)
        assert caught.value.reason == "invalid_field"

    def test_a_document_that_holds_itself_is_refused(self) -> None:
        extra: dict[str, Any] = {}
        extra["self"] = extra
        with pytest.raises(InvalidEvent) as caught:
            self.preparer.encode("step", {"kind": "act", "extra": extra})
        assert caught.value.reason == "too_deep"
