"""Journals without a network: producers that find no server, segments read back from disk."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchwire.producer import Producer, RunIdentity
from benchwire.schemas.identity import new_run_id


def identity(run_id: str | None = None, **fields: Any) -> RunIdentity:
    """Some run."""
    names = {"experiment_id": "exp", "job_id": "job", "policy_id": "pol", "task_id": "task"}
    given: Any = {"run_id": run_id or new_run_id(), **names, **fields}
    return RunIdentity(**given)


_offline: list[Producer] = []


def offline_producer(data_dir: Path, **arguments: Any) -> Producer:
    """A producer that knows of no server: its events stay in the journal."""
    producer = Producer(data_dir=data_dir, **arguments)
    _offline.append(producer)
    return producer


def close_offline_producers() -> None:
    """End the threads of what a test has left open."""
    while _offline:
        _offline.pop().close(0)


def segments(data_dir: Path) -> list[Path]:
    """Every visible segment."""
    return sorted(data_dir.glob("journal/*/*.seg"))


def journaled(data_dir: Path) -> list[dict[str, Any]]:
    """Every event in the journal, by segment name and then as written."""
    return [json.loads(line) for line in journal_lines(data_dir)]


def journal_lines(data_dir: Path) -> Iterator[bytes]:
    """Every line in the journal."""
    for segment in segments(data_dir):
        yield from segment.read_bytes().splitlines()
