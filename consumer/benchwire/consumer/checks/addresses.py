"""Tells why an address does not answer: no such name, nobody listening, no way there."""

import socket
from typing import Final
from urllib.parse import urlsplit

CONNECT_SECONDS: Final = 3.0


def shown(url: str) -> str:
    """Return scheme, host and port of an address: what else it has may be a secret."""
    try:
        parts = urlsplit(url if "://" in url else f"nats://{url}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(not an address)"
    return f"{parts.scheme}://{parts.hostname or ''}{port}"


def why_unreachable(url: str, default_port: int) -> tuple[str, str] | None:
    """Return what is wrong and what to do, None when somebody accepts a connection there."""
    try:
        parts = urlsplit(url if "://" in url else f"nats://{url}")
        host, port = parts.hostname, parts.port or default_port
    except ValueError:
        host, port = None, 0
    if not host:
        return "is not an address", "write scheme://host:port"
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        return f"the name {host} is not known here ({error})", "check the name and the DNS"
    problem: tuple[str, str] | None = None
    for family, kind, protocol, _, address in addresses:
        problem = _connecting(family, kind, protocol, address, port)
        if problem is None:
            return None
    return problem


def _connecting(family: int, kind: int, protocol: int, address: object, port: int) -> (
    tuple[str, str] | None
):  # fmt: skip
    try:
        with socket.socket(family, kind, protocol) as probe:
            probe.settimeout(CONNECT_SECONDS)
            probe.connect(address)  # type: ignore[arg-type]
    except ConnectionRefusedError:
        return f"refuses connections on port {port}", "start the server, or check the port"
    except TimeoutError:
        return (
            f"does not answer on port {port} within {CONNECT_SECONDS:g} s",
            "check firewalls and routes",
        )
    except OSError as error:
        return f"cannot be reached: {error.strerror}", "check the network"
    return None
