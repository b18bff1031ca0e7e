"""Puts what a run did in order and into turns, in plain Python, and computes rpt_run_… from it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.support.oracle import BUCKETS, UNSEQUENCED, USAGE, OracleRun, Row, part
from tests.support.oracle_policies import stated, sum_of
from tests.support.oracle_prices import derived, started_on
from tests.support.oracle_reports import ratio
from tests.support.oracle_summary import add_up, main_model, total

ENTRIES = ("step", "tool_call", "context_decision")
PHASES = ("early", "early_mid", "mid", "later_mid", "later")


@dataclass(slots=True)
class Entry:
    """One event at its place."""

    kind: str
    event: Row
    data: Row
    place: int
    model: str | None
    cost: int | None
    turn: "Turn | None" = None

    @property
    def agent(self) -> str | None:
        """Whose it is."""
        agent: str | None = self.data.get("agent_id")
        return agent


@dataclass(slots=True)
class Turn:
    """The entries of one turn; `number` counts from 1."""

    agent: str | None
    key: Any
    place: int
    number: int = 0
    entries: list[Entry] = field(default_factory=list[Entry])

    @property
    def steps(self) -> list[Entry]:
        """Its model calls."""
        return [entry for entry in self.entries if entry.kind == "step"]

    @property
    def calls(self) -> list[Entry]:
        """Its tool calls."""
        return [entry for entry in self.entries if entry.kind == "tool_call"]

    @property
    def usage(self) -> Row:
        """What its steps used, with cost, context and sums."""
        used = add_up([part(step.data, "usage") for step in self.steps])
        filled = stated([step.data for step in self.steps], "context_tokens")
        prompt = total([used[name] for name in BUCKETS[:3]])
        return {
            **{name: used[name] for name in USAGE if name != "nano_usd"},
            "prompt_tokens": prompt,
            "total_tokens": total([prompt, used["output_tokens"]]),
            "cost_nano_aiu": total([step.cost for step in self.steps]),
            "context_tokens": filled[-1] if filled else None,
            "duration_ms": sum_of(stated([step.data for step in self.steps], "duration_ms")),
        }


def entries_of(run: OracleRun) -> list[Entry]:
    """Everything in order: by time, but never against the order of an emitter."""
    emitters: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for order, kind in enumerate(ENTRIES):
        for event in run.events[kind]:
            number = event["ts"] if event["emitter"] in UNSEQUENCED else event["seq"]
            emitter = (event["epoch"], event["emitter"].encode())
            emitters[emitter].append((number, order, event["seq"], event))
    placed: list[tuple[Any, ...]] = []
    for emitter, events in emitters.items():
        reached = ""
        for _, order, seq, event in sorted(events, key=lambda one: one[:3]):
            reached = max(reached, event["ts"])
            placed.append((reached, *emitter, seq, order, event))
    placed.sort(key=lambda one: one[:5])
    kept: list[tuple[str, Row]] = [
        (ENTRIES[one[4]], one[5]) for one in placed if not one[5]["data"].get("is_copied_context")
    ]
    pays = any("nano_aiu" in part(event["data"], "usage") for kind, event in kept if kind == "step")
    found: list[Entry] = []
    for place, (kind, event) in enumerate(kept, 1):
        data = event["data"]
        usage = part(data, "usage") if kind != "tool_call" else {}
        model = (data.get("model") if kind != "tool_call" else None) or main_model(run)
        cost = usage.get("nano_aiu")
        if cost is None and not (pays and kind == "step"):
            cost = derived(usage, model, started_on(run))
        found.append(Entry(kind, event, data, place, model, cost))
    return found


def turns_of(entries: list[Entry]) -> list[Turn]:
    """Sort steps and calls into turns; without any named turn each step is one."""
    of_agents = [
        entry
        for entry in entries
        if entry.kind == "tool_call"
        or (entry.kind == "step" and entry.data["kind"] not in {"user", "system"})
    ]
    named: dict[tuple[Any, ...], int | None] = {}
    numbers: list[int | None] = []
    seen: list[bool] = []
    for entry in of_agents:
        name = (entry.agent, entry.event["step_id"])
        number = entry.data.get("turn")
        if entry.kind == "tool_call":
            if number is None and name[1] is not None:
                number = named.get(name)
        elif number is not None or name not in named:
            named[name] = number
        numbers.append(number)
        seen.append(name[1] is not None and name in named)
    knows_turns = any(number is not None for number in numbers)
    turns: dict[tuple[Any, ...], Turn] = {}
    for entry, number, is_seen in zip(of_agents, numbers, seen, strict=True):
        key: Any = number
        if not knows_turns:
            own = f"at {entry.place}" if entry.kind == "step" else None
            key = f"step {entry.event['step_id']}" if is_seen else own
        if key is not None:
            turn = turns.setdefault((entry.agent, key), Turn(entry.agent, number, entry.place))
            turn.entries.append(entry)
            entry.turn = turn
    for number, turn in enumerate(turns.values(), 1):
        turn.number = number
    return list(turns.values())


def run_steps(run: OracleRun) -> list[Row]:
    """All rows of rpt_run_steps."""
    entries = entries_of(run)
    turns_of(entries)
    rows: list[Row] = []
    tokens: int | None = None
    cost: int | None = None
    for entry in entries:
        if entry.kind != "step":
            continue
        data, usage = entry.data, part(entry.data, "usage")
        spent = total([usage.get(name) for name in BUCKETS])
        tokens, cost = total([tokens, spent]), total([cost, entry.cost])
        prompt = [usage.get(name) for name in BUCKETS[:3]]
        rows.append(
            {
                "place": entry.place,
                "turn_no": entry.turn.number if entry.turn else None,
                **{name: entry.event[name] for name in ("emitter", "seq", "step_id")},
                "kind": data["kind"],
                "model": entry.model,
                "agent_id": entry.agent,
                **{name: usage.get(name) for name in (*BUCKETS, "reasoning_tokens", "nano_aiu")},
                "total_tokens": spent,
                "cache_hit_ratio": ratio(usage.get("cache_read_tokens"), total(prompt)),
                "cost_nano_aiu": entry.cost,
                "total_tokens_so_far": tokens,
                "cost_nano_aiu_so_far": cost,
                "context_tokens": data.get("context_tokens"),
                "api_time_ms": data.get("api_time_ms"),
                "llm_calls": data.get("llm_calls"),
            }
        )
    return rows


def failures_among(calls: Iterable[Entry]) -> int:
    """Count the calls known to have failed."""
    said = [call.data.get("failed", call.data.get("exit_kind", "ok") != "ok") for call in calls]
    return sum(said)


def run_turns(run: OracleRun) -> list[Row]:
    """All rows of rpt_run_turns."""
    rows: list[Row] = []
    fills: dict[str | None, list[int | None]] = defaultdict(list)
    tokens: int | None = None
    cost: int | None = None
    for turn in turns_of(entries_of(run)):
        used = turn.usage
        tokens, cost = total([tokens, used["total_tokens"]]), total([cost, used["cost_nano_aiu"]])
        fills[turn.agent].append(used["context_tokens"])
        before, now = [None, *fills[turn.agent]][-2:]
        rows.append(
            {
                "turn_no": turn.number,
                "turn": turn.key,
                "agent_id": turn.agent,
                "agent_turn_no": len(fills[turn.agent]),
                "n_steps": len(turn.steps),
                "n_tool_calls": len(turn.calls),
                "n_tool_failures": failures_among(turn.calls),
                **used,
                "cache_hit_ratio": ratio(used["cache_read_tokens"], used["prompt_tokens"]),
                "total_tokens_so_far": tokens,
                "cost_nano_aiu_so_far": cost,
                "context_tokens_added": None if before is None or now is None else now - before,
                "result_bytes": sum_of(stated([call.data for call in turn.calls], "result_bytes")),
            }
        )
    return rows


def phases_of(run: OracleRun) -> list[Row]:
    """The five phases of a run, as far as they are each run's own."""
    turns = turns_of(entries_of(run))
    if len(turns) < len(PHASES):
        return []
    rows: list[Row] = []
    left = turns
    for number, name in enumerate(PHASES):
        size = -(-len(left) // (len(PHASES) - number))
        mine, left = left[:size], left[size:]
        used = [turn.usage for turn in mine]
        fills = [turn.usage["context_tokens"] for turn in mine if turn.agent == turns[0].agent]
        known = [fill for fill in fills if fill is not None]
        rows.append(
            {
                "phase": number + 1,
                "name": name,
                "turn_from": mine[0].number,
                "turn_to": mine[-1].number,
                "n_turns": len(mine),
                "n_tool_calls": sum(len(turn.calls) for turn in mine),
                "n_tool_failures": sum(failures_among(turn.calls) for turn in mine),
                **{name: sum_of(stated(used, name)) for name in (*BUCKETS, "reasoning_tokens")},
                "total_tokens": sum_of(stated(used, "total_tokens")),
                "cost_nano_aiu": sum_of(stated(used, "cost_nano_aiu")),
                "context_tokens": known[-1] if known else None,
                "duration_ms": sum_of(stated(used, "duration_ms")),
            }
        )
    return rows


def run_phases(run: OracleRun) -> list[Row]:
    """All rows of rpt_run_phases."""
    rows = phases_of(run)
    sums = {
        name: sum_of(stated(rows, name))
        for name in ("output_tokens", "total_tokens", "cost_nano_aiu")
    }
    return [
        {
            **row,
            "cost_aiu": None if row["cost_nano_aiu"] is None else row["cost_nano_aiu"] / 1e9,
            "output_share": ratio(row["output_tokens"], sums["output_tokens"]),
            "token_share": ratio(row["total_tokens"], sums["total_tokens"]),
            "cost_share": ratio(row["cost_nano_aiu"], sums["cost_nano_aiu"]),
            "cache_hit_ratio": ratio(
                row["cache_read_tokens"], sum(row[name] or 0 for name in BUCKETS[:3])
            ),
        }
        for row in rows
    ]
