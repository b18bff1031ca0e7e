"""Turn away what a web page in the user's browser may send to the endpoint without the user.

The token guards every answer. This guards the user whose browser remembers the token, and a
daemon from pages that try: a page may send requests to loopback, and may make its own host name
resolve to it.
"""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from benchwire.embedded.endpoint.exception_text import error_answer
from benchwire.embedded.errors import QueryError

ACCESS_DENIED = 497
HOST_NAMES = frozenset({"localhost", "host.docker.internal", "host.containers.internal"})
"""Names no page can have for itself; the last two are how a container calls this machine."""


class BrowserGuard:
    """Refuses foreign host names and requests that a page of another origin has made."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with 403."""
        reason = _foreign(Headers(scope=scope)) if scope["type"] == "http" else None
        if reason is None:
            await self._application(scope, receive, send)
            return
        error = QueryError(f"{reason}. (ACCESS_DENIED)", code=ACCESS_DENIED, status=403)
        await error_answer(error, {})(scope, receive, send)


def _foreign(headers: Headers) -> str | None:
    """Say what is foreign about a request, if anything."""
    host = headers.get("host")
    if host is not None and not _is_ours(host):
        return f"the host name {host[:100]!r} is not one of this machine"
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return f"requests of the web page {origin[:100]!r} are not answered"
    if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return "requests of other web pages are not answered"
    return None


def _is_ours(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name in HOST_NAMES or name.endswith(".localhost"):
        return True
    try:
        # An address cannot be made to resolve to somewhere else.
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
