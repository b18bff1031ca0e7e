"""Plans and runs single trials for tests, with whatever adapter, and reads what they recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.support.journals import journaled

from benchwire.producer import Producer
from benchwire.producer.runner.experiment import Experiment
from benchwire.producer.runner.limits import Timeouts
from benchwire.producer.runner.meter import Cancellation, RunMeter
from benchwire.producer.runner.plan import PlannedTrial, plan
from benchwire.producer.runner.trial import TrialReport, TrialSettings, run_trial

FAKE_COPILOT = Path(__file__).with_name("fake_copilot.py")


def planned_trial(
    base_dir: Path, *, variant: Mapping[str, Any], task: Mapping[str, Any] | None = None
) -> PlannedTrial:
    """The one trial of an experiment with one task and one variant."""
    experiment = Experiment.model_validate(
        {
            "name": "tried",
            "task": {"name": "t", "prompt": "Fix it.", **(task or {})},
            "variants": [{"name": "v", **variant}],
        }
    )
    (trial,) = plan(experiment, "job-1", base_dir)
    return trial


@dataclass(frozen=True)
class Tried:
    """A trial that was run: what it reported, and what its journal holds."""

    report: TrialReport
    events: list[dict[str, Any]]

    def payloads(self, event_type: str, emitter: str | None = None) -> list[dict[str, Any]]:
        return [
            event["data"]
            for event in self.events
            if event["event_type"] == event_type and emitter in (None, event["emitter"])
        ]

    @property
    def start(self) -> dict[str, Any]:
        (start,) = self.payloads("run_start")
        return start

    @property
    def stop(self) -> dict[str, Any]:
        (stop,) = self.payloads("run_stop")
        return stop

    def artifact(self, name: str) -> str:
        return (self.report.artifacts_dir / name).read_text(encoding="utf-8")


class TrialBench:
    """Runs trials into one data directory, without a server."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.data_dir = root / "data"
        self.workspaces_dir = root / "workspaces"
        self.meter = RunMeter()
        self.cancel = Cancellation()

    def fixture(self, **files: str) -> str:
        """Write a fixture; its name."""
        folder = self.root / "fixture"
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / name.replace("_", ".")).write_text(text)
        return folder.name

    def run(
        self,
        variant: Mapping[str, Any],
        *,
        keep: bool = False,
        timeouts: Mapping[str, float] | None = None,
        **task: Any,
    ) -> Tried:
        """Run one attempt and read its journal."""
        trial = planned_trial(self.root, variant=variant, task=task)
        self.meter, run_id = RunMeter(), str(uuid4())
        with Producer(data_dir=self.data_dir) as producer:
            report = run_trial(
                producer,
                trial,
                run_id=run_id,
                attempt=1,
                settings=TrialSettings(
                    workspaces_dir=self.workspaces_dir,
                    artifacts_dir=self.root / "runs",
                    keep=keep,
                    timeouts=Timeouts.model_validate(timeouts or {}),
                ),
                meter=self.meter,
                cancel=self.cancel,
            )
            producer.close(0.0)
        events = [event for event in journaled(self.data_dir) if event["run_id"] == run_id]
        return Tried(report, events)
