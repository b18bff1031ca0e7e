"""Imports Inspect logs, and holds what came of them to what their maker knows."""

from pathlib import Path

from tests.support.inspect_logs import Truth
from tests.support.translations import Translation, read_to_end

from benchwire.producer.importers.errors import ImportRefused
from benchwire.producer.importers.importer import Search
from benchwire.producer.importers.kinds import kind_named
from benchwire.producer.importers.notices import Notices

ZSTANDARD = 93


def found_in(*paths: Path) -> tuple[list[Translation], Notices, list[str]]:
    """Translate what can be, and tell what cannot."""
    notices, refused = Notices(), list[str]()
    search = Search(notices=notices, refuse=lambda error: refused.append(str(error)))
    runs: list[Translation] = []
    for recording in kind_named("inspect").importer().find(paths, search):
        try:
            runs.append(read_to_end(recording, Notices()))
        except ImportRefused as error:
            refused.append(str(error))
    return runs, notices, refused


def cells(runs: list[Translation]) -> list[tuple[str, int | None]]:
    return sorted((run.run.labels.task_id, run.run.labels.trial_no or 0) for run in runs)


def check(runs: list[Translation], truths: dict[tuple[str, int], Truth]) -> None:
    assert len(runs) == len(truths)
    for run in runs:
        truth = truths[run.run.labels.task_id, run.run.labels.trial_no or 0]
        said, tally = run.stop, run.tally
        counted = [
            tally.turns,
            tally.tool_calls,
            tally.tool_failures or 0,
            tally.nonzero_exits or 0,
        ]
        expected = [truth.turns, truth.tool_calls, truth.tool_failures, truth.nonzero_exits]
        assert counted == expected
        assert sum(one.agent_id == "scorer" for one in run.steps) == truth.scorer_calls
        assert {name: tally.usage[name] or 0 for name in truth.buckets} == truth.buckets
        assert said.score == truth.score
        by_step: dict[str, int] = dict.fromkeys(truth.buckets, 0)
        for step in run.steps:
            for name in by_step:
                by_step[name] += getattr(step.usage, name, None) or 0
        assert by_step == truth.buckets
