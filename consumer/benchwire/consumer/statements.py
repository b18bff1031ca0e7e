"""Splits SQL files into statements, and strips what is not code.

A statement ends with a `;` at the end of a line, outside of strings, quoted names and comments.
"""

import re
from collections.abc import Iterator
from typing import Final

_LEXEME: Final = re.compile(
    r"""
      (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
    | (?P<quoted>'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*")
    | (?P<end>;[ \t]*(?=\r?\n|\Z|--))
    """,
    re.VERBOSE | re.DOTALL,
)


def split_statements(text: str) -> list[str]:
    """Give the statements of a file, each without its closing `;`, comments kept."""
    return [statement for statement in _pieces(text) if without_comments(statement).strip()]


def without_comments(text: str) -> str:
    """Replace comments by a space; strings stay as they are."""
    return _LEXEME.sub(lambda found: " " if found.lastgroup == "comment" else found[0], text)


def without_comments_and_strings(text: str) -> str:
    """Leave only names, numbers and punctuation, for finding what a statement refers to."""
    return _LEXEME.sub(_blank, text)


def _blank(found: re.Match[str]) -> str:
    if found.lastgroup == "comment" or found[0].startswith("'"):
        return " "
    return found[0]


def _pieces(text: str) -> Iterator[str]:
    start = 0
    for found in _LEXEME.finditer(text):
        if found.lastgroup == "end":
            yield text[start : found.start()].strip()
            start = found.end()
    yield text[start:].strip()
