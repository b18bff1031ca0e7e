"""Read a query out of an HTTP request in ClickHouse's shape, and who is asking."""

import base64
import binascii
import hmac
import re
import zlib
from uuid import uuid4

from starlette.requests import ClientDisconnect, Request

from benchwire.embedded.endpoint.form_data import form_fields
from benchwire.embedded.endpoint.gate import DEFAULT_FORMAT, SQL_BYTES_MAX, QueryRequest
from benchwire.embedded.endpoint.native_frames import unframed
from benchwire.embedded.endpoint.switches import is_on
from benchwire.embedded.errors import QueryError
from benchwire.embedded.store import DATABASE

NOT_IMPLEMENTED, SYNTAX_ERROR, QUERY_WAS_CANCELLED = 48, 62, 394
REQUIRED_PASSWORD, AUTHENTICATION_FAILED = 194, 516
BODY_BYTES_MAX = 4 * SQL_BYTES_MAX
WINDOW_BITS = {"gzip": 31, "deflate": 15}
_INSERT = re.compile(rb"\s*INSERT\s+INTO\s[^\n]*?\sFORMAT\s+\w+[ \t]*(?:\r?\n|$)", re.IGNORECASE)
"""The statement in front of the rows of an insert; the rows need not be text."""
_UNPRINTABLE = re.compile(r"[^!-~]")
"""The id goes back in a header, where nothing else may stand."""


def authorise(request: Request, token: str) -> None:
    """Accept the token as a bearer token, a password, ClickHouse's key header or its parameter."""
    if len(request.headers.getlist("authorization")) > 1:
        raise QueryError(
            "one Authorization header is enough. (AUTHENTICATION_FAILED)",
            code=AUTHENTICATION_FAILED,
            status=403,
        )
    given = _given_token(request)
    if given is None:
        raise QueryError(
            "the token of daemon.json is needed as password or bearer token. (REQUIRED_PASSWORD)",
            code=REQUIRED_PASSWORD,
            status=401,
        )
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise QueryError(
            "the token is not the one of this daemon; see daemon.json. (AUTHENTICATION_FAILED)",
            code=AUTHENTICATION_FAILED,
            status=403,
        )


async def read_query(request: Request, body_bytes_max: int = BODY_BYTES_MAX) -> QueryRequest | None:
    """Return the query, or None for an empty request (ClickHouse answers it with "Ok.")."""
    arguments = dict(request.query_params)
    body = await _body(request, body_bytes_max)
    body = _decoded(body, request.headers.get("content-encoding", ""), body_bytes_max)
    if is_on(arguments, "decompress"):
        body = unframed(body, body_bytes_max)
    content_type = request.headers.get("content-type", "")
    if content_type.lower().startswith("multipart/"):
        # What the URL says counts, as with ClickHouse; the fields add to it.
        arguments = form_fields(body, content_type) | arguments
        body = b""
    content = b"\n".join(part for part in (arguments.get("query", "").encode(), body) if part)
    insert = _INSERT.match(content)
    data = content[insert.end() :] if insert else b""
    sql = _text(insert[0] if insert else content)
    if not sql.strip():
        return None
    headers = request.headers
    return QueryRequest(
        sql=sql,
        params={k[6:]: v for k, v in arguments.items() if k.startswith("param_")},
        settings=arguments,
        database=arguments.get("database") or headers.get("x-clickhouse-database") or DATABASE,
        default_format=arguments.get("default_format")
        or headers.get("x-clickhouse-format")
        or DEFAULT_FORMAT,
        query_id=_UNPRINTABLE.sub("?", arguments.get("query_id", ""))[:128] or str(uuid4()),
        data=data,
    )


async def _body(request: Request, bytes_max: int) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > bytes_max:
                raise _too_large()
    except ClientDisconnect as error:
        raise QueryError("the client left", code=QUERY_WAS_CANCELLED, status=499) from error
    return bytes(body)


def _decoded(body: bytes, encoding: str, bytes_max: int) -> bytes:
    """Undo a content encoding; a small body that becomes a large one is refused half way."""
    if encoding in {"", "identity"} or not body:
        return body
    if encoding not in WINDOW_BITS:
        raise _not_implemented(f"Content-Encoding {encoding[:40]!r}")
    decompressor = zlib.decompressobj(wbits=WINDOW_BITS[encoding])
    try:
        decoded = decompressor.decompress(body, bytes_max)
    except zlib.error as error:
        raise QueryError(
            f"the body is not valid {encoding}", code=SYNTAX_ERROR, status=400
        ) from error
    if decompressor.unconsumed_tail:
        raise _too_large()
    if not decompressor.eof:
        raise QueryError(f"the body is not whole {encoding}", code=SYNTAX_ERROR, status=400)
    return decoded


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise QueryError("the query is not UTF-8", code=SYNTAX_ERROR, status=400) from error


def _too_large() -> QueryError:
    return QueryError("the request is larger than a query may be", code=SYNTAX_ERROR, status=413)


def _given_token(request: Request) -> str | None:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() == "basic":
        try:
            decoded = base64.b64decode(credentials, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return ""
        return decoded.partition(":")[2]
    return request.headers.get("x-clickhouse-key") or request.query_params.get("password")


def _not_implemented(what: str) -> QueryError:
    return QueryError(
        f"this endpoint does not support {what}. (NOT_IMPLEMENTED)",
        code=NOT_IMPLEMENTED,
        status=501,
    )
