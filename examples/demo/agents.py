"""The three policies of the demo. They are scripts with seeded choices, not language models.

What differs is how they work: whether they run the tests, how often they try again, how much
they look at. Which edit they think of is chosen by the run's seed.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from . import tools
from .desk import Desk
from .task import DemoTask, Edit

MODEL: Final = "scripted-no-llm"
TESTS_DO_NOT_END: Final = 1_000
"""Stands for more failing tests than there are."""
Script = Callable[[Desk, DemoTask, random.Random], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPolicy:
    """One arm of the experiment."""

    policy_id: str
    system: str
    script: Script
    turns_max: int
    prune_above_tokens: int | None = None
    """Old tool answers are removed from a context longer than this."""
    compact_above_tokens: int | None = None
    """A summary replaces what is long past in a context longer than this."""

    def config(self) -> dict[str, Any]:
        """The settings that make this policy what it is."""
        return {
            "script": self.policy_id,
            "turns_max": self.turns_max,
            "prune_above_tokens": self.prune_above_tokens,
            "compact_above_tokens": self.compact_above_tokens,
        }


def steady(desk: Desk, task: DemoTask, choice: random.Random) -> None:
    """Look at everything once, then try edits, twice round, and keep what helps."""
    desk.turn(
        "I read the code and its tests first.",
        *(tools.read_file(name) for name in task.sources + task.tests),
    )
    failing = _failing_tests(desk, "I run the tests to see what fails.")
    order = choice.sample(task.edits, k=len(task.edits))
    for edit in order + order:
        if failing == 0:
            break
        if desk.turn(f"I try this: {edit.idea}.", _apply(edit))[0].failed:
            continue
        left = _failing_tests(desk, "I run the tests again.")
        if left < failing:
            failing = left
        else:
            desk.turn("That did not help, so I take it back.", _undo(edit))
    unsolved = _still_failing(failing)
    desk.finish("All tests pass." if unsolved is None else f"{unsolved}.", unsolved=unsolved)


def hasty(desk: Desk, task: DemoTask, choice: random.Random) -> None:
    """Guess where the file is, change something, and rarely look at the result."""
    source = task.sources[0]
    guessed = choice.choice((source, f"src/{source}"))
    if desk.turn("I open the file.", tools.read_file(guessed))[0].failed:
        desk.turn("It must be here, then.", tools.read_file(source))
    edit = choice.choice(task.edits)
    desk.turn(f"Obviously: {edit.idea}.", _apply(edit))
    if choice.random() < 0.5 and _failing_tests(desk, "A quick check."):  # noqa: PLR2004
        again = choice.choice(task.edits)
        desk.turn(f"Then this: {again.idea}.", _apply(again))
    desk.finish("Done.")


def careful(desk: Desk, task: DemoTask, choice: random.Random) -> None:
    """Check the state of everything around every step, and stop after two edits."""
    desk.turn("First I look around.", tools.list_files(), *_git(desk, "log", "--oneline"))
    for name in task.tests + task.sources:
        desk.turn(f"I read {name}.", tools.read_file(name))
    failing = _failing_tests(desk, "I establish what fails before I change anything.")
    for edit in choice.sample(task.edits, k=2):
        if failing == 0:
            break
        desk.turn(f"I try this: {edit.idea}.", _apply(edit), *_git(desk, "diff", "--stat"))
        desk.turn(f"I read {edit.path} again to be sure.", tools.read_file(edit.path))
        left = _failing_tests(desk, "I run the tests.")
        if left > failing:
            desk.turn("That was worse, so I take it back.", _undo(edit))
        else:
            failing = left
    desk.turn("I check once more what I changed.", *_git(desk, "diff"), tools.list_files())
    unsolved = _still_failing(failing)
    answer = "The tests pass." if unsolved is None else "I stop here before I break more."
    desk.finish(answer, unsolved=unsolved)


POLICIES: Final = (
    DemoPolicy(
        policy_id="scripted-steady",
        system="You are a steady engineer. Read, test, change one thing, test again.",
        script=steady,
        turns_max=30,
        compact_above_tokens=1_500,
    ),
    DemoPolicy(
        policy_id="scripted-hasty",
        system="You are a hasty engineer. Change what looks wrong and be done.",
        script=hasty,
        turns_max=8,
    ),
    DemoPolicy(
        policy_id="scripted-careful",
        system="You are a careful engineer. Verify everything around every change you make.",
        script=careful,
        turns_max=20,
        prune_above_tokens=700,
    ),
)


def _apply(edit: Edit) -> tools.Call:
    return tools.edit_file(edit.path, edit.find, edit.replace)


def _undo(edit: Edit) -> tools.Call:
    return tools.edit_file(edit.path, edit.replace, edit.find)


def _git(desk: Desk, *arguments: str) -> tuple[tools.Call, ...]:
    """A git call, where there is git."""
    return (tools.git(*arguments),) if desk.workspace.has_git else ()


def _failing_tests(desk: Desk, thought: str) -> int:
    """Run the tests and count, as a reader of their output would."""
    (result,) = desk.turn(thought, tools.run_tests())
    if result.timed_out:
        return TESTS_DO_NOT_END
    return result.text.count("... FAIL") + result.text.count("... ERROR")


def _still_failing(failing: int) -> str | None:
    """What is still wrong, in words; None if nothing is."""
    if failing == TESTS_DO_NOT_END:
        return "the tests do not end"
    return f"{failing} tests still fail" if failing else None
