"""Write errors as ClickHouse's HTTP interface does: in an answer of their own, or behind rows."""

from starlette.responses import PlainTextResponse, Response

from benchwire.embedded.endpoint.native_frames import framed
from benchwire.embedded.errors import QueryError

READ_PLAIN = frozenset({401, 403})
"""Errors that are never in frames: clients for Java read all others as frames (`compress=1`)."""

MARK = b"__exception__"


def error_answer(
    error: QueryError, headers: dict[str, str], *, is_framed: bool = False
) -> Response:
    """Return an error as an answer: text, code and status."""
    extra = {"X-ClickHouse-Exception-Code": str(error.code)}
    if error.status == 401:  # noqa: PLR2004  # the one status that invites credentials
        extra["WWW-Authenticate"] = 'Basic realm="Benchwire SQL"'
    body = exception_text(error)
    if is_framed and error.status not in READ_PLAIN:
        body = framed(body)
    return PlainTextResponse(body, error.status, headers={**headers, **extra})


def exception_text(error: QueryError) -> bytes:
    """Return the line that says what went wrong."""
    return f"Code: {error.code}. DB::Exception: {error}\n".encode()


def exception_behind_rows(error: QueryError, tag: str) -> bytes:
    """Return what ends a broken answer; the length stands last, for readers from the end."""
    text, name = exception_text(error), tag.encode()
    return b"\r\n%b\r\n%b\r\n%b%d %b\r\n%b\r\n" % (MARK, name, text, len(text), name, MARK)
