"""Starts emitting programs, kills them, and gives what they had been promised."""

import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

REPOSITORY = Path(__file__).parents[2]


@dataclass(slots=True)
class EmittingProcess:
    """A running ``tests.support.emitting_program``."""

    process: subprocess.Popen[bytes]
    output: Path

    @classmethod
    def start(  # noqa: PLR0917 - the program's own arguments
        cls,
        directory: Path,
        nats_url: str,
        run_id: str,
        emitter: str = "runner",
        events: int = 10_000_000,
        seed: int = 0,
        **settings: object,
    ) -> Self:
        """Start it; ``settings`` become ``BENCHWIRE_…`` variables."""
        directory.mkdir(parents=True, exist_ok=True)
        output = directory / f"ids-{emitter}-{seed}-{time.monotonic_ns()}.txt"
        variables = {f"BENCHWIRE_{name.upper()}": str(value) for name, value in settings.items()}
        with output.open("wb") as out:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tests.support.emitting_program",
                    str(directory / "data"),
                    nats_url,
                    run_id,
                    emitter,
                    str(events),
                    str(seed),
                ],
                cwd=REPOSITORY,
                env={**os.environ, **variables},
                stdout=out,
                stderr=subprocess.DEVNULL,
            )
        return cls(process, output)

    def wait_for_events(self, events: int, timeout_seconds: float = 20.0) -> None:
        """Wait until it has printed so many ids."""
        deadline = time.monotonic() + timeout_seconds
        while self.output.stat().st_size < events * 37:
            assert self.process.poll() is None, "the program ended early"
            assert time.monotonic() < deadline, "the program emits nothing"
            time.sleep(0.005)

    def kill_within(self, seconds: float, rng: random.Random) -> list[str]:
        """Kill it at a random moment, and return the ids it had printed by then."""
        self.wait_for_events(1)
        time.sleep(rng.random() * seconds)
        self.process.kill()
        self.process.wait()
        return self.ids

    def finish(self, timeout_seconds: float = 60.0) -> list[str]:
        """Let it end by itself."""
        assert self.process.wait(timeout_seconds) == 0
        return self.ids

    @property
    def ids(self) -> list[str]:
        """The ids printed so far; a line cut short by the kill does not count."""
        text = self.output.read_text(encoding="ascii")
        return text[: text.rfind("\n") + 1].split()
