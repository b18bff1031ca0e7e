"""Read a query out of an HTTP request in ClickHouse's shape, and who is asking."""

import base64
import binascii
import gzip
import hmac
import re
import zlib
from uuid import uuid4

from starlette.requests import Request

from benchwire.embedded.endpoint.execution import DEFAULT_FORMAT, QueryRequest
from benchwire.embedded.endpoint.gate import SQL_BYTES_MAX
from benchwire.embedded.errors import QueryError
from benchwire.embedded.store import DATABASE

NOT_IMPLEMENTED = 48
REQUIRED_PASSWORD, AUTHENTICATION_FAILED = 194, 516
BODY_BYTES_MAX = 4 * SQL_BYTES_MAX
_UNPRINTABLE = re.compile(r"[^!-~]")
"""The id goes back in a header, where nothing else may stand."""


def authorise(request: Request, token: str) -> None:
    """Accept the token as a bearer token, a password, ClickHouse's key header or its parameter."""
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


async def read_query(request: Request) -> QueryRequest | None:
    """Return the query, or None for an empty request (ClickHouse answers it with "Ok.")."""
    arguments = dict(request.query_params)
    if arguments.get("compress") == "1" or arguments.get("decompress") == "1":
        raise _not_implemented("native block compression; use Content-Encoding instead")
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise _not_implemented("external data")
    body = _decoded(await _body(request), request.headers.get("content-encoding", ""))
    try:
        sql = "\n".join(part for part in (arguments.get("query", ""), body.decode()) if part)
    except UnicodeDecodeError as error:
        raise QueryError("the query is not UTF-8", code=62, status=400) from error
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
    )


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            raise QueryError("the request is larger than a query may be", code=62, status=413)
    return bytes(body)


def _decoded(body: bytes, encoding: str) -> bytes:
    if encoding in {"", "identity"} or not body:
        return body
    try:
        if encoding == "gzip":
            return gzip.decompress(body)
        if encoding == "deflate":
            return zlib.decompress(body)
    except (OSError, EOFError, zlib.error) as error:
        raise QueryError(f"the body is not valid {encoding}", code=62, status=400) from error
    raise _not_implemented(f"Content-Encoding {encoding}")


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
