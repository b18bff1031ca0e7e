"""A short connection to JetStream, for looking at what a server holds."""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its calls untyped.

import contextlib
import json
from collections.abc import AsyncGenerator
from typing import Any

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Client]:
    """Connect while the block runs."""
    connection = await nats.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def jetstream(url: str) -> AsyncGenerator[JetStreamContext]:
    """Give JetStream's API while the block runs."""
    async with connected(url) as connection:
        yield JetStreamContext(connection)


async def api(url: str, request: str, **body: object) -> dict[str, Any]:
    """Ask the server's JetStream API and give its answer as it came."""
    async with connected(url) as connection:
        answer = await connection.request(
            f"$JS.API.{request}", json.dumps(body).encode() if body else b""
        )
    found: dict[str, Any] = json.loads(answer.data)
    return found
