"""One trial from workspace to verdict: the part a runner of your own would replace."""

import platform
import random
import time
from dataclasses import dataclass
from typing import Any, Final

from benchwire.producer import Producer, Run
from benchwire.schemas.policy import Agent, Policy
from benchwire.schemas.timestamps import wire_timestamp
from benchwire.schemas.usage import ModelUsage
from benchwire.schemas.verdict import Verdict

from .agents import MODEL, DemoPolicy
from .conversation import Conversation
from .desk import Desk, OutOfTurns
from .grading import GRADER, Grade, grade
from .task import DemoTask
from .workspace import Workspace, open_workspace

TIMEOUT_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What progress shows of a run."""

    run_id: str
    policy_id: str
    task_id: str
    trial_no: int
    outcome: str
    tests_passed: int
    tests_failed: int
    turns: int
    tokens: int
    seconds: float


def run_trial(  # noqa: PLR0913 - the coordinates of a trial
    producer: Producer,
    *,
    experiment_id: str,
    policy: DemoPolicy,
    task: DemoTask,
    trial_no: int,
    trials: int,
    seed: int,
) -> Finished:
    """Run one policy on one task once, and record it."""
    began = time.perf_counter()
    with (
        open_workspace(task) as workspace,
        producer.run(
            experiment_id=experiment_id,
            policy_id=policy.policy_id,
            task_id=task.task_id,
            trial_no=trial_no,
            seed=seed,
            config=policy.config(),
            environment=_environment(),
            policy=Policy(name=policy.policy_id, model=MODEL, trials=trials),
            agent=Agent(name=policy.policy_id, version="1", adapter="scripted"),
            model=MODEL,
            task=task.payload(),
            timeout_seconds=TIMEOUT_SECONDS,
            git_base=workspace.git_base,
        ) as run,
    ):
        setup_ms = (time.perf_counter() - began) * 1000
        desk, early_stop_reason, agent_ms = _let_work(run, policy, workspace, seed)
        verdict, verify_ms = _grade(run, workspace)
        changes = workspace.changes()
        usage = desk.spent.usage()
        run.stop(
            outcome=verdict.outcome,
            score=verdict.score,
            rewards=verdict.rewards,
            tests=verdict.tests,
            files_modified=len(changes.files),
            files_modified_names=changes.files,
            lines_added=changes.lines_added,
            lines_removed=changes.lines_removed,
            early_stopped=early_stop_reason is not None,
            early_stop_reason=early_stop_reason,
            usage=usage,
            models=(ModelUsage(model=MODEL, usage=usage),),
            nano_aiu_by_type=desk.spent.nano_aiu_by_type(),
            context=desk.context(),
            turns=desk.turns,
            messages=desk.turns,
            user_messages=1,
            tool_errors=desk.tool_errors,
            setup_ms=setup_ms,
            agent_ms=agent_ms,
            verify_ms=verify_ms,
        )
    spent = desk.spent
    return Finished(
        run_id=run.run_id,
        policy_id=policy.policy_id,
        task_id=task.task_id,
        trial_no=trial_no,
        outcome=verdict.outcome,
        tests_passed=verdict.tests.passed or 0,
        tests_failed=verdict.tests.failed or 0,
        turns=desk.turns,
        tokens=spent.input_tokens
        + spent.cache_read_tokens
        + spent.cache_write_tokens
        + spent.output_tokens,
        seconds=time.perf_counter() - began,
    )


def _let_work(
    run: Run, policy: DemoPolicy, workspace: Workspace, seed: int
) -> tuple[Desk, str | None, float]:
    """Let the agent work under its own emitter; returns its desk and why it was stopped."""
    task = workspace.task
    desk = Desk(
        run.emitter("agent"),
        workspace,
        Conversation(policy.system, task.prompt),
        model=MODEL,
        turns_max=policy.turns_max,
        prune_above_tokens=policy.prune_above_tokens,
        compact_above_tokens=policy.compact_above_tokens,
    )
    began = time.perf_counter()
    reason = None
    try:
        policy.script(desk, task, random.Random(seed))  # noqa: S311 - the seed is the point
    except OutOfTurns:
        reason = f"turn limit of {policy.turns_max}"
    return desk, reason, (time.perf_counter() - began) * 1000


def _grade(run: Run, workspace: Workspace) -> tuple[Grade, float]:
    """Grade under the verifier's own emitter."""
    began = time.perf_counter()
    verdict = grade(workspace)
    run.emitter("verifier").emit(
        "verdict",
        Verdict(
            grader=GRADER,
            grader_version=platform.python_version(),
            outcome=verdict.outcome,
            score=verdict.score,
            rewards=verdict.rewards,
            tests=verdict.tests,
            graded_at=wire_timestamp(),
            reason=verdict.reason,
        ),
    )
    return verdict, (time.perf_counter() - began) * 1000


def _environment() -> dict[str, Any]:
    """What the outcome may depend on; the machine itself is recorded apart from it."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "os": platform.system(),
    }
