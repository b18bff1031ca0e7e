"""Runs the whole pipeline while its parts are killed, and checks what the store holds after."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.command_line import (
    answer_of,
    benchwire,
    environment,
    eventually,
    json_of,
    registration,
)

from benchwire.schemas.identity import new_run_id

REPOSITORY = Path(__file__).parents[2]
ID_CHARS = 36


@dataclass(slots=True)
class Recording:
    """One run being recorded by a process of its own."""

    run_id: str
    process: subprocess.Popen[bytes]
    output: Path
    killed: bool = False

    @property
    def promised(self) -> list[str]:
        """Ids that ``emit`` had returned; a line cut short by the kill does not count."""
        text = self.output.read_text(encoding="ascii")
        return text[: text.rfind("\n") + 1].split()


@dataclass(slots=True)
class KilledPipeline:
    """A daemon, trial runners, and a seeded hand that kills them."""

    directory: Path
    seed: int
    recordings: list[Recording] = field(default_factory=list[Recording])

    @property
    def data_dir(self) -> Path:
        return self.directory / "data"

    def record(self, events: int) -> Recording:
        """Start a runner."""
        number = len(self.recordings)
        output = self.directory / f"promised-{number}.txt"
        run_id = new_run_id()
        words = [run_id, str(events), str(self.seed * 100 + number)]
        with output.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.recording_program", *words],
                cwd=REPOSITORY,
                env=environment(self.data_dir),
                stdout=out,
                stderr=subprocess.DEVNULL,
            )
        recording = Recording(run_id, process, output)
        self.recordings.append(recording)
        assert eventually(lambda: len(recording.promised) > 0), "the runner emits nothing"
        return recording

    def kill(self, recording: Recording) -> None:
        """End a runner as the kernel would."""
        if recording.process.poll() is None:
            recording.process.kill()
            recording.killed = True
        recording.process.wait()

    def kill_nats(self) -> None:
        """Kill nats-server; its daemon starts it again."""
        with suppress(ProcessLookupError):
            os.kill(int(json_of(self.data_dir, "status")["engines"]["nats"]["pid"]), signal.SIGKILL)

    def kill_daemon(self) -> None:
        """Kill the daemon and start another one."""
        os.kill(int(registration(self.data_dir)["pid"]), signal.SIGKILL)
        benchwire(self.data_dir, "up", "--detach")

    def misfortunes(self, rounds: int, *, seconds_max: float) -> None:
        """Kill something, at random moments."""
        rng = random.Random(self.seed)
        for _ in range(rounds):
            time.sleep(rng.random() * seconds_max)
            choice = rng.random()
            if choice < 0.4:
                self.kill(rng.choice(self.recordings))
                self.record(events=rng.randrange(200, 2_000))
            elif choice < 0.7:
                self.kill_nats()
            else:
                self.kill_daemon()

    def settle(self) -> None:
        """Let runners end, then deliver what the dead ones left."""
        for recording in self.recordings:
            assert recording.killed or recording.process.wait(120) == 0
        benchwire(self.data_dir, "drain")

    def check(self) -> None:
        """Every promised event is stored once, and integrity says what became of each run."""
        where = f"seed {self.seed}"
        sql = (
            "SELECT toString(run_id), toString(event_id), count() FROM benchwire.events FINAL "
            "GROUP BY run_id, event_id"
        )
        rows = json_of_rows(self.data_dir, sql)
        assert all(int(count) == 1 for _, _, count in rows), where
        stored: dict[str, set[str]] = {}
        for run_id, event_id, _ in rows:
            stored.setdefault(run_id, set()).add(event_id)
        integrity = {
            row[0]: (row[1], row[2])
            for row in json_of_rows(
                self.data_dir,
                "SELECT toString(run_id), state, telemetry FROM benchwire.rpt_run_integrity",
            )
        }
        for recording in self.recordings:
            missing = set(recording.promised) - stored.get(recording.run_id, set())
            assert not missing, f"{where}: {len(missing)} promised events are not stored"
            state, telemetry = integrity[recording.run_id]
            assert telemetry == "complete", where
            # A runner may have been killed between its last event and its end.
            expected = {"interrupted", "stopped"} if recording.killed else {"stopped"}
            assert state in expected, f"{where}: {state}"
        different = json_of_rows(
            self.data_dir, "SELECT count() FROM benchwire.rpt_store_check WHERE difference != 0"
        )
        assert different == [["0"]], where
        run_ids = ",".join(f"'{run_id}'" for run_id in stored)
        for view in ("benchwire.sum_runs", "benchwire.sum_sessions"):
            kept, made = (
                json_of_rows(self.data_dir, f"SELECT * FROM {source} ORDER BY run_id")
                for source in (view, f"{view}_of(run_ids = [{run_ids}])")
            )
            assert kept == made, f"{where}: rows of {view} are not what is defined"


def json_of_rows(data_dir: Path, sql: str) -> list[list[str]]:
    """Rows of an answer as text."""
    lines = answer_of(data_dir, sql, "TSV").decode().splitlines()
    return [line.split("\t") for line in lines]
