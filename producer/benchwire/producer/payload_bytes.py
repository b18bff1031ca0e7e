"""From a payload to the ``data`` bytes that may be journaled: valid, redacted, cut to size.

In that order: redaction sees whole texts, so that no half of a secret survives a cut.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from benchwire.schemas.content import cut_payload
from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.event import EventType
from benchwire.schemas.fast import encode_payload, plain
from benchwire.schemas.limits import TEXT_CHARS_MAX
from benchwire.schemas.payload import Payload
from benchwire.schemas.redaction import Redactor

ENVELOPE_BYTES_MAX: Final = 4 * 1024
"""Room for the longest envelope: five ids and a step id of 256 bytes, escaped, and the rest."""
HEADER_BYTES_MAX: Final = 2 * 1024
"""Room for a message's headers below the server's max_payload."""
_TEXT_BYTES_MIN: Final = 64
"""Texts are not cut shorter than this: what is too long then is not long because of texts."""

_NESTING_MAX: Final = 8
"""Depth to which texts that must be cut before they are valid are looked for."""

_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


class PayloadEncoder:
    """Turns payloads into ``data`` bytes by the rules of one producer."""

    __slots__ = ("_content_bytes_max", "_redactor", "event_bytes_max")

    def __init__(self, redactor: Redactor, *, content_bytes_max: int, event_bytes_max: int) -> None:
        self._redactor = redactor
        self._content_bytes_max = content_bytes_max
        self.event_bytes_max = event_bytes_max
        """Longest line; lowered when a server turns out to take less."""

    def limit_line_bytes(self, payload_bytes_max: int) -> None:
        """A server takes messages of so many bytes, headers included: stay below."""
        self.event_bytes_max = min(self.event_bytes_max, payload_bytes_max - HEADER_BYTES_MAX)

    def encode(self, event_type: EventType, payload: Payload | Mapping[str, Any]) -> bytes:
        """Return the bytes of ``data``; raises InvalidEvent."""
        try:
            data = encode_payload(event_type, payload)
        except KeyError:
            raise InvalidEvent("unknown_event_type", f"{event_type!r:.60}") from None
        except InvalidEvent as refusal:
            data = encode_payload(event_type, self._shortened(event_type, payload, refusal))
        if self._redactor.needs_scan(data):
            redacted = self._redactor.payload(event_type, _decode(data))
            data = encode_payload(event_type, redacted)
        if len(data) > self._content_bytes_max:
            data = self._cut(event_type, data)
        return data

    def _shortened(
        self, event_type: EventType, payload: Payload | Mapping[str, Any], refusal: InvalidEvent
    ) -> Mapping[str, Any]:
        """Cut texts that are longer than any valid text; raise the refusal if there are none."""
        fields = plain(payload)
        if not isinstance(fields, dict) or not _holds_long_text(fields, _NESTING_MAX):
            raise refusal
        redacted = self._redactor.payload(event_type, fields)
        return cut_payload(event_type, redacted, self._content_bytes_max)

    def _cut(self, event_type: EventType, data: bytes) -> bytes:
        """Cut long texts to the content limit; then shorter and shorter until the line fits."""
        whole = _decode(data)
        room = self.event_bytes_max - ENVELOPE_BYTES_MAX
        text_bytes_max = self._content_bytes_max
        while True:
            data = encode_payload(event_type, cut_payload(event_type, whole, text_bytes_max))
            if len(data) <= room:
                return data
            if text_bytes_max <= _TEXT_BYTES_MIN:
                raise InvalidEvent("too_large", f"{event_type}: {len(data)} bytes")
            text_bytes_max = max(text_bytes_max // 2, _TEXT_BYTES_MIN)


def _holds_long_text(value: Any, levels: int) -> bool:
    if isinstance(value, str):
        return len(value) > TEXT_CHARS_MAX
    if levels == 0 or not isinstance(value, Mapping | list | tuple):
        return False
    items = value.values() if isinstance(value, Mapping) else value
    return any(_holds_long_text(item, levels - 1) for item in items)
