"""The name of a dead letter: which line of which message of which stream was refused."""

import re
from dataclasses import dataclass
from typing import Final, Self

from benchwire.schemas.errors import BenchwireError

SUBJECTS: Final = "bench.dead_letters.>"
"""Everything BENCH_DEAD_LETTERS holds: letters, and what became of them."""
LETTER_SUBJECTS: Final = "bench.dead_letters.*.*.*"
"""The letters."""
STATE_SUBJECTS: Final = "bench.dead_letters.*.*.*.state"
"""What became of them."""

_PREFIX: Final = "bench.dead_letters"
U64_MAX: Final = 2**64 - 1
U32_MAX: Final = 2**32 - 1

_KEY: Final = re.compile(r"(?P<stream>[A-Za-z0-9_-]+):(?P<seq>\d{1,20}):(?P<line>\d{1,10})")


class KeyMalformed(BenchwireError):  # noqa: N818 - a fact about the text
    """A text that should name a dead letter does not."""


@dataclass(frozen=True, slots=True, order=True)
class LetterKey:
    """Written `stream:stream_seq:line_no`, in the order in which letters came."""

    stream: str
    stream_seq: int
    line_no: int
    """Place of the line in its message, from 1."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key as it is printed; raises `KeyMalformed`."""
        found = _KEY.fullmatch(text.strip())
        if found is None or int(found["seq"]) > U64_MAX or int(found["line"]) > U32_MAX:
            raise KeyMalformed(
                f"{text!r} names no dead letter",
                hint="a key looks like BENCH_EVENTS:4711:1; `benchwire dead-letters list` has them",
            )
        return cls(found["stream"], int(found["seq"]), int(found["line"]))

    @classmethod
    def of_subject(cls, subject: str) -> Self | None:
        """Name the letter that is published on a subject; None if it is not a letter's."""
        prefix, *parts = subject.rsplit(".", 3)
        try:
            return cls.parse(":".join(parts)) if prefix == _PREFIX else None
        except KeyMalformed:
            return None

    @property
    def subject(self) -> str:
        """Where the letter is published; the stream keeps one message a subject."""
        return f"{_PREFIX}.{self.stream}.{self.stream_seq}.{self.line_no}"

    @property
    def state_subject(self) -> str:
        """Where its newest state is published, beside the letter, which stays as it came."""
        return f"{self.subject}.state"

    def __str__(self) -> str:
        return f"{self.stream}:{self.stream_seq}:{self.line_no}"
