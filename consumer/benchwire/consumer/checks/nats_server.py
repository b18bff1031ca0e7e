"""Examines a NATS server given by URL: reachable, ours to use, new enough, with the rights we need.

Rights are tried with requests that the server answers with an error before it does anything:
JSON that ends too early, or a publish that expects a stream nobody has.
"""
# pyright: reportUnknownMemberType=false
# nats-py leaves the keyword arguments of its calls untyped.

import asyncio
from typing import Any, Final

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from benchwire.consumer.checks.addresses import shown, why_unreachable
from benchwire.consumer.streams import DURABLE, EVENTS_STREAM
from benchwire.schemas.finding import Finding, fail, ok, warn

SERVER, JETSTREAM = "nats server", "jetstream"
PRODUCER, CONSUMER = "rights to produce", "rights to consume"
DEFAULT_PORT: Final = 4222
VERSION_MIN: Final = (2, 12)
ANSWER_SECONDS: Final = 2.0
_NOT_JSON: Final = b"{"
_NO_SUCH_STREAM: Final = {"Nats-Expected-Stream": "benchwire-doctor-stores-nothing"}

PRODUCER_SUBJECTS: Final = (
    "bench.events.doctor",
    f"$JS.API.STREAM.INFO.{EVENTS_STREAM}",
    f"$JS.API.CONSUMER.INFO.{EVENTS_STREAM}.{DURABLE}",
)
"""Publishing; and asking how far stream and consumer are, without which nothing is sent again."""
CONSUMER_SUBJECTS: Final = (
    f"$JS.API.STREAM.CREATE.{EVENTS_STREAM}",
    f"$JS.API.STREAM.UPDATE.{EVENTS_STREAM}",
    f"$JS.API.STREAM.PURGE.{EVENTS_STREAM}",
    f"$JS.API.CONSUMER.CREATE.{EVENTS_STREAM}.{DURABLE}",
    f"$JS.API.CONSUMER.MSG.NEXT.{EVENTS_STREAM}.{DURABLE}",
    f"$JS.ACK.{EVENTS_STREAM}.{DURABLE}.doctor",
    "bench.dead_letters.doctor",
)


def reachable(nats_url: str) -> list[Finding]:
    """Look at every address of the URL; clients need one of them."""
    urls = [url.strip() for url in nats_url.split(",") if url.strip()]
    problems = {url: why_unreachable(url, DEFAULT_PORT) for url in urls}
    findings: list[Finding] = []
    report = fail if all(problems.values()) else warn
    for url, problem in problems.items():
        if problem is None:
            findings.append(ok(SERVER, f"{shown(url)} accepts connections"))
        else:
            findings.append(report(SERVER, f"{shown(url)} {problem[0]}", problem[1]))
    return findings


def usable(nats_url: str, credentials: str | None, *, consumes: bool) -> list[Finding]:
    """Log in, read the version, and try what the roles of this machine need to do."""
    return asyncio.run(_usable(nats_url, credentials, consumes=consumes))


async def connect(nats_url: str, credentials: str | None, errors: list[str]) -> Client:
    """Connect once, collecting what the server says against us; raises NatsError or OSError."""

    async def note(error: Exception) -> None:
        errors.append(str(error))

    return await nats.connect(
        [url.strip() for url in nats_url.split(",")],
        name="benchwire-doctor",
        allow_reconnect=False,
        max_reconnect_attempts=1,
        connect_timeout=ANSWER_SECONDS,
        user_credentials=credentials,
        error_cb=note,
    )


async def _usable(nats_url: str, credentials: str | None, *, consumes: bool) -> list[Finding]:
    errors: list[str] = []
    try:
        client = await connect(nats_url, credentials, errors)
    except (NatsError, OSError, ValueError) as error:
        return [_refused(nats_url, " ".join([str(error), *errors]))]
    try:
        findings = [_version(client)]
        findings += [await _jetstream(client)]
        findings += [await _rights(client, errors, PRODUCER, PRODUCER_SUBJECTS)]
        if consumes:
            findings += [await _rights(client, errors, CONSUMER, CONSUMER_SUBJECTS)]
    finally:
        await client.close()
    return findings


def _refused(nats_url: str, said: str) -> Finding:
    where = ", ".join(shown(url) for url in nats_url.split(","))
    if "authorization" in said.lower() or "authentication" in said.lower():
        return fail(
            SERVER,
            f"{where} refuses our credentials (Authorization Violation)",
            "check user and password in BENCHWIRE_NATS_URL, or the file BENCHWIRE_NATS_CREDENTIALS",
        )
    return fail(SERVER, f"{where} does not let us in: {said[:200]}", "is this a NATS server?")


def _version(client: Client) -> Finding:
    version = client.connected_server_version
    least = ".".join(map(str, VERSION_MIN))
    if (version.major, version.minor) < VERSION_MIN:
        return warn(
            SERVER, f"NATS {version}, older than {least}, which was tried", f"use {least} or newer"
        )
    return ok(SERVER, f"we are logged in; largest message {client.max_payload:,} bytes")


async def _jetstream(client: Client) -> Finding:
    info: dict[str, Any] = client._server_info  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    if not info.get("jetstream"):
        return fail(
            JETSTREAM, "is not enabled on this server", "add `jetstream {}` to its configuration"
        )
    return ok(JETSTREAM, "enabled")


async def _rights(
    client: Client, errors: list[str], check: str, subjects: tuple[str, ...]
) -> Finding:
    outcomes = await asyncio.gather(*(_try(client, subject, errors) for subject in subjects))
    denied = [subject for subject, fine in zip(subjects, outcomes, strict=True) if not fine]
    if denied:
        return fail(
            check,
            f"this user may not publish to {', '.join(denied)}",
            "allow that, and subscribing to _INBOX.>, in the permissions of this user",
        )
    return ok(check, f"{len(subjects)} kinds of requests are allowed")


async def _try(client: Client, subject: str, errors: list[str]) -> bool:
    """Tell whether a request gets through; silence and a violation mean that it does not."""
    headers = _NO_SUCH_STREAM if subject.startswith("bench.") else None
    asking = asyncio.ensure_future(
        client.request(subject, _NOT_JSON, timeout=ANSWER_SECONDS, headers=headers)
    )
    while not asking.done():
        if any(f'"{subject.lower()}"' in error.lower() for error in errors):
            asking.cancel()
            return False
        await asyncio.wait({asking}, timeout=0.02)
    try:
        asking.result()
    except NoRespondersError:
        return True
    except (NatsError, TimeoutError):
        return False
    return True
