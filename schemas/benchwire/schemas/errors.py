"""The root of this project's exceptions, and the one for an event that breaks the contract."""

from typing import Literal, get_args

InvalidReason = Literal[
    "not_json",
    "not_object",
    "too_deep",
    "duplicate_key",
    "newer_version",
    "unknown_event_type",
    "unknown_field",
    "missing_field",
    "invalid_field",
    "wrong_event_id",
    "wrong_payload_hash",
    "mixed_message",
    "wrong_subject",
    "too_large",
]
"""Why an event was refused; the closed set that dead letters and metrics use as a label."""

INVALID_REASONS: tuple[InvalidReason, ...] = get_args(InvalidReason)

_HINTS: dict[InvalidReason, str] = {
    "not_json": "send one UTF-8 JSON object per line (RFC 8259)",
    "not_object": "send one JSON object per line",
    "too_deep": "flatten the document; 64 levels are allowed",
    "duplicate_key": "send each key once",
    "newer_version": "upgrade the reader to a version that knows this schema",
    "unknown_event_type": "use one of the event types of this schema version",
    "unknown_field": "put values beyond the vocabulary into the payload's `extra`",
    "missing_field": "send every required field",
    "invalid_field": "see the JSON Schema of the event type for types and ranges",
    "wrong_event_id": "event_id is UUIDv5(run_id, 'emitter/epoch/seq')",
    "wrong_payload_hash": "payload_hash is xxHash64 (seed 0) over the bytes of `data` as sent",
    "mixed_message": "send one message per (run, emitter, epoch)",
    "wrong_subject": "publish on the subject made of the events' own identifiers",
    "too_large": "shorten the long texts or raise the server's max_payload",
}


class BenchwireError(Exception):
    """Anything this project raises on purpose; ``hint`` says what to do about it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class InvalidEvent(BenchwireError):  # noqa: N818 - a fact about the event, not a malfunction
    """An event breaks the contract.

    The text names fields and rules, never the values found there: a value may be a secret.
    """

    def __init__(self, reason: InvalidReason, detail: str = "", *, hint: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason, hint=hint or _HINTS[reason])
        self.reason: InvalidReason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type["InvalidEvent"], tuple[str, str]]:
        """Survive pickling, as exceptions of worker processes must."""
        return type(self), (self.reason, self.detail)
