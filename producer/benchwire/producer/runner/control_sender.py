"""Publishes a command and collects the answers of the runners that obey it."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchwire.producer.discovery import nats_urls
from benchwire.producer.runner.control import ANSWER_EMITTER, Command, control_subject
from benchwire.producer.runner.control_listener import REQUEST_SECONDS_MAX, connected
from benchwire.producer.settings import ProducerSettings
from benchwire.schemas.errors import BenchwireError
from benchwire.schemas.subject import EVENTS_PREFIX, subject_token


class CommandNotSent(BenchwireError):  # noqa: N818 - a fact about the command
    """A command did not get into the stream, so nobody will hear of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a runner answered."""

    job_id: str
    run_id: str
    event_id: str
    """The answer itself: an event like any other."""
    runs_cancelled: int
    trials_not_started: int


def send_command(
    settings: ProducerSettings,
    experiment_id: str,
    command: Command,
    *,
    wait_seconds: float,
    answered: Callable[[list[Answer]], bool],
) -> list[Answer]:
    """Publish a command; wait until ``answered`` is content with the answers, at most so long.

    Raises:
        CommandNotSent: There is no server, or it did not take the command.
    """
    urls = nats_urls(settings.nats_url, settings.data_dir)
    if not urls:
        raise CommandNotSent(
            f"no NATS server is known, so nothing can be running from {settings.data_dir}",
            hint="give the runner's --data-dir, or set BENCHWIRE_NATS_URL to its server",
        )
    return asyncio.run(_send(urls, settings, experiment_id, command, wait_seconds, answered))


async def _send(  # noqa: PLR0913, PLR0917 - as above
    urls: list[str],
    settings: ProducerSettings,
    experiment_id: str,
    command: Command,
    wait_seconds: float,
    answered: Callable[[list[Answer]], bool],
) -> list[Answer]:
    answers: dict[str, Answer] = {}
    content = asyncio.Event()

    async def receive(message: Any) -> None:
        for answer in _answers(message.data, command.command_id):
            answers[answer.event_id] = answer
        if answers and answered(list(answers.values())):
            content.set()

    try:
        async with connected(urls, settings, asyncio.Event()) as client:
            subject = f"{EVENTS_PREFIX}.{subject_token(experiment_id)}.>"
            await client.subscribe(subject, cb=receive)
            await _publish(client, control_subject(experiment_id), command)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(content.wait(), wait_seconds)
    except (OSError, TimeoutError) as error:
        raise CommandNotSent(
            f"the NATS server does not answer: {str(error) or type(error).__name__}",
            hint="see `benchwire status`, or BENCHWIRE_NATS_URL",
        ) from None
    return list(answers.values())


async def _publish(client: Any, subject: str, command: Command) -> None:
    body = command.model_dump_json(exclude_none=True).encode()
    try:
        reply = await client.request(subject, body, timeout=REQUEST_SECONDS_MAX)
        acknowledgement: dict[str, Any] = json.loads(reply.data)
        refusal = acknowledgement.get("error")
    except Exception as error:  # noqa: BLE001 - nats-py's many ways to say that nobody answers
        refusal = {"description": f"{str(error) or type(error).__name__}"}
    if refusal is not None:
        raise CommandNotSent(
            f"the command was not taken: {refusal.get('description')}",
            hint="the stream BENCH_CONTROL is made by the consumer; publishing on "
            f"{subject} is for the role operator",
        )


def _answers(message: bytes, command_id: str) -> list[Answer]:
    """The answers in one message of events."""
    if command_id.encode() not in message:
        return []
    found: list[Answer] = []
    for line in message.splitlines():
        event: dict[str, Any] = json.loads(line)
        extra: dict[str, Any] = event["data"].get("extra") or {}
        if event["emitter"] == ANSWER_EMITTER and extra.get("command_id") == command_id:
            found.append(
                Answer(
                    job_id=event["job_id"],
                    run_id=event["run_id"],
                    event_id=event["event_id"],
                    runs_cancelled=extra["runs_cancelled"],
                    trials_not_started=extra["trials_not_started"],
                )
            )
    return found
