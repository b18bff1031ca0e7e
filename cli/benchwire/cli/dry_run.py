"""Rehearses an experiment for `benchwire run --dry-run`: all of the pipeline, and nothing stays.

Engines, journals, workspaces and results live in one temporary directory. What the user has, the
data directory above all, is neither read nor written.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchwire.analysis.job_export.directory import ExportRequest, export_job
from benchwire.analysis.job_export.event_rows import Store
from benchwire.analysis.rehearsed_trials import RehearsedTrial, rehearsed_trials
from benchwire.cli import output
from benchwire.cli.application import FAILED, OK
from benchwire.cli.delivery import flush
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.embedded.stack import Stack, open_stack
from benchwire.producer.producer import Producer
from benchwire.producer.runner.job_directory import kept_of_job
from benchwire.producer.runner.job_events import JobEvent, TrialFinished
from benchwire.producer.runner.launch import Launch, run_job
from benchwire.producer.runner.plan import PlannedTrial
from benchwire.producer.runner.rehearsal import Kept, read_kept, rehearsal
from benchwire.producer.settings import ProducerSettings

PREFIX: Final = "benchwire-dry-run-"
STORED_SECONDS: Final = 60.0
_CANNOT_RUN: Final = ("exit code 126", "exit code 127")
_NO_REWARD: Final = "RewardFileNotFoundError"


@dataclass(frozen=True, slots=True)
class Check:
    """One stage of the pipeline, tried on one cell, or on the job as a whole."""

    cell: str | None
    """policy/task; None: the job."""
    stage: str
    ok: bool
    detail: str


def dry_run(launch: Launch, *, as_json: bool) -> int:
    """Rehearse the launch, print the checklist; returns the exit code."""
    rehearsed = rehearsal(launch)
    n_trials = len(rehearsed.trials)
    output.note(f"{n_trials} cells, the scripted agent in place of every agent, nothing is kept")
    checks = _rehearse(rehearsed)
    failed = sum(not check.ok for check in checks)
    if as_json:
        output.as_json({"ok": not failed, "checks": [asdict(check) for check in checks]})
    else:
        rows = [
            (check.cell or "the job", check.stage, "ok" if check.ok else "FAILED", check.detail)
            for check in checks
        ]
        output.table(("cell", "stage", "result", "detail"), rows)
        output.note(f"{len(checks) - failed} of {len(checks)} checks passed")
    return FAILED if failed else OK


def _rehearse(launch: Launch) -> list[Check]:
    with ExitStack() as opened:
        root = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix=PREFIX)))
        data_dir = root / "data"
        settings = EmbeddedSettings(data_dir=data_dir, nats_port=0, sql_port=0)
        stack = opened.enter_context(open_stack(settings, announce=output.note))
        producing = ProducerSettings(
            data_dir=data_dir, nats_url=stack.nats_url, nats_credentials=None, job_id=None
        )
        with Producer(producing, job_id=launch.job_id) as producer:
            run_job(launch, producer, _tell)
            delivered = flush(producer, stack, STORED_SECONDS)
        stored = delivered and stack.wait_stored(STORED_SECONDS)
        return [*_checks(launch, stack, root), _stored(stored)]


def _tell(event: JobEvent) -> None:
    if isinstance(event, TrialFinished):
        trial, seconds = event.trial, event.result.seconds
        output.note(f"{trial.policy_id}/{trial.task_id} rehearsed in {seconds:.1f} s")


def _checks(launch: Launch, stack: Stack, root: Path) -> Iterator[Check]:
    kept = kept_of_job(root / "data", launch.job_id)
    found = {
        (trial.policy_id, trial.task_id): trial
        for trial in rehearsed_trials(stack.rows, launch.job_id)
    }
    for planned in sorted(launch.trials, key=lambda trial: trial.key):
        cell = f"{planned.policy_id}/{planned.task_id}"
        trial = found.get((planned.policy_id, planned.task_id))
        if trial is None:
            yield Check(cell, "queryable", ok=False, detail="not in rpt_run_summary")
        else:
            yield from _checks_of(cell, planned, trial, read_kept(kept.get(trial.run_id)))
    yield _summary(launch, stack, root / "job")


def _checks_of(
    cell: str, planned: PlannedTrial, trial: RehearsedTrial, kept: Kept
) -> Iterator[Check]:
    """One check a stage, in the order of the stages."""

    def check(stage: str, ok: object, detail: str) -> Check:
        return Check(cell, stage, ok=bool(ok), detail=detail)

    base = trial.git_base
    yield check("workspace", base, f"git baseline {base[:10]}" if base else "no git baseline")
    broken = trial.error if trial.error_cause not in {None, "verifier_failed"} else None
    yield check("trial", broken is None, broken or "no phase broke")
    n_events = trial.steps + trial.tool_calls
    yield check(
        "session log",
        kept.n_log_events == n_events > 0,
        f"{kept.n_log_events} events, {n_events} of them stored",
    )
    yield check(
        "otel",
        kept.n_model_calls and kept.model_tokens == trial.total_tokens,
        f"{kept.n_model_calls} model calls, {kept.model_tokens} tokens",
    )
    yield check(
        "metrics",
        trial.turns and trial.total_tokens and trial.nano_aiu,
        f"{trial.turns} turns, {trial.total_tokens} tokens, {trial.nano_aiu} nano-AIU",
    )
    yield check(
        "analysis",
        trial.measures and trial.measures == trial.measures_adding_up,
        f"{trial.measures_adding_up} of {trial.measures} stated totals add up",
    )
    yield check("diff", kept.diff_bytes, f"{kept.diff_bytes} bytes")
    if planned.task.verify is not None or planned.task.reward_file is not None:
        yield check("verify", *_verified(planned, trial))
    yield check("queryable", trial.telemetry == "complete", f"telemetry {trial.telemetry}")


def _verified(planned: PlannedTrial, trial: RehearsedTrial) -> tuple[bool, str]:
    """The verifier has to run; that it is content with what the scripted agent did, has not."""
    reason = trial.verdict_reason
    if reason is not None:
        return not reason.startswith(_CANNOT_RUN), f"{reason}, {trial.outcome}"
    if trial.error_type == _NO_REWARD:
        missing = f"no {planned.task.reward_file}: what the agent did may be the reason"
        return True, missing
    return False, trial.error or "it gave no verdict"


def _summary(launch: Launch, stack: Stack, directory: Path) -> Check:
    request = ExportRequest(
        job_id=launch.job_id, experiment_id=None, directory=directory, overwrite=False
    )
    exported = export_job(Store(rows=stack.rows, blocks=stack.stream), request)
    there = all((directory / name).is_file() for name in ("summary.json", "summary.md"))
    ok = there and exported.n_trials == len(launch.trials)
    detail = f"{exported.n_trials} trials in summary.json and summary.md"
    return Check(None, "summary", ok=ok, detail=detail)


def _stored(stored: bool) -> Check:  # noqa: FBT001 - a fact
    detail = "all events are in the tables" if stored else f"not after {STORED_SECONDS:g} s"
    return Check(None, "stored", ok=stored, detail=detail)
