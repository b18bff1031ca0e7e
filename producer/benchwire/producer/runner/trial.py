"""One attempt of one trial, from workspace to verdict, every step of it an event.

In the order of its phases: the workspace is made and the setup commands are run; the agent works;
what it changed is collected; its work is verified; everything that is kept is listed and the run is
stopped. The run's emitters are ``runner``, ``agent`` and ``verifier``.

What is kept of a run, below ``artifacts_dir``, one directory an attempt::

    trial.json                     the trial's keys and how it ended
    setup/output.txt               what git and the setup commands printed
    agent/prompt.md  output.txt    what the agent was asked, and what it printed
    agent/events.ndjson            the events it appended; those refused are in events-refused.txt
    agent/copilot-session/ID/events.jsonl  agent/copilot-otel.jsonl  agent/session.md
    agent/otel.jsonl               the model calls that the scripted agent pretends to make
    verifier/test-stdout.txt  verifier/reward.txt | reward.json
    artifacts/workspace.diff
"""

import contextlib
import time
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

from benchwire.producer.log import log_warning
from benchwire.producer.producer import Producer
from benchwire.producer.run import Run
from benchwire.producer.runner.adapters import AgentFacts, AgentTask, adapter_for
from benchwire.producer.runner.artifacts import listed, write_document
from benchwire.producer.runner.environment import agent_env, secrets_of, trial_env
from benchwire.producer.runner.git import GitFailed
from benchwire.producer.runner.meter import Cancellation, Phase, RunMeter
from benchwire.producer.runner.output_file import OutputFile
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.producer.runner.problem import (
    TrialCancelled,
    cancelled,
    problem_of,
    problem_of_agent,
    record,
)
from benchwire.producer.runner.recorder import TrialRecorder
from benchwire.producer.runner.setup import Setup
from benchwire.producer.runner.trial_end import TrialEnd
from benchwire.producer.runner.trial_report import TrialReport, TrialSettings
from benchwire.producer.runner.trial_start import start_options
from benchwire.producer.runner.verify import VerifierCancelled, Verifying, is_judged, verify
from benchwire.producer.runner.workspace import Workspace
from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.failure import HarnessRoot
from benchwire.schemas.policy import Agent

__all__ = ["TrialReport", "TrialSettings", "run_trial"]


def run_trial(  # noqa: PLR0913 - what belongs to one attempt
    producer: Producer,
    planned: PlannedTrial,
    *,
    run_id: str,
    attempt: int,
    settings: TrialSettings,
    meter: RunMeter,
    cancel: Cancellation,
) -> TrialReport:
    """Run one attempt and record it; whatever goes wrong in it is in the report, not raised.

    The caller's thread works until the attempt has ended; ``run_id`` is a new UUID of the
    caller's, so that it can be noted down before anything begins.

    Raises:
        InvalidEvent: An identifier of the plan is not valid.
        KeyError: A variable that the variant's ``env`` or ``provider`` refers to is not set.
    """
    producer.redactor.hide(secrets_of(planned))
    trial = _Trial(producer, planned, run_id, attempt, settings, meter, cancel)
    try:
        return trial.run()
    finally:
        meter.enter("ended")
        trial.clean_up()


