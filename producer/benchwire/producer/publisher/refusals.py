"""What to do when the stream says no: wait, try with one message, go on when that succeeds."""

import time
from collections.abc import Callable
from typing import Final

import msgspec

from benchwire.producer import metrics
from benchwire.producer.log import Complaints, log_warning

PAUSE_SECONDS_MIN: Final = 0.25
PAUSE_SECONDS_MAX: Final = 5.0
NO_RESPONDERS: Final = "503"
_TOO_LARGE_FOR_STREAM: Final = 10054
"""JetStream's error code for a message above the stream's own size limit."""
_HINTS: Final = {
    "stream_missing": "start the consumer: it creates the stream; events wait in the journal",
    "stream_full": "let the consumer catch up, or raise the stream's max_bytes",
    "message_too_large": "raise the server's max_payload or the stream's max_msg_size",
    "stream_refused": "see the server's log; events wait in the journal",
}


class _ApiError(msgspec.Struct):
    err_code: int = 0
    description: str = ""


class PubAck(msgspec.Struct):
    """JetStream's answer to a published message."""

    stream: str = ""
    seq: int = 0
    duplicate: bool = False
    error: _ApiError | None = None

    @property
    def refusal(self) -> str | None:
        """Why the message was not stored; None if it was."""
        if self.error is None:
            return None if self.seq else "stream_refused"
        if self.error.err_code == _TOO_LARGE_FOR_STREAM:
            return "message_too_large"
        return "stream_full" if "maximum" in self.error.description else "stream_refused"


_decode: Final = msgspec.json.Decoder(PubAck).decode


def read_reply(payload: bytes, status: str | None) -> PubAck | str:
    """The acknowledgement in a reply, or the reason why there is none."""
    if status is not None:
        return "stream_missing" if status == NO_RESPONDERS else "stream_refused"
    try:
        answer = _decode(payload)
    except (msgspec.MsgspecError, ValueError):
        return "stream_refused"
    return answer.refusal or answer


class Refusals:
    """Whether publishing is paused, and since when it makes sense to try again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pause_seconds = 0.0
        self._try_at = 0.0
        self._complaints = Complaints()

    @property
    def paused(self) -> bool:
        """True while the stream refuses messages."""
        return self._pause_seconds > 0

    def refused(self, reason: str) -> None:
        """The stream refused a message, which stays in the journal."""
        metrics.count("benchwire.producer.messages_refused", reason=reason)
        if not self.paused:
            self._pause_seconds = PAUSE_SECONDS_MIN
            self._try_at = self._clock() + PAUSE_SECONDS_MIN
        self.complain(reason)

    def accepted(self) -> bool:
        """The stream took a message; True if it had refused the ones before."""
        was_paused = self.paused
        self._pause_seconds = self._try_at = 0.0
        return was_paused

    def may_try(self) -> bool:
        """True when one message should be sent to see whether the stream takes it now.

        The next time comes twice as late, whether there is an answer or not.
        """
        if not self.paused or self._clock() < self._try_at:
            return False
        self._pause_seconds = min(self._pause_seconds * 2, PAUSE_SECONDS_MAX)
        self._try_at = self._clock() + self._pause_seconds
        return True

    def complain(self, reason: str) -> None:
        """Say so once a minute for each reason."""
        count = self._complaints.due(reason)
        if count is not None:
            log_warning(
                "publish_refused", reason=reason, messages=count, hint=_HINTS.get(reason, "")
            )
