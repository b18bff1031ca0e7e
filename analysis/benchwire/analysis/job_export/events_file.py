"""Writes a run's events as wire lines: the whole record, from which everything can be had again.

The run_start and the run_stop are those that count in the views; a run may have sent several.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchwire.analysis.job_export.event_rows import EventRow, Store, events_of
from benchwire.analysis.job_export.selection import Job
from benchwire.schemas.line import LineTemplate

EVENTS_NAME: Final = "benchwire-events.jsonl"


@dataclass(slots=True)
class RunRecord:
    """What was met while a run's events were written."""

    task: dict[str, Any] = field(default_factory=dict[str, Any])
    """The task as the run_start that counts has it; empty if nothing is said of it."""
    n_events: int = 0


def write_events(path: Path, store: Store, job: Job, run_id: str) -> RunRecord:
    """Write all events of a run to ``path``; a run_start comes first, a run_stop last."""
    record = RunRecord()
    with path.open("wb") as file:
        for line in _lines(store, job, run_id, record):
            file.write(line + b"\n")
            record.n_events += 1
    return record


def _lines(store: Store, job: Job, run_id: str, record: RunRecord) -> Iterator[bytes]:
    templates = _Templates(job, run_id)
    stop: EventRow | None = None
    started = False
    for row in events_of(store, job, run_id):
        if row.event_type == "run_stop":
            stop = row  # The last one counts.
            continue
        if row.event_type == "run_start":
            if started:
                continue  # The first one counts.
            started, record.task = True, json.loads(row.data).get("task") or {}
        yield templates.line(row)
    if stop is not None:
        yield templates.line(stop)


class _Templates:
    """Writes lines; the envelope is made once for each emitter and epoch."""

    def __init__(self, job: Job, run_id: str) -> None:
        self._job = job
        self._run_id = run_id
        self._key: tuple[str | None, ...] = ()
        self._template: LineTemplate | None = None

    def line(self, row: EventRow) -> bytes:
        """The wire line of an event."""
        labels = (row.emitter, row.epoch, row.job_id, row.policy_id, row.task_id)
        key = (*labels, row.cfg_hash, row.env_hash, row.seed, row.trace_id, row.span_id)
        if self._template is None or key != self._key:
            self._key, self._template = key, self._new(row)
        line, _, _ = self._template.line(
            row.event_type, row.ts, int(row.seq), row.step_id, row.data.encode()
        )
        return line

    def _new(self, row: EventRow) -> LineTemplate:
        return LineTemplate(
            experiment_id=self._job.experiment_id,
            job_id=row.job_id,
            policy_id=row.policy_id,
            task_id=row.task_id,
            run_id=self._run_id,
            emitter=row.emitter,
            epoch=int(row.epoch),
            cfg_hash=row.cfg_hash,
            env_hash=row.env_hash,
            seed=None if row.seed is None else int(row.seed),
            trace_id=row.trace_id,
            span_id=row.span_id,
        )
