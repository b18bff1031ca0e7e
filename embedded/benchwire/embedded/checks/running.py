"""Examines engines that run: their version, what they say of themselves, and a way to ask them."""

import importlib.metadata
from collections.abc import Iterator
from typing import Any, Final

from benchwire.consumer.sink import StatementFailed
from benchwire.embedded.registration import Registration
from benchwire.embedded.stack import Stack
from benchwire.schemas.finding import Finding, fail, ok, warn

VERSION, NATS, CONSUMER = "daemon version", "nats-server", "consumer"
RESTART: Final = "benchwire down && benchwire up --detach"


class StackSink:
    """Reads through the SQL endpoint where a sink is asked for; it refuses to change anything."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Answer a query with its rows."""
        return self._stack.rows(sql)

    def insert(self, table: str, body: bytes) -> None:  # noqa: ARG002 - the protocol's names
        """Refuse."""
        raise StatementFailed(f"{table} is only read here")

    def command(self, sql: str) -> None:  # noqa: ARG002 - the protocol's names
        """Refuse."""
        raise StatementFailed("the store is only read here")

    def twin(self) -> "StackSink":
        """Give another one, for another thread."""
        return StackSink(self._stack)

    def close(self) -> None:
        """Nothing to give back: the stack belongs to the caller."""


def same_version(running: Registration) -> Finding:
    """Compare the version of the engines' process with ours."""
    ours = importlib.metadata.version("benchwire")
    if running.version != ours:
        return warn(
            VERSION,
            f"the engines run benchwire {running.version}, this command is {ours}",
            "restart them with this version; nothing is lost",
            RESTART,
        )
    return ok(VERSION, f"{ours}, as this command")


def engines(status: dict[str, Any]) -> Iterator[Finding]:
    """Say what the running engines lack; `status` is theirs."""
    nats, consumer = status["engines"]["nats"], status["engines"]["consumer"]
    if not nats["ready"]:
        yield fail(
            NATS,
            "does not answer its supervisor",
            "it is started again by itself; if that goes on, see log/nats-server.log",
        )
    elif nats["restarts"]:
        yield warn(
            NATS,
            f"had to be started again {nats['restarts']} times",
            "see log/nats-server.log in the data directory",
        )
    else:
        yield ok(NATS, f"runs, {nats['version']}, never restarted")
    waits = ", ".join(f"{need}: {why}" for need, why in consumer["missing"].items())
    error = f"; last error: {consumer['error']}" if consumer["error"] else ""
    if not consumer["ready"]:
        yield fail(
            CONSUMER,
            f"does not store: waits for {waits or 'its start'}{error}",
            "events wait in the stream meanwhile; see log/daemon.log in the data directory",
        )
    else:
        yield ok(CONSUMER, "stores events")
