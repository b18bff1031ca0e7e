"""Makes messages like those of real runs: mixed event types, 400 to 600 bytes a line."""

import random
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from benchwire.schemas.event import EventType
from benchwire.schemas.fast import encode_payload
from benchwire.schemas.line import LineTemplate
from benchwire.schemas.subject import event_subject
from benchwire.schemas.timestamps import wire_timestamp_us

EVENTS_PER_RUN: Final = 500
FIRST_US: Final = 1_790_000_000_000_000
EXPERIMENTS: Final = 10
JOBS: Final = 5
"""Of an experiment."""
POLICIES: Final = 3
TASKS: Final = 300
CELLS: Final = POLICIES * EXPERIMENTS * TASKS * JOBS
TRIALS_MAX: Final = 10**9
TOOLS: Final = ("bash", "edit", "read", "grep", "write", "web_fetch")
MODELS: Final = ("model-large", "model-small")
PRICED_MODELS: Final = ("claude-sonnet-4.5", "gpt-5-mini")
"""Of runs that state no cost: the price book that ships knows them."""
PRICED_SHARE: Final = 0.2
COMPACTION_SHARE: Final = 0.05
"""Of the context decisions."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the stream."""

    subject: str
    payload: bytes
    message_id: str
    n_events: int


def messages(
    n_events: int,
    *,
    per_message: int,
    seed: int = 1,
    events_per_run: int = EVENTS_PER_RUN,
    n_open: int = 0,
) -> Iterator[Message]:
    """Make the messages of as many runs as it takes for `n_events`; the last `n_open` never end.

    Each run is a trial of its own. Trials go through the cells by turns, policies first, so that
    each has a counterpart of the other policies: of the same task, number and seed.
    """
    rng = random.Random(seed)
    open_from = n_events - n_open * events_per_run
    for at, first in enumerate(range(0, n_events, events_per_run)):
        n_own = min(events_per_run, n_events - first)
        place = seed % TRIALS_MAX * CELLS + at
        yield from _run(rng, n_own, per_message, place, is_open=first >= open_from)


def _run(
    rng: random.Random, n_events: int, per_message: int, place: int, *, is_open: bool
) -> Iterator[Message]:
    place, policy = divmod(place, POLICIES)
    trial_seed = place
    place, experiment = divmod(place, EXPERIMENTS)
    place, task = divmod(place, TASKS)
    trial_no, job = divmod(place, JOBS)
    trial_no += 1
    labels = {
        "experiment_id": f"throughput-{experiment}",
        "job_id": f"job-{experiment}-{job}",
        "policy_id": f"policy-{policy}",
        "task_id": f"task-{task:04d}",
        "run_id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    }
    template = LineTemplate(
        **labels,
        emitter="runner",
        epoch=FIRST_US,
        cfg_hash=f"{experiment * POLICIES + policy:032x}",
        env_hash=f"{task:032x}",
        seed=trial_seed,
    )
    subject = event_subject(
        labels["experiment_id"], labels["policy_id"], labels["task_id"], labels["run_id"]
    )
    is_priced = rng.random() < PRICED_SHARE
    lines: list[bytes] = []
    for seq in range(n_events):
        event_type, payload = _event(rng, seq, n_events + is_open, trial_no, is_priced=is_priced)
        ts = wire_timestamp_us(FIRST_US + seq * rng.randrange(5_000, 900_000))
        line, _, _ = template.line(
            event_type, ts, seq, f"step-{seq // 4}", encode_payload(event_type, payload)
        )
        lines.append(line)
        if len(lines) == per_message or seq == n_events - 1:
            name = f"{labels['run_id']}/runner/{FIRST_US}/{seq - len(lines) + 1}-{seq}"
            yield Message(subject, b"\n".join(lines), name, len(lines))
            lines = []


def _event(
    rng: random.Random, seq: int, n_events: int, trial_no: int, *, is_priced: bool
) -> tuple[EventType, Mapping[str, Any]]:
    models = PRICED_MODELS if is_priced else MODELS
    if seq == 0:
        return "run_start", {"trial_no": trial_no, "attempt": 1, "model": models[0]}
    if seq == n_events - 1:
        return "run_stop", {"status": "ok", "outcome": rng.choice(("resolved", "unresolved"))}
    share = rng.random()
    if share < 0.5:
        return "tool_call", _tool_call(rng, seq)
    if share < 0.85:
        return "step", _step(rng, seq, rng.choice(models), states_cost=not is_priced)
    if share < 0.98:
        return "context_decision", _context_decision(rng)
    return "failure", {
        "root": {"kind": "tool", "tool_name": rng.choice(TOOLS), "usage_error": "no such file"},
        "message": f"could not read /workspace/file_{rng.randrange(10_000)}.py",
    }


def _tool_call(rng: random.Random, seq: int) -> Mapping[str, Any]:
    return {
        "name": rng.choice(TOOLS),
        "tool_call_id": f"call_{rng.getrandbits(64):016x}",
        "turn": seq // 4,
        "latency_ms": rng.randrange(5_000),
        "exit_kind": "ok",
        "exit_code": 0 if rng.random() < 0.9 else 1,
        "failed": rng.random() < 0.07,
        "result_bytes": rng.randrange(60_000),
    }


def _step(rng: random.Random, seq: int, model: str, *, states_cost: bool) -> Mapping[str, Any]:
    usage = {
        "input_tokens": rng.randrange(60_000),
        "cache_read_tokens": rng.randrange(40_000),
        "output_tokens": rng.randrange(3_000),
    }
    cost = {"nano_aiu": rng.randrange(10**9)} if states_cost else {}
    return {
        "kind": "act",
        "turn": seq // 4,
        "model": model,
        "usage": usage | cost,
        "context_tokens": 10_000 + 1_000 * (seq % 100) + rng.randrange(1_000),
        "duration_ms": rng.randrange(20_000),
        "finish_reason": "tool_use",
    }


def _context_decision(rng: random.Random) -> Mapping[str, Any]:
    if rng.random() < COMPACTION_SHARE:
        return {
            "kind": "compaction",
            "success": True,
            "tokens_before": 100_000 + rng.randrange(20_000),
            "tokens_after": 20_000 + rng.randrange(20_000),
            "usage": {
                "input_tokens": rng.randrange(100_000),
                "output_tokens": rng.randrange(5_000),
            },
        }
    return {
        "kind": "pruning",
        "segment_id": f"file:{rng.getrandbits(32):08x}",
        "segment_kind": "file_content",
        "kept": rng.random() < 0.5,
    }
