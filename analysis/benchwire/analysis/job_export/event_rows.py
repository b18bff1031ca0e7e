"""Reads the events of one run in order of emission, one at a time, as they were sent."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from benchwire.analysis.job_export.selection import Job, params_of
from benchwire.analysis.rows import Rows, text_param
from benchwire.schemas.event import EventType

_OF_RUN: Final = "experiment_id = {experiment:String} AND run_id = toUUID({run:String})"
# No alias may be a column's name: ORDER BY would sort texts where it should sort numbers.
# Of contents that contradict each other those count that count in the views, too: one a type.
# Emitters of foreign streams do not count their events: their seq is a digest, their time tells.
_PLACE: Final = "if(emitter IN ('smith', 'otlp'), toUInt64(toUnixTimestamp64Micro(ts)), seq)"
_IN_ORDER: Final = f"""    epoch,
    emitter,
    {_PLACE},
    seq,
    event_type,
    row_version DESC
LIMIT 1 BY
    epoch,
    emitter,
    seq,
    event_type"""
_WIRE_TIME: Final = "formatDateTime(ts, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC')"

EVENTS_SQL: Final = f"""
SELECT
    toString(event_type) AS type,
    {_WIRE_TIME} AS at,
    emitter,
    toString(epoch) AS epoch_text,
    toString(seq) AS seq_text,
    job_id,
    policy_id,
    task_id,
    step_id,
    cfg_hash,
    env_hash,
    toString(seed) AS seed_text,
    trace_id,
    span_id,
    data
FROM stg_events
WHERE {_OF_RUN}
    AND event_type NOT IN ('emitter_stop', 'telemetry_loss', 'heartbeat')
