"""Cutting long texts to a limit, marked: full length and digest stay known."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from benchwire.schemas.event import PAYLOADS, EventType
from benchwire.schemas.free_form import clean_text, is_list, is_mapping
from benchwire.schemas.inspection import field_parts, model_of
from benchwire.schemas.payload import Payload

CUT_FIELDS: Final = frozenset(
    {
        "action_query",
        "after",
        "before",
        "content",
        "detail",
        "error",
        "exit_detail",
        "message",
        "prompt",
        "reason",
        "reasoning",
        "result",
        "traceback",
    }
)
"""Declared texts that may be cut; names, paths and identities never are."""
CUT_DOCUMENTS: Final = frozenset({"arguments", "extra", "observation"})
"""Free-form maps whose strings may be cut; hashed documents never are."""
_COMPANIONS: Final = {
    "content": ("content_bytes", "content_sha256"),
    "prompt": ("prompt_bytes", "prompt_sha256"),
    "result": ("result_bytes", None),
}
"""Where the full length and the digest of a cut text go."""


def cut_text(text: str, bytes_max: int) -> tuple[str, int, str | None]:
    """Cut a text to at most ``bytes_max`` UTF-8 bytes, never inside a character.

    Returns:
        The text, its full length in bytes, and the SHA-256 of the full text if it was cut.
    """
    encoded = clean_text(text).encode()
    if len(encoded) <= bytes_max:
        return text, len(encoded), None
    head = encoded[: max(bytes_max, 0)].decode(errors="ignore")
    return head, len(encoded), hashlib.sha256(encoded).hexdigest()


def cut_payload(
    event_type: EventType, fields: Mapping[str, Any], bytes_max: int
) -> Mapping[str, Any]:
    """Return a payload none of whose cuttable texts is longer than ``bytes_max`` bytes.

    Secrets must be gone already: half a secret matches no pattern. A text with fields for its
    length and digest is cut bare; any other ends in a note of its full length.
    """
    return _cut_model(PAYLOADS[event_type], fields, bytes_max)


def _cut_model(
    model: type[Payload], fields: Mapping[str, Any], bytes_max: int
) -> Mapping[str, Any]:
    changed: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, str):
            if name in CUT_FIELDS and len(value) * 4 > bytes_max:
                _cut_field(name, value, bytes_max, changed)
        elif name in CUT_DOCUMENTS:
            changed[name] = _cut_document(value, bytes_max)
        elif is_mapping(value) or is_list(value):
            inner = _inner_model(model, name)
            if inner is not None:
                changed[name] = _cut_inner(inner, value, bytes_max)
    changed = {name: value for name, value in changed.items() if value is not fields.get(name)}
    return {**fields, **_known(model, fields, changed)} if changed else fields


def _known(
    model: type[Payload], fields: Mapping[str, Any], changed: dict[str, Any]
) -> dict[str, Any]:
    """Keep what the model declares, and do not replace a length the caller gave."""
    return {
        name: value
        for name, value in changed.items()
        if name in model.model_fields and not (name.endswith("_bytes") and fields.get(name))
    }


def _cut_field(name: str, text: str, bytes_max: int, changed: dict[str, Any]) -> None:
    companions = _COMPANIONS.get(name)
    if companions is None:
        changed[name] = _cut_noted(text, bytes_max)
        return
    head, full_bytes, digest = cut_text(text, bytes_max)
    if digest is not None:
        length_field, digest_field = companions
        changed.update({name: head, length_field: full_bytes})
        if digest_field is not None:
            changed[digest_field] = digest


def _cut_noted(text: str, bytes_max: int) -> str:
    full_bytes = len(clean_text(text).encode())
    if full_bytes <= bytes_max:
        return text
    note = f"…[cut, {full_bytes} bytes in all]"
    return cut_text(text, bytes_max - len(note.encode()))[0] + note


def _cut_document(value: Any, bytes_max: int) -> Any:
    if isinstance(value, str):
        return _cut_noted(value, bytes_max) if len(value) * 4 > bytes_max else value
    if is_mapping(value):
        cut = {key: _cut_document(item, bytes_max) for key, item in value.items()}
        return cut if any(cut[key] is not value[key] for key in cut) else value
    if is_list(value):
        items = [_cut_document(item, bytes_max) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else items
    return value


def _cut_inner(model: type[Payload], value: Any, bytes_max: int) -> Any:
    if is_mapping(value):
        return _cut_model(model, value, bytes_max)
    items = [_cut_model(model, item, bytes_max) if is_mapping(item) else item for item in value]
    same = all(new is old for new, old in zip(items, value, strict=True))
    return value if same else items


def _inner_model(model: type[Payload], name: str) -> type[Payload] | None:
    info = model.model_fields.get(name)
    parts = field_parts(info) if info is not None else []
    return next((inner for kind, _ in parts if (inner := model_of(kind)) is not None), None)
