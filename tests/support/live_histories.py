"""Seeded histories of runs that are watched while they go on: what matters is when messages arrive.

Batches share their arrival, runs fall silent, wake up, are killed, sealed or stopped, some of their
messages come late, and some of their events are lost. A seed always gives the same lines.
"""

import random
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.support.history_lines import START, HistoryStream, Labels, Sent, stamp

ENDS = ("stop", "stop", "stop", "none", "none", "seal", "stop_unsealed")
STATUSES = ("ok", "ok", "ok", "agent_failed", "timed_out", "cancelled", "harness_error")
PACES_SECONDS = (0.3, 2.0, 20.0, 150.0)


class LiveHistory:
    """Builds the runs of one seed within two days from START; `sent` holds all lines."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self._losing = random.Random(f"{seed} losses")
        self.sent: list[Sent] = []

    def add_runs(self, count: int) -> "LiveHistory":
        """Add runs of tasks that others have finished, of new tasks, of new policies."""
        for _ in range(count):
            self._run()
        return self

    def _run(self) -> None:
        rng = self.rng
        began = START + timedelta(seconds=rng.random() * 2 * 86_400)
        labels = Labels(
            experiment_id=rng.choice(("watched", "watched", "watched", "nothing-finished")),
            job_id="job-1",
            policy_id=rng.choice(("old", "old", "old", "rare", "new")),
            task_id=f"task-{int(rng.expovariate(0.3))}",
            run_id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        )
        if labels.policy_id == "old":
            labels = replace(labels, job_id="job-2")
        epoch = rng.randrange(10**15, 2 * 10**15)
        run = HistoryStream(labels, "runner", epoch, began, now=began)
        streams = [run]
        streams += [
            HistoryStream(labels, emitter, number, began, now=began)
            for emitter, number in (("agent", epoch + 1), ("otlp", 0))
            if rng.random() < 0.25
        ]
        if rng.random() < 0.95:
            run.emit("run_start", self._start(began, labels.policy_id))
        for number in range(rng.randrange(25)):
            self._message(rng.choice(streams), streams, number)
        self._end(labels, streams, began)
        for stream in streams:
            self._disturb(stream)
            self.sent.extend(stream.sent)

    def _start(self, began: datetime, policy_id: str) -> dict[str, Any]:
        rng = self.rng
        data: dict[str, Any] = {"trial_no": rng.randrange(1, 4), "model": "gpt-5.5"}
        if policy_id != "rare":
            data["policy"] = {"trials": 3}
        if rng.random() < 0.4:
            data["started_at"] = stamp(began - timedelta(seconds=rng.random() * 5))
        return data

    def _message(self, stream: HistoryStream, streams: list[HistoryStream], number: int) -> None:
        """One to four events with one arrival; all clocks of the run move on."""
        rng = self.rng
        pause = timedelta(seconds=rng.expovariate(1 / rng.choice(PACES_SECONDS)))
        arrival = max(each.received_at for each in streams) + pause
        late = rng.random() < 0.05
        for each in streams:
            each.received_at = arrival
            each.now += pause
        for _ in range(rng.randrange(1, 5)):
            kind = rng.choice(("step", "tool_call", "tool_call", "heartbeat"))
            stream.emit(kind, self._payload(kind, number))
        if self._losing.random() < 0.03:
            self._lose(stream)
        if late:
            line = stream.sent.pop()
            stream.sent.append(Sent(line.line, arrival + timedelta(seconds=rng.random() * 900)))

    def _payload(self, kind: str, number: int) -> dict[str, Any]:
        rng = self.rng
        if kind == "tool_call":
            return {
                "name": rng.choice(("bash", "edit", "view")),
                "failed": rng.random() < 0.2,
                "tool_call_id": f"call-{rng.getrandbits(32)}",
            }
        if kind == "heartbeat":
            return {"phase": "agent", "events_emitted": number}
        step: dict[str, Any] = {"kind": "act", "turn": number}
        if rng.random() < 0.8:
            step["usage"] = {"input_tokens": rng.randrange(10**6), "nano_aiu": rng.randrange(10**9)}
        return step

    def _lose(self, stream: HistoryStream) -> None:
        """Lose some events, declare them, a part of them twice; some turn up after all."""
        rng = self._losing
        first = stream.lose(rng.randrange(1, 6))
        lost = {"first_seq": first, "last_seq": stream.seq - 1}
        for ranges in ([lost], [{"first_seq": first + 1, "last_seq": first + 9}, lost])[
            : 1 + first % 2
        ]:
            stream.emit(
                "telemetry_loss", {"ranges": ranges, "reason": "invalid", "detail": "line 2"}
            )
        if rng.random() < 0.3:
            stream.emit("heartbeat", {"phase": "late"}, seq=first)

    def _end(self, labels: Labels, streams: list[HistoryStream], began: datetime) -> None:
        rng = self.rng
        end = rng.choice(ENDS)
        ends_share = {"new": 0.0, "rare": 0.1}.get(labels.policy_id, 1.0)
        if labels.experiment_id == "nothing-finished" or rng.random() >= ends_share:
            end = "none"
        run = streams[0]
        if end.startswith("stop"):
            data: dict[str, Any] = {"status": rng.choice(STATUSES)}
            if rng.random() < 0.5:
                data["duration_ms"] = rng.random() * 2e6
            if rng.random() < 0.3:
                data["stopped_at"] = stamp(began + timedelta(seconds=rng.random() * 2000 - 50))
            run.emit("run_stop", data)
        if end in {"stop", "seal"}:
            for stream in streams:
                if stream.emitter != "otlp":
                    stream.close("close" if end == "stop" else "recovery")
        if end == "seal" and rng.random() < 0.3:
            # A restart after the death: the run goes on under a new epoch.
            again = HistoryStream(labels, "runner", run.epoch + 9, run.received_at, now=run.now)
            streams.append(again)
            self._message(again, streams, 0)

    def _disturb(self, stream: HistoryStream) -> None:
        """Claim a number a second time with other contents: a conflict, and no further event."""
        if self.rng.random() < 0.05:
            stream.emit("tool_call", {"name": "conflict"}, seq=self.rng.randrange(3))


def redelivered(sent: list[Sent], seed: int) -> list[bytes]:
    """Insert batches as redeliveries make them: shuffled, a third of the lines twice.

    What the stream knows of a line, `received_at` and `stream_seq`, is the same every time.
    """
    rng = random.Random(seed)
    rows = [
        b'{"received_at":"%s","stream_seq":%d,' % (stamp(one.received_at).encode(), number)
        + one.line[1:]
        for number, one in enumerate(sent, start=1)
    ]
    rows += rng.sample(rows, len(rows) // 3)
    rng.shuffle(rows)
    size = len(rows) // 7 + 1
    return [b"\n".join(rows[first : first + size]) for first in range(0, len(rows), size)]