ORDER BY
    event_type != 'run_start',
{_IN_ORDER}
"""  # noqa: S608 - constants of this module

STEPS_SQL: Final = f"""
WITH
    emitted AS
    (
        SELECT
            event_type,
            {_WIRE_TIME} AS at,
            emitter,
            epoch,
            seq,
            {_PLACE} AS place,
            step_id,
            ifNull(JSONExtract(data, 'agent_id', 'Nullable(String)'), '') AS agent_id,
            JSONExtract(data, 'turn', 'Nullable(UInt64)') AS turn,
            data
        FROM stg_events
        WHERE {_OF_RUN}
            AND event_type IN ('step', 'tool_call')
        ORDER BY
        {_IN_ORDER}
    ),
    numbered AS
    (
        SELECT
            *,
            countIf(event_type = 'step') OVER (
                ORDER BY epoch, emitter, place, seq, event_type
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS number
        FROM emitted
        WHERE agent_id = {{agent:String}}
    ),
    placed AS
    (
        SELECT
            *,
            maxIf(number, event_type = 'step') OVER (
                PARTITION BY step_id
                ORDER BY epoch, emitter, place, seq, event_type
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS last_of_id,
            minIf(number, event_type = 'step') OVER (PARTITION BY step_id) AS first_of_id,
            maxIf(number, event_type = 'step') OVER (
                PARTITION BY emitter, turn
                ORDER BY epoch, emitter, place, seq, event_type
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS last_of_turn,
            minIf(number, event_type = 'step') OVER (PARTITION BY emitter, turn) AS first_of_turn
        FROM numbered
    )
SELECT
    multiIf(
        event_type = 'step', number,
        isNotNull(step_id) AND last_of_id > 0, last_of_id,
        isNotNull(step_id) AND first_of_id > 0, first_of_id,
        isNotNull(turn) AND last_of_turn > 0, last_of_turn,
        isNotNull(turn) AND first_of_turn > 0, first_of_turn,
        number
    ) AS step_number,
    toString(event_type) AS type,
    at,
    step_id,
    data
FROM placed
ORDER BY
    step_number,
    event_type = 'tool_call',
    epoch,
    emitter,
    place,
    seq
"""  # noqa: S608 - constants of this module

AGENTS_SQL: Final = """
SELECT
    toString(run_id) AS run,
    ifNull(JSONExtract(data, 'agent_id', 'Nullable(String)'), '') AS agent_id,
    min(JSONExtract(data, 'agent_name', 'Nullable(String)')) AS agent_name,
    min(JSONExtract(data, 'parent_step_id', 'Nullable(String)')) AS parent_step_id
FROM stg_events
WHERE experiment_id = {experiment:String}
    AND event_type IN ('step', 'tool_call')
    AND run_id IN (SELECT run_id FROM stg_runs WHERE job_id = {job:String})
    AND ({run:String} = '' OR toString(run_id) = {run:String})
GROUP BY
    run,
    agent_id
ORDER BY
    run,
    agent_id
"""


class Blocks(Protocol):
    """Answers one statement block by block, so that no answer has to fit into memory."""

    def __call__(
        self, sql: str, fmt: str, params: Mapping[str, str] | None = None, /
    ) -> Iterator[bytes]:
        """Yield the answer in a ClickHouse format."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Where a job is read from: small answers at once, large ones in blocks."""

    rows: Rows
    blocks: Blocks


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event as it was sent; numbers of the envelope as texts."""

    event_type: EventType
    ts: str
    emitter: str
    epoch: str
    seq: str
    job_id: str
    policy_id: str
    task_id: str
    step_id: str | None
    cfg_hash: str | None
    env_hash: str | None
    seed: str | None
    trace_id: str | None
    span_id: str | None
    data: str


@dataclass(frozen=True, slots=True)
class TrajectoryRow:
    """A step, or a tool call of it; `step_number` counts the agent's steps, 0 is before any."""

    step_number: int
    event_type: EventType
    ts: str
    step_id: str | None
    data: str


@dataclass(frozen=True, slots=True)
class AgentRow:
    """An agent of the run: the main one has no id; the others are sub-agents."""

    agent_id: str
    agent_name: str | None
    parent_step_id: str | None


def events_of(store: Store, job: Job, run_id: str) -> Iterator[EventRow]:
    """The events of a run, run_starts first.

    Seals, declared losses and heartbeats are left out: they belong to its delivery only.
    """
    for row in streamed(store, EVENTS_SQL, _params(job, run_id)):
        yield EventRow(*row)


def trajectory_of(store: Store, job: Job, run_id: str, agent_id: str) -> Iterator[TrajectoryRow]:
    """One agent's steps in order of emission, each followed by its tool calls.

    A call belongs to the step it names; else to the last step of its turn; else to the one before.
    """
    params = {**_params(job, run_id), "agent": text_param(agent_id)}
    for row in streamed(store, STEPS_SQL, params):
        yield TrajectoryRow(*row)


def agents_of(store: Store, job: Job, of_run: str = "") -> dict[str, list[AgentRow]]:
    """The agents that made steps or tool calls, by run, or of one run; a run may have none."""
    params = {name: text_param(value) for name, value in params_of(job).items()} | {"run": of_run}
    agents: dict[str, list[AgentRow]] = {}
    for run_id, *agent in store.rows(AGENTS_SQL, params):
        agents.setdefault(run_id, []).append(AgentRow(*agent))
    return agents


def _params(job: Job, run_id: str) -> dict[str, str]:
    return {"experiment": text_param(job.experiment_id), "run": run_id}


def streamed(store: Store, sql: str, params: Mapping[str, str]) -> Iterator[list[Any]]:
    """The rows of an answer one at a time, however many there are."""
    for line in _lines(store.blocks(sql, "JSONCompactEachRow", params)):
        yield json.loads(line)


def _lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    pending: list[bytes] = []
    for block in blocks:
        *whole, rest = block.split(b"\n")
        for line in whole:
            yield b"".join([*pending, line])
            pending = []
        if rest:
            pending.append(rest)
    if pending:
        yield b"".join(pending)
