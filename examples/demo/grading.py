"""Grades a workspace: runs the original tests, whatever the agent did to them."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from benchwire.schemas.run import TestResults

from .tools import TEST_SECONDS_MAX
from .workspace import Workspace

GRADER: Final = "unittest"
_RESULT: Final = re.compile(r"^(test_\w+) \(.*\) \.\.\. (ok|FAIL|ERROR)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Grade:
    """The verdict on a workspace."""

    outcome: Literal["resolved", "unresolved"]
    score: float
    """Share of the tests that pass."""
    tests: TestResults
    reason: str

    @property
    def rewards(self) -> dict[str, float]:
        """1 for a solved task, 0 for any other."""
        return {"reward": 1.0 if self.outcome == "resolved" else 0.0}


def grade(workspace: Workspace) -> Grade:
    """Put the original tests back and run them; exit code 0 means resolved."""
    task = workspace.task
    workspace.restore(task.tests)
    done = workspace.run(task.verify, timeout_seconds=TEST_SECONDS_MAX)
    results = dict(_RESULT.findall(done.output))
    passed = tuple(name for name, result in results.items() if result == "ok")
    failed = tuple(name for name, result in results.items() if result != "ok")
    expected = task.payload().features
    n_tests = max((expected.test_count or 0) if expected else 0, len(results), 1)
    return Grade(
        outcome="resolved" if done.exit_code == 0 else "unresolved",
        score=len(passed) / n_tests,
        tests=TestResults(
            passed=len(passed),
            failed=n_tests - len(passed),
            passed_names=passed,
            failed_names=failed,
        ),
        reason="time limit" if done.exit_code is None else f"exit code {done.exit_code}",
    )
