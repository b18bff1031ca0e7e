"""What secrets look like: names that hint at one, and texts that are or carry one.

Every pattern is linear in the length of the text: repetitions are bounded or stand alone.
"""

import re
from collections.abc import Callable
from typing import Final

MARKER: Final = "***redacted***"

_HINTS: Final = "key|token|secret|password|passwd|bearer|credential|authorization"
NAME_HINT: Final = re.compile(_HINTS, re.IGNORECASE | re.ASCII)
"""A name in a free-form map that hints at a secret."""

# In running text a hint counts where it ends a word: `--api-key`, not `--keyword`.
_WORD: Final = rf"(?:{_HINTS})s?(?![a-z])"
_VALUE: Final = r"\"[^\"\n]*\"|'[^'\n]*'|[^\s\"';&|,)}\]]+"

OPTION: Final = re.compile(rf"--?[\w-]{{0,64}}{_WORD}[\w-]{{0,64}}", re.IGNORECASE | re.ASCII)
"""A command-line option (a whole list entry) whose value, the next entry, is a secret."""
ASSIGNMENT: Final = re.compile(
    rf"(-{{0,2}}[\w.-]{{0,64}}{_WORD}[\w.-]{{0,64}}=)(.+)", re.IGNORECASE | re.ASCII | re.DOTALL
)
"""``name=value`` as a whole list entry."""

_NOT_SECRET: Final = re.compile(
    r"[\"']?(?:[+-]?[0-9.]+|true|false|null|none|yes|no|\$\{?\w+\}?|\$\(.*|\*+redacted\*+)?[\"']?",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
"""Values that stay: numbers, switches, references to a variable, what is redacted already."""


def is_harmless(value: str) -> bool:
    """Tell whether an assigned value is a number, a switch or a reference, not a secret."""
    return _NOT_SECRET.fullmatch(value) is not None


def _keep_name(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2] if is_harmless(match[2]) else MARKER}"


def _rule(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII | flags)


TEXT_RULES: Final[tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]] = (
    # A block whose end was cut off is redacted to the end of the text.
    (
        _rule(
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
            r"(?:.*?-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|.*)",
            re.DOTALL,
        ),
        MARKER,
    ),
    (_rule(r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9_]{6,}|github_pat_\w{6,})"), MARKER),
    (_rule(r"(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{10,}"), MARKER),
    (_rule(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{12,}"), MARKER),
    (
        _rule(
            r"(\bauthorization(?:\\?[\"'])?\s{0,8}[:=]\s{0,8}(?:\\?[\"'])?"
            r"(?:basic|bearer|token|digest|apikey)\s{1,8})([^\s\"',;\\]+)",
            re.IGNORECASE,
        ),
        _keep_name,
    ),
    (
        _rule(
            r"(\bbearer[ \t]{1,8})(?!tokens?\b|auth\w{0,16}\b|header|scheme|realm)"
            r"([\w.~+/=-]{6,})",
            re.IGNORECASE,
        ),
        _keep_name,
    ),
    (
        _rule(
            r"((?:secret[_\- ]?(?:access[_\- ]?)?key|aws[_\- ]?session[_\- ]?token)"
            r"(?:\\?[\"'])?\s{0,8}[:=]\s{0,8}(?:\\?[\"'])?)([\w/+=-]{8,})",
            re.IGNORECASE,
        ),
        _keep_name,
    ),
    (
        _rule(
            rf"(\bx-[\w-]{{0,64}}{_WORD}[\w-]{{0,64}}\s{{0,8}}:\s{{0,8}})([^\s\"',;\\]+)",
            re.IGNORECASE,
        ),
        _keep_name,
    ),
    (_rule(r"(://[^\s/:@\"'<>]{0,256}:)([^\s/\"'<>]{1,512}(?=@))"), _keep_name),
    (_rule(rf"([?&][\w-]{{0,64}}{_WORD}[\w-]{{0,64}}=)([^&\s\"'#]+)", re.IGNORECASE), _keep_name),
    (
        _rule(
            rf"(--[\w-]{{0,64}}{_WORD}[\w-]{{0,64}}(?:=|[ \t]{{1,8}}(?!-)))({_VALUE})",
            re.IGNORECASE,
        ),
        _keep_name,
    ),
    (
        _rule(
            rf"(\b[A-Z0-9_]{{0,64}}(?:{_HINTS.upper()})S?(?![A-Za-z])[A-Z0-9_]{{0,64}}=)({_VALUE})"
        ),
        _keep_name,
    ),
)
"""(pattern, replacement) for secrets anywhere in a text, applied in this order."""