class _Trial:
    def __init__(  # noqa: PLR0913, PLR0917 - as above
        self,
        producer: Producer,
        planned: PlannedTrial,
        run_id: str,
        attempt: int,
        settings: TrialSettings,
        meter: RunMeter,
        cancel: Cancellation,
    ) -> None:
        self._producer = producer
        self._redactor = producer.redactor
        self._planned = planned
        self._run_id = run_id
        self._attempt = attempt
        self._settings = settings
        self._meter = meter
        self._cancel = cancel
        self._began = time.monotonic()
        self._began_at = datetime.now(UTC)
        self._folder = _free_folder(settings.artifacts_dir, planned, attempt, run_id)
        self._workspace = Workspace(settings.workspaces_dir / run_id)
        self._private = self._workspace.folder / "private"
        self._adapter = adapter_for(planned)
        self._setup = Setup(
            self._workspace,
            self._folder / "setup" / "output.txt",
            timeout_seconds=settings.timeouts.setup_seconds,
            cancel=cancel,
            redactor=self._redactor,
        )
        self._end = TrialEnd()

    def run(self) -> TrialReport:
        self._folder.mkdir(parents=True)
        facts = AgentFacts(agent=Agent(name=self._planned.variant.name))
        with self._phase("workspace", "setup"):
            facts = self._adapter.facts()
            self._setup.provision(self._planned)
        options = start_options(
            self._planned,
            facts,
            run_id=self._run_id,
            attempt=self._attempt,
            timeouts=self._settings.timeouts,
            git_base=self._workspace.git_base,
            began_at=self._began_at,
        )
        with self._producer.run(**options) as run:
            recorder = TrialRecorder(self._producer, run, self._meter)
            self._meter.see("run_start", {})
            self._work(run, recorder)
            self._stop(run, recorder)
        self._meter.enter("ended")
        problem = self._end.problem
        return TrialReport(
            run_id=self._run_id,
            status=self._end.status,
            outcome=self._end.outcome,
            score=self._end.score,
            error=None if problem is None else self._redactor.text(problem.message),
            error_type=None if problem is None else problem.error_type,
            meter=self._meter.read(),
            seconds=time.monotonic() - self._began,
            artifacts_dir=self._folder,
        )

    def clean_up(self) -> None:
        """Remove the workspace, and in any case what agent and runner shared."""
        self._setup.close()
        if self._settings.keep and self._workspace.root.exists():
            Workspace(self._private).remove()
        else:
            self._workspace.remove()

    def _work(self, run: Run, recorder: TrialRecorder) -> None:
        env = trial_env(self._planned, run.identity, self._attempt, self._workspace.root)
        worked = False
        if self._end.problem is None:
            with self._phase("setup", "setup", run):
                self._setup.run(self._planned.task.setup, env)
        if self._end.problem is None:
            with self._phase("agent", "agent", run):
                self._let_work(env, recorder)
                worked = True
        if worked:
            with self._phase("diff", "diff", run):
                self._compare(recorder)
            if not self._cancel.asked:
                with self._phase("verify", "verify", run):
                    self._verify(env, recorder)
            elif is_judged(self._planned.task):
                self._end.note(cancelled(self._cancel))

    def _let_work(self, env: dict[str, str], recorder: TrialRecorder) -> None:
        if self._cancel.asked:
            raise TrialCancelled
        self._private.mkdir(mode=0o700)
        folder = self._folder / "agent"
        folder.mkdir()
        prompt = self._redactor.text(self._planned.task.prompt)
        (folder / "prompt.md").write_text(prompt, encoding="utf-8", errors="replace")
        seconds = self._settings.timeouts.agent_seconds
        task = AgentTask(
            planned=self._planned,
            workspace=self._workspace.root,
            private=self._private,
            folder=folder,
            env=agent_env(env, self._planned),
            timeout_seconds=seconds,
            cancel=self._cancel,
            recorder=recorder,
        )
        result = self._adapter.run(task)
        self._end.exit_code = result.exit_code
        self._end.totals = result.totals
        problem = problem_of_agent(result, self._cancel, seconds)
        if problem is not None:
            self._end.note(problem)

    def _compare(self, recorder: TrialRecorder) -> None:
        """Collect what changed; where that cannot be known, the run says so and goes on."""
        try:
            changes = self._workspace.changes()
        except GitFailed as error:
            root = HarnessRoot(kind="harness", component="runner", error_type="GitFailed")
            recorder.fail("runner", root, f"no diff: {error}", error_type="GitFailed", fatal=False)
            return
        self._end.changes = changes
        with OutputFile(self._folder / "artifacts" / "workspace.diff", self._redactor) as kept:
            kept.write(changes.patch)

    def _verify(self, env: dict[str, str], recorder: TrialRecorder) -> None:
        how = Verifying(
            workspace=self._workspace.root,
            folder=self._folder / "verifier",
            env=env,
            timeout_seconds=self._settings.timeouts.verify_seconds,
            cancel=self._cancel,
            redactor=self._redactor,
        )
        try:
            self._end.grade = verify(self._planned.task, how)
        except VerifierCancelled:
            raise TrialCancelled from None
        verdict = self._end.verdict()
        if verdict is not None:
            recorder.emit("verifier", "verdict", verdict)

    def _stop(self, run: Run, recorder: TrialRecorder) -> None:
        self._meter.enter("collect")
        run.phase = "collect"
        end = self._end
        if end.problem is not None:
            record(recorder, end.problem)
        self._setup.close()
        document = end.document(self._planned, self._run_id, self._attempt)
        write_document(self._folder / "trial.json", document, self._redactor)
        duration_ms = (time.monotonic() - self._began) * 1000
        fields = end.stop_fields(duration_ms, listed(self._folder))
        try:
            run.stop(**fields)
        except InvalidEvent as error:  # something an agent or a file name said
            log_warning("run_stop_cut_short", run_id=self._run_id, reason=str(error))
            run.stop(status=end.status, outcome=end.outcome, duration_ms=duration_ms)
        self._meter.see("run_stop", fields)

    @contextlib.contextmanager
    def _phase(self, phase: Phase, clock: str, run: Run | None = None) -> Generator[None]:
        """Do what belongs to a phase: its time is taken, and what goes wrong is noted."""
        self._meter.enter(phase)
        if run is not None:
            run.phase = phase
        began = time.monotonic()
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, the trial ends with it
            self._end.note(problem_of(error, self._cancel))
        finally:
            spent_ms = (time.monotonic() - began) * 1000
            self._end.phase_ms[clock] = self._end.phase_ms.get(clock, 0.0) + spent_ms


def _free_folder(base: Path, planned: PlannedTrial, attempt: int, run_id: str) -> Path:
    """Where the attempt's artifacts go: named for people, never where another's are."""
    name = f"{planned.policy_id}__{planned.task_id}__{planned.trial_no:03d}-{attempt}"
    folder = base / name
    return folder if not folder.exists() else base / f"{name}-{run_id}"
