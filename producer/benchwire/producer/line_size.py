"""How long an event line may be: what a message carries beside its ``data``."""

from typing import Final

ENVELOPE_BYTES_MAX: Final = 12 * 1024
"""Room for the longest envelope: six ids and an emitter of 256 bytes, escaped, and the rest."""
HEADER_BYTES_MAX: Final = 2 * 1024
"""Room for a message's subject and headers below the server's max_payload."""


def line_bytes_max(payload_bytes_max: int) -> int:
    """Longest line for a server that takes messages of so many bytes."""
    return payload_bytes_max - HEADER_BYTES_MAX


def data_bytes_max(line_bytes: int) -> int:
    """Longest ``data`` in a line of so many bytes."""
    return line_bytes - ENVELOPE_BYTES_MAX
