"""Seeded histories of runs: everything that can happen to a run, happens to some of them.

A seed always gives the same lines. The mix holds retries, open and killed runs, restarts, several
emitters, losses declared and not, conflicts, late and contradictory verdicts, re-imports, runs
without a start, unknown models, and every way to state usage.
"""

import random
import uuid
from datetime import timedelta
from typing import Any

from tests.support import history_behaviour as behaviour
from tests.support import history_payloads as payloads
from tests.support.history_lines import START, HistoryStream, Labels, Sent, stamp

AS_OF = START + timedelta(days=20)
FRESH = AS_OF - timedelta(hours=2)
STALE = AS_OF - timedelta(hours=49)
MODELS = ("gpt-5.5", "claude-opus-4.7", "mai-code-1", None)
KINDS = ("reason", "act", "observe", "plan", "user", "system", "agent")
STATUSES = ("ok", "ok", "ok", "ok", "agent_failed", "harness_error", "timed_out", "cancelled")
GRADES = ("resolved", "unresolved", "ungraded", "excluded")


class History:
    """Builds the runs of one seed; `sent` holds all lines in the order they were emitted."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self._also = random.Random(f"{seed} behaviour")
        self.sent: list[Sent] = []
        self._spent: list[dict[str, Any]] = []
        self._decided: list[dict[str, Any]] = []

    def add_runs(self, count: int) -> "History":
        """Add runs, whole trials with their retries at a time."""
        added = 0
        while added < count:
            cell = self._cell()
            for attempt in range(1, self.rng.choice((1, 1, 1, 2, 3)) + 1):
                self._run(cell, attempt if self.rng.random() < 0.9 else None)
                added += 1
        return self

    def _cell(self) -> dict[str, Any]:
        rng = self.rng
        return {
            "experiment_id": rng.choice(("suite-a", "suite-ü")),
            "job_id": rng.choice(("job-1", "job-2")),
            "policy_id": rng.choice(("baseline", "pruned", "p'quote\"d", "δ")),
            "task_id": f"task-{rng.randrange(9)}",
            "trial_no": rng.choice((None, 1, 2, 3)),
        }

    def _run(self, cell: dict[str, Any], attempt: int | None) -> None:
        rng = self.rng
        number = rng.getrandbits(128)
        labels = Labels(
            **{key: cell[key] for key in ("experiment_id", "job_id", "policy_id", "task_id")},
            run_id=str(uuid.UUID(int=number, version=4)),
            cfg_hash=f"{rng.getrandbits(128) % 2:032x}" if rng.random() < 0.8 else None,
            env_hash=(f"{0:032x}", f"{1:032x}", None)[number % 3],
            seed=_shared(rng.getrandbits(64)) if rng.random() < 0.8 else None,
        )
        run = HistoryStream(
            labels,
            "runner",
            rng.randrange(10**15, 2 * 10**15),
            STALE if rng.random() < 0.2 else FRESH,
            now=START + timedelta(seconds=rng.randrange(10**6)),
        )
        if rng.random() < 0.93:
            start = self._start(cell["trial_no"], attempt) | behaviour.of_start(self._also)
            run.emit("run_start", start | _documents(labels))
        others = self._others(run)
        self._spent, self._decided = [], []
        for number in range(rng.randrange(12)):
            self._activity(rng.choice([run, *others]), number)
        if self._also.random() < 0.05:
            run.emit("optimizer_update", behaviour.optimizer_update(self._also))
        self._end(run, others)
        for stream in [run, *others]:
            self._disturb(stream)
            self.sent.extend(stream.sent)

    def _start(self, trial_no: int | None, attempt: int | None) -> dict[str, Any]:
        rng = self.rng
        data: dict[str, Any] = {
            "trial_no": trial_no,
            "attempt": attempt,
            "model": rng.choice(MODELS),
        }
        if rng.random() < 0.7:
            data["agent"] = {"name": "copilot-cli", "version": f"1.0.{rng.randrange(3)}"}
            data["policy"] = {"model": rng.choice(MODELS), "reasoning_effort": "high", "trials": 9}
            data["policy"] = {key: value for key, value in data["policy"].items() if value}
        if rng.random() < 0.3:
            data["started_at"] = stamp(START + timedelta(seconds=rng.randrange(10**6)))
        if rng.random() < 0.3:
            data["source"] = self._source()
        return {key: value for key, value in data.items() if value is not None}

    def _source(self) -> dict[str, Any]:
        rng = self.rng
        source: dict[str, Any] = {"system": rng.choice(("copilot", "harbor"))}
        source["source_id"] = f"session-{rng.randrange(12)}"
        if rng.random() < 0.85:
            source["content_sha256"] = f"{rng.randrange(4):064x}"
            source["n_records"] = rng.randrange(1, 4)
            source["translator_version"] = rng.randrange(1, 3)
            if rng.random() < 0.3:
                source["revision"] = rng.randrange(2)
        return source

    def _others(self, run: HistoryStream) -> list[HistoryStream]:
        rng = self.rng
        streams: list[HistoryStream] = []
        for emitter in ("agent", "verifier", "otlp", "runner"):
            if rng.random() < 0.2:
                epoch = 0 if emitter == "otlp" else run.epoch + rng.randrange(1, 10**6)
                stream = HistoryStream(run.labels, emitter, epoch, run.received_at, now=run.now)
                stream.seq = rng.randrange(2**62) if emitter == "otlp" else 0
                stream.emit("heartbeat", {"phase": "agent"})
                streams.append(stream)
        return streams

    def _activity(self, stream: HistoryStream, number: int) -> None:
        rng = self.rng
        kind = rng.choice(("step", "step", "step", "tool_call", "tool_call", "other"))
        if kind == "step":
            step = self._step(number)
            if not step.get("is_copied_context"):
                self._spent.append(step.get("usage", {}))
            stream.emit("step", step | behaviour.of_step(self._also), step_id=f"step-{number}")
        elif kind == "tool_call":
            call = payloads.tool_call(rng, number) | behaviour.of_call(self._also, number)
            stream.emit("tool_call", call)
        elif rng.random() < 0.5:
            decision = payloads.context_decision(rng)
            self._decided.append(decision.get("usage", {}))
            stream.emit("context_decision", decision)
        else:
            failure = payloads.failure(rng) | behaviour.of_failure(self._also, number)
            stream.emit("failure", failure)

    def _step(self, number: int) -> dict[str, Any]:
        rng = self.rng
        data: dict[str, Any] = {
            "kind": rng.choice(KINDS),
            "turn": number // 2 if rng.random() < 0.8 else None,
            "agent_id": "sub" if rng.random() < 0.1 else None,
            "model": rng.choice(MODELS),
            "usage": payloads.usage(rng),
            "llm_calls": rng.choice((None, 0, 1, 2)),
            "api_time_ms": rng.choice((None, 0.1, 0.2, 0.7, 1e9 / 3)),
            "context_tokens": rng.choice((None, rng.randrange(10**5))),
            "duration_ms": number * 0.7 if number % 3 else None,
            "is_copied_context": rng.choice((None, None, None, False, True)),
            "content": "x" * rng.randrange(30),
        }
        return {key: value for key, value in data.items() if value is not None}

    def _end(self, run: HistoryStream, others: list[HistoryStream]) -> None:
        rng = self.rng
        for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
            rng.choice([run, *others]).emit("verdict", self._verdict())
        for _ in range(rng.choice((0, 1, 1, 1, 1, 1, 2))):
            rng.choice([run, run, *others]).emit("run_stop", self._stop(run))
        self._lose(run)
        for stream in [run, *others]:
            if stream.emitter != "otlp" and rng.random() < 0.85:
                stream.close(rng.choice(("close", "close", "recovery")), skew=rng.random() < 0.03)

    def _verdict(self) -> dict[str, Any]:
        rng = self.rng
        data: dict[str, Any] = {
            "grader": "swe-bench",
            "outcome": rng.choice(GRADES),
            "graded_at": stamp(START + timedelta(hours=rng.randrange(3))),
            "score": rng.choice((None, rng.random())),
            "rewards": rng.choice((None, {"reward": rng.random()}, {"f2p": 1, "p2p": 0.5})),
            "tests": rng.choice((None, {"passed": 3, "failed": 1})),
            "reason": f"grading {rng.randrange(10**6)}",
        }
        return {key: value for key, value in data.items() if value is not None}

    def _stop(self, run: HistoryStream) -> dict[str, Any]:
        rng = self.rng
        models: list[dict[str, Any]] = [
            {
                "model": rng.choice(MODELS[:3]),
                "requests": rng.randrange(9),
                "usage": payloads.usage(rng),
            }
            for _ in range(rng.choice((0, 1, 1, 2)))
        ]
        for entry in models:
            if entry["usage"] is None:
                del entry["usage"]
        by_model = [entry.get("usage", {}) for entry in models]
        usage = payloads.stop_usage(rng, [self._spent, self._decided, by_model])
        named = [
            {"emitter": "runner", "epoch": run.epoch},
            {"emitter": "runner"},
            {"emitter": "optimizer"},
        ]
        data: dict[str, Any] = {
            "status": rng.choice(STATUSES),
            "outcome": rng.choice((None, "resolved", "unresolved", "ungraded")),
            "score": rng.choice((None, rng.random())),
            "rewards": rng.choice(
                (None, {"reward": rng.random()}, {"only": 0.25}, {"a": 1.5, "b": 2})
            ),
            "reward_valid": rng.choice((None, True, False)),
            "usage": usage,
            "models": models or None,
            "total_tokens": payloads.declared_total(rng, usage),
            "nano_aiu_by_type": payloads.cost_by_type(rng, usage),
            "api_time_ms": rng.choice((None, 12.5)),
            "turns": rng.choice((None, 3)),
            "requests": rng.choice((None, 5)),
            "duration_ms": rng.choice((None, rng.random() * 10**6)),
            "tests": rng.choice((None, {"passed": 1})),
            "error_type": rng.choice((None, "AgentTimeoutError")),
            "emitters": rng.choice((None, named[:1], named[1:2], named[:2], named)),
        }
        stated = {key: value for key, value in data.items() if value is not None}
        return stated | behaviour.of_stop(self._also)

    def _lose(self, run: HistoryStream) -> None:
        rng = self.rng
        if rng.random() < 0.12:
            first = run.lose(rng.randrange(1, 4))
            ranges = [{"first_seq": first, "last_seq": run.seq - 1}]
            if rng.random() < 0.4:
                ranges.append({"first_seq": max(0, first - 2), "last_seq": first})
            run.emit("telemetry_loss", {"ranges": ranges, "reason": "disk_full"})
        if rng.random() < 0.06:
            run.lose(rng.randrange(1, 3))
            run.emit("heartbeat", {"phase": "after a gap"})

    def _disturb(self, stream: HistoryStream) -> None:
        rng = self.rng
        if rng.random() < 0.04:
            stream.emit("heartbeat", {"phase": "beyond the stop"})
        if rng.random() < 0.06:
            stream.emit("step", {"kind": "act", "usage": {"input_tokens": 7}}, seq=rng.randrange(4))
        if rng.random() < 0.03 and stream.emitter != "otlp":
            stream.emit("heartbeat", {"phase": "twice"}, seq=stream.seq, span_id="00000000000000aa")
            stream.emit("heartbeat", {"phase": "twice"}, seq=stream.seq, span_id="00000000000000bb")
        if rng.random() < 0.02:
            labels = stream.labels
            moved = Labels(
                "elsewhere", labels.job_id, labels.policy_id, labels.task_id, labels.run_id
            )
            stream.emit(
                "step", {"kind": "act", "usage": {"output_tokens": 9}}, labels=moved, seq=9**9
            )


def _shared(seed: int) -> int:
    """Let some seeds occur again and again, so that trials of several policies share one."""
    return seed % 2 if seed % 5 < 2 else seed


def _documents(labels: Labels) -> dict[str, Any]:
    hashes = {"config": labels.cfg_hash, "environment": labels.env_hash}
    return {kind: payloads.DOCUMENTS[kind][found] for kind, found in hashes.items() if found}


def delivered_again(sent: list[Sent], seed: int) -> tuple[list[Sent], list[int]]:
    """Shuffle, repeat a third of the lines a little later, and cut batches at odd places."""
    rng = random.Random(seed)
    again = [
        Sent(one.line, one.received_at + timedelta(minutes=7)) for one in sent if rng.random() < 0.3
    ]
    deliveries = sent + again
    rng.shuffle(deliveries)
    edges = sorted(rng.sample(range(len(deliveries)), min(9, len(deliveries) - 1)))
    return deliveries, edges
