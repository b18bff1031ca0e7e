"""NATS subjects: where the events of a run are published, and how ids become subject tokens."""

import hashlib
from functools import lru_cache
from typing import Final

EVENTS_PREFIX: Final = "bench.events"
TOKEN_CHARS_MAX: Final = 64
"""Longest token; a longer one is cut and made unique by a digest."""
_HEAD_CHARS: Final = 40
_DIGEST_CHARS: Final = 16
_PLAIN: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


@lru_cache(maxsize=4096)
def subject_token(text: str) -> str:
    """Return ``text`` as one token: UTF-8, every byte outside ``[A-Za-z0-9_-]`` as ``=XX``.

    Over 64 characters: the first 40, then 16 hex digits of the SHA-256 of the text itself.
    """
    raw = text.encode()
    token = "".join(chr(byte) if byte in _PLAIN else f"={byte:02X}" for byte in raw)
    if len(token) <= TOKEN_CHARS_MAX:
        return token
    return token[:_HEAD_CHARS] + hashlib.sha256(raw).hexdigest()[:_DIGEST_CHARS]


@lru_cache(maxsize=4096)
def event_subject(experiment_id: str, policy_id: str, task_id: str, run_id: str) -> str:
    """Return ``bench.events.<experiment>.<policy>.<task>.<run>``."""
    tokens = (subject_token(part) for part in (experiment_id, policy_id, task_id, run_id))
    return ".".join((EVENTS_PREFIX, *tokens))
