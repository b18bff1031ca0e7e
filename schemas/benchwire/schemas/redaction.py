"""Redaction: secrets leave an event before it is hashed, cut or written anywhere.

Names that hint at a secret count only inside free-form maps, and only for strings: a declared
field such as ``input_tokens`` is no secret. Patterns of secrets count in every text, and values
that are known to be secret count everywhere, identifiers included.
"""

import threading
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, Literal

from annotated_types import MinLen

from benchwire.schemas.event import PAYLOADS, EventType
from benchwire.schemas.free_form import check_json_object, is_list, is_mapping
from benchwire.schemas.inspection import field_parts, has_check, model_of
from benchwire.schemas.payload import Payload
from benchwire.schemas.secret_patterns import (
    ASSIGNMENT,
    MARKER,
    NAME_HINT,
    OPTION,
    TEXT_RULES,
    is_harmless,
)
from benchwire.schemas.secret_signs import may_hint, may_hold
from benchwire.schemas.secret_values import SecretValues

FieldKind = Literal["verbatim", "text", "document", "model"]

_NAME_FIELDS: Final = ("name", "key")


class Redactor:
    """Takes secrets out of texts, documents and payloads. Redacting twice changes nothing."""

    __slots__ = ("_lock", "_values")

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values = SecretValues(values)
        self._lock = threading.Lock()

    def hide(self, values: Iterable[str]) -> None:
        """Hide these values too, from now on. Thread-safe; harmless ones are left alone."""
        with self._lock:
            self._values = SecretValues({*self._values.values, *values})

    def text(self, text: str) -> str:
        """Return ``text`` with every secret in it replaced by the marker."""
        text = self._values.hide(text)
        for pattern, replacement in TEXT_RULES:
            text = pattern.sub(replacement, text)
        return text

    def document(self, document: Any) -> Any:
        """Return a free-form document without secrets: by the names in it, and by pattern."""
        if isinstance(document, str):
            return self.text(document)
        if is_mapping(document):
            return self._map(document)
        return self._list(document) if is_list(document) else document

    def payload(self, event_type: EventType, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return a payload without secrets; names count inside its free-form maps only."""
        return self._model(PAYLOADS[event_type], fields)

    def identifier(self, text: str) -> str:
        """Return an identifier with known secret values in it replaced; patterns do not count."""
        return self._values.hide(text)

    def needs_scan(self, data: bytes) -> bool:
        """Tell whether encoded ``data`` may hold a secret. False is certain, True is not."""
        low = data.lower()
        return (may_hint(low) and may_hold(low)) or self._values.occur_in(data)

    def _map(self, document: Mapping[Any, Any]) -> dict[Any, Any]:
        redacted: dict[Any, Any] = {}
        named = any(_hints(document.get(name)) for name in _NAME_FIELDS)
        for key, value in document.items():
            name = self._unused(key, redacted)
            if _hints(key) or (named and key == "value"):
                redacted[name] = self._without_strings(value)
            else:
                redacted[name] = self.document(value)
        return redacted

    def _without_strings(self, value: Any) -> Any:
        """Return what stands under a hinting name: names and numbers stay, texts go."""
        if isinstance(value, str):
            return MARKER
        if is_mapping(value):
            bare: dict[Any, Any] = {}
            for key, item in value.items():
                bare[self._unused(key, bare)] = self._without_strings(item)
            return bare
        return [self._without_strings(item) for item in value] if is_list(value) else value

    def _unused(self, key: Any, taken: Mapping[Any, Any]) -> Any:
        if not isinstance(key, str):
            return key  # no JSON: the validator refuses it
        name = self.text(key)
        number = 1
        while name in taken:  # two secrets may redact to one name
            number += 1
            name = f"{MARKER}#{number}"
        return name

    def _list(self, items: list[Any] | tuple[Any, ...]) -> list[Any]:
        redacted: list[Any] = []
        secret_follows = False
        for item in items:
            if not isinstance(item, str):
                redacted.append(self.document(item))
                secret_follows = False
            elif secret_follows and not item.startswith("-") and not is_harmless(item):
                redacted.append(MARKER)
                secret_follows = False
            else:
                redacted.append(self._entry(item))
                secret_follows = OPTION.fullmatch(item) is not None
        return redacted

    def _entry(self, entry: str) -> str:
        match = ASSIGNMENT.fullmatch(entry)
        if match is None:
            return self.text(entry)
        name = self._values.hide(match[1])
        return f"{name}{match[2] if is_harmless(match[2]) else MARKER}"

    def _model(self, model: type[Payload], fields: Mapping[str, Any]) -> dict[str, Any]:
        kinds = _field_kinds(model)
        redacted: dict[str, Any] = {}
        for name, value in fields.items():
            kind, inner = kinds.get(name, ("document", None))
            redacted[name] = value if value is None else self._field(kind, inner, value)
        return redacted

    def _field(self, kind: FieldKind, inner: type[Payload] | None, value: Any) -> Any:
        if kind == "verbatim":
            return self.identifier(value) if isinstance(value, str) else value
        if kind == "document":
            return self.document(value)
        if is_list(value) and inner is not None:
            return [self._field(kind, inner, item) for item in value]
        if is_mapping(value) and inner is not None:
            return self._model(inner, value)
        return self._texts(value)

    def _texts(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if is_mapping(value):
            return {self._texts(key): self._texts(item) for key, item in value.items()}
        return self._list(value) if is_list(value) else value


def _hints(name: Any) -> bool:
    return isinstance(name, str) and NAME_HINT.search(name) is not None


@lru_cache(maxsize=256)
def _field_kinds(model: type[Payload]) -> dict[str, tuple[FieldKind, type[Payload] | None]]:
    return {name: _field_kind(info) for name, info in model.model_fields.items()}


def _field_kind(info: Any) -> tuple[FieldKind, type[Payload] | None]:
    for kind, metadata in field_parts(info):
        inner = model_of(kind)
        if inner is not None:
            return "model", inner
        if has_check(metadata, check_json_object):
            return "document", None
        # Ids stay verbatim: they are keys. Only ids have a least length.
        if any(isinstance(item, MinLen) for item in metadata):
            return "verbatim", None
    return "text", None
