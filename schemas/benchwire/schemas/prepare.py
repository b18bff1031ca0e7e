"""From a caller's fields to the bytes that may leave the process: validated, redacted, cut."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from benchwire.schemas.content import cut_payload
from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.event import EventType
from benchwire.schemas.fast import bare, encode_payload
from benchwire.schemas.payload import Payload
from benchwire.schemas.redaction import Redactor

CONTENT_BYTES_MAX: Final = 65_536
"""Longest text kept when nothing else is configured."""
DATA_BYTES_MAX: Final = 8_000_000
"""Largest ``data`` when nothing else is configured: below NATS' max_payload of 8 MiB."""
_CONTENT_BYTES_MIN: Final = 64
_decode: Final = msgspec.json.Decoder().decode


class PayloadPreparer:
    """Encodes payloads in the order that keeps secrets in: redact, then cut, then hash.

    Most payloads hold no secret and no long text; for them a quick look at the encoded bytes is
    all that is added to :func:`encode_payload`.
    """

    __slots__ = ("_content_bytes_max", "_data_bytes_max", "_redactor")

    def __init__(
        self,
        *,
        content_bytes_max: int = CONTENT_BYTES_MAX,
        data_bytes_max: int = DATA_BYTES_MAX,
        redactor: Redactor | None = None,
    ) -> None:
        self._content_bytes_max = content_bytes_max
        self._data_bytes_max = data_bytes_max
        self._redactor = redactor or Redactor()

    def encode(self, event_type: EventType, fields: Mapping[str, Any] | Payload) -> bytes:
        """Return the ``data`` bytes of a payload.

        Raises:
            InvalidEvent: The payload breaks the contract, or stays too large however its texts
                are cut.
        """
        try:
            data = encode_payload(event_type, fields)
        except InvalidEvent:
            # A text beyond the vocabulary's limits is cut first, and then judged again.
            return self._encode_cut(event_type, self._redacted(event_type, fields))
        if self._redactor.needs_scan(data):
            redacted = self._redactor.payload(event_type, _decode(data))
            data = encode_payload(event_type, redacted)
        if len(data) <= self._content_bytes_max:
            return data
        return self._encode_cut(event_type, _decode(data))

    def _redacted(
        self, event_type: EventType, fields: Mapping[str, Any] | Payload
    ) -> dict[str, Any]:
        try:
            return self._redactor.payload(event_type, bare(event_type, fields))
        except RecursionError:
            raise InvalidEvent("too_deep", f"{event_type} nests too deep") from None

    def _encode_cut(self, event_type: EventType, fields: Mapping[str, Any]) -> bytes:
        limit = self._content_bytes_max
        while True:
            data = encode_payload(event_type, cut_payload(event_type, fields, limit))
            if len(data) <= self._data_bytes_max:
                return data
            limit //= 2
            if limit < _CONTENT_BYTES_MIN:
                raise InvalidEvent("too_large", f"{event_type} has {len(data)} bytes of data")
