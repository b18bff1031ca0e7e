"""The quick look at encoded payloads that spares almost all of them the search for secrets.

Both searches run in pydantic-core's regex engine (Rust's ``regex``): one pass, linear time,
SIMD for the literals; ten substring searches of Python cost five times as much. They see
lower-cased JSON and must find a sign wherever a rule of ``secret_patterns`` could apply.
"""

from collections.abc import Callable
from typing import Any, Final

from pydantic_core import SchemaValidator, core_schema

_PREFIXES: Final = r"gh[pousr]_|github_pat_"
_RARE: Final = r"secret|passw|bearer|credential|authorization"


def _search(pattern: str) -> Callable[[Any], bool]:
    schema = core_schema.str_schema(pattern=pattern, regex_engine="rust-regex")
    return SchemaValidator(schema).isinstance_python


# `tokens":5` is a declared count, and in almost every payload.
may_hint: Final = _search(
    rf'{_PREFIXES}|sk-|akia|asia|://|{_RARE}|key|token(?:s(?:"(?::[^0-9]|[^:])|[^"])|[^s])'
)
"""Whether a word of any rule is there at all."""

may_hold: Final = _search(
    rf"{_PREFIXES}|[^a-z0-9]sk-[a-z0-9_-]{{10}}|a[ks]ia[a-z0-9]{{12}}"
    rf'|://[^"]*@|{_RARE}|private key|session[_ -]?token|"value":'
    # `key` and `token` are everyday words: only these contexts make them hints.
    r"|(?:key|token)s?[a-z0-9_.-]{0,64}="
    r'|(?:"-|--)[a-z0-9_-]{0,64}(?:key|token)'
    r"|x-[a-z0-9_-]{0,64}(?:key|token)"
    r'|(?:key|token)(?:[^"\\]|\\.)*":["\[{]'
)
"""Whether such a word stands where a rule could apply to it."""
