"""Real trajectories and job trees, against numbers computed from the raw JSON by other means."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.recordings import JOB_TREES, TRAJECTORIES
from tests.support.translations import Translation, translations

pytestmark = pytest.mark.skipif(not TRAJECTORIES, reason="no recorded trajectories here")


def numbers(document: dict[str, Any]) -> dict[str, int | None]:
    """What a document of one file without sub-agents holds; all of its kind here are such."""
    final = document.get("final_metrics", {})
    prompt, cached = final.get("total_prompt_tokens"), final.get("total_cached_tokens")
    cost = final.get("total_cost_usd")
    return {
        "steps": len(document["steps"]),
        "tool_calls": sum(len(step.get("tool_calls", [])) for step in document["steps"]),
        "input_tokens": None if prompt is None else prompt - (cached or 0),
        "cache_read_tokens": cached,
        "output_tokens": final.get("total_completion_tokens"),
        "nano_usd": None if cost is None else round(cost * 1e9),
    }


def seen(found: Translation, names: dict[str, int | None]) -> dict[str, int | None]:
    tally = found.tally.as_document()
    return {name: tally[name] for name in names}


@pytest.mark.parametrize("path", TRAJECTORIES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_number_equals_the_source(path: Path) -> None:
    expected = numbers(json.loads(path.read_text(encoding="utf-8")))
    (found,) = translations("atif", path)
    assert not found.noticed
    assert seen(found, expected) == expected


@pytest.mark.parametrize("tree", JOB_TREES, ids=lambda path: path.name)
def test_a_published_tree_without_results_keeps_what_it_has(tree: Path) -> None:
    found = translations("harbor", tree.parent)
    files = {path.parent.parent.name: path for path in tree.glob("*/agent/trajectory.json")}
    assert len(found) == len(files)
    config = json.loads((tree / "config.json").read_text(encoding="utf-8"))
    planned = json.loads((tree / "lock.json").read_text(encoding="utf-8"))["trials"]
    tasks = {trial["task"]["name"] for trial in planned}
    for one in found:
        labels, source = one.run.labels, one.run.source.source_id
        trial = source.removeprefix(f"{config['job_name']}/")
        expected = numbers(json.loads(files[trial].read_text(encoding="utf-8")))
        assert seen(one, expected) == expected
        assert labels.experiment_id == config["job_name"]
        assert labels.task_id in tasks
        assert labels.task_id.startswith(trial.rpartition("__")[0])
        assert one.start.model == config["agents"][0]["model_name"]
        assert one.stop.outcome == "ungraded"
        assert {call.exit_code for call in one.calls} == {0}
