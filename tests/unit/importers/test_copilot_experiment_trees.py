"""Result trees of copilot-experiments: what may be missing, broken or of an early version."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.support import experiment_results as results
from tests.support.copilot_sessions import SessionLog
from tests.support.experiment_imports import one, only, session
from tests.support.experiment_results import Known, ResultTree, random_tree
from tests.support.translations import translations

from benchwire.producer.importers.errors import NothingFound, StrictImport
from benchwire.producer.importers.importer import Search, Translating
from benchwire.producer.importers.kinds import kind_named
from benchwire.producer.importers.notices import Notices
from benchwire.producer.importers.recognition import recognise
from benchwire.producer.importers.tally import TOKEN_BUCKETS


def test_a_trial_without_meta_goes_by_the_entry_in_its_run(tmp_path: Path) -> None:
    tree, folder = one(tmp_path, status="copilot_failed")
    (folder / "meta.json").unlink()
    (folder / "verify.json").unlink()
    stop = only(tree.finish()).stop
    assert (stop.status, stop.outcome, stop.exit_code) == ("agent_failed", "resolved", 1)


def test_a_trial_that_only_its_run_lists_is_imported_from_it(tmp_path: Path) -> None:
    tree = ResultTree(tmp_path)
    known = Known("low", "parser", 1, success=True, turns=2)
    known.tokens = dict.fromkeys(TOKEN_BUCKETS[:6], 5)
    shutil.rmtree(tree.trial(known))
    tree.trial(Known("low", "parser", 2, success=False), session())
    first, second = sorted(
        translations("copilot-experiments", tree.finish()), key=lambda one: str(one.run.labels)
    )
    assert (first.run.labels.trial_no, first.stop.outcome) == (1, "resolved")
    assert (first.tally.usage["nano_aiu"], first.stop.turns) == (5, 2)
    assert (second.run.labels.trial_no, second.stop.outcome) == (2, "unresolved")


@pytest.mark.parametrize("finished", [True, False])
def test_a_half_written_trial_is_open_until_its_run_is_over(
    tmp_path: Path, *, finished: bool
) -> None:
    """Nothing but its prompt: the harness was in the middle of it, or was killed there."""
    tree, _ = one(tmp_path)
    half = tree.folder / "variants" / "low" / "tasks" / "parser" / "trials" / "002"
    half.mkdir()
    (half / "prompt.md").write_text("Fix the bug.")
    if finished:
        tree.finish()
    found = only(half)
    assert found.noticed["trial_open"] == (not finished)
    assert found.tally.n_stopped == finished
    if finished:
        assert (found.stop.status, found.stop.error_type) == ("harness_error", "no_meta")


def test_a_trial_killed_after_its_session_keeps_what_that_used(tmp_path: Path) -> None:
    _, folder = one(tmp_path)
    for name in ("meta.json", "metrics.json", "verify.json"):
        (folder / name).unlink()
    found = only(folder)
    assert (found.stop.status, found.stop.outcome) == ("harness_error", "ungraded")
    assert found.tally.usage["cache_read_tokens"] == 30


def test_a_run_without_run_json_and_summary_is_named_by_its_place(tmp_path: Path) -> None:
    tree, _ = one(tmp_path)
    (tree.folder / "variants" / "low" / "variant.json").unlink()
    found = only(tree.folder)
    labels = found.run.labels
    assert (labels.experiment_id, labels.job_id) == (results.EXPERIMENT, results.RUN)
    assert found.run.cfg_hash is None
    assert found.stop.outcome == "resolved"


def test_an_empty_run_began_when_its_id_says(tmp_path: Path) -> None:
    tree = ResultTree(tmp_path)
    tree.trial(Known("low", "parser", 1, status="copilot_failed"))
    assert only(tree.folder).start.started_at == "2026-06-12T10:33:00.000000Z"


def test_variants_with_equal_settings_have_one_configuration(tmp_path: Path) -> None:
    tree = ResultTree(tmp_path)
    variants: dict[str, dict[str, Any]] = {"a": {}, "b": {"trials": 9}, "c": {"mode": "plan"}}
    for name, settings in variants.items():
        tree.variant(name, **settings)
        tree.trial(Known(name, "parser", 1), session())
    tree.finish()
    (tree.folder / "variants" / "a" / "variant.json").unlink()  # then run.json tells it
    a, b, c = (one.run.cfg_hash for one in translations("copilot-experiments", tree.folder))
    assert a == b != c


def test_secrets_of_a_variant_are_in_no_hash_and_no_policy(tmp_path: Path) -> None:
    hashes: list[str | None] = []
    for number, key in enumerate(["sk-live-aaaaaaaaaaaaaaaa", "***redacted***"]):
        tree = ResultTree(tmp_path / str(number))
        tree.variant("byok", provider={"base_url": "http://localhost:1", "api_key": key})
        tree.trial(Known("byok", "parser", 1), session())
        found = only(tree.finish())
        hashes.append(found.run.cfg_hash)
        assert found.start.policy is not None
        assert found.start.policy.provider is not None
        assert found.start.policy.provider.has_api_key is True
    assert hashes[0] == hashes[1]


def test_a_later_grading_counts_instead_of_the_verifier(tmp_path: Path) -> None:
    tree, folder = one(tmp_path)
    before = only(folder)
    meta = json.loads((folder / "meta.json").read_text())
    results.write(folder / "meta.json", {**meta, "success": False})
    results.write(folder / "swebench.json", {"instance_id": "x", "resolved": False})
    after = only(tree.folder)
    assert (before.stop.outcome, after.stop.outcome) == ("resolved", "unresolved")
    assert after.run.source.source_id == before.run.source.source_id
    assert (after.run.source.n_records or 0) > (before.run.source.n_records or 0)


def test_trees_of_the_first_versions_have_no_tasks_and_a_json_output(tmp_path: Path) -> None:
    tree, folder = one(tmp_path)
    old = tree.folder / "variants" / "low" / "trials"
    shutil.move(folder.parent, old)
    shutil.rmtree(tree.folder / "variants" / "low" / "tasks")
    (old / "001" / "events.jsonl").rename(old / "001" / "stdout.jsonl")
    found = only(tmp_path)
    assert (found.run.labels.policy_id, found.run.labels.task_id) == ("low", "task-001")
    assert (found.stop.turns, found.tally.tool_calls) == (1, 2)


def test_a_trial_taken_out_of_its_tree_goes_by_its_otel_resource(tmp_path: Path) -> None:
    log = session()
    log.chat_span(0)
    log.spans[0]["resource"]["attributes"] = {
        "copilot.session_id": log.session_id,
        "copilot.experiment": "exp",
        "copilot.variant": "v",
        "copilot.task": "t",
    }
    tree = ResultTree(tmp_path / "results")
    folder = tree.trial(Known("low", "parser", 7), log)
    shutil.move(folder, tmp_path / "trials" / "007")
    labels = only(tmp_path / "trials" / "007").run.labels
    assert (labels.experiment_id, labels.policy_id, labels.task_id) == ("exp", "v", "t")
    assert labels.trial_no == 7


@pytest.mark.parametrize(
    "name", ["meta.json", "metrics.json", "verify.json", "analysis.json", "events.jsonl"]
)
@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '{"status": 5, "success": "yes"}', "\xff\x00"])
def test_broken_parts_never_stop_a_trial_and_are_never_silent(
    tmp_path: Path, name: str, text: str
) -> None:
    tree, folder = one(tmp_path)
    tree.finish()
    (folder / name).write_text(text, encoding="latin-1")
    found = only(folder)
    assert found.stop.outcome == "resolved"
    is_json_object = text.endswith("}")
    assert bool(found.notices.counts) is (not is_json_object or name == "events.jsonl") or (
        name == "events.jsonl" and not text  # an empty log is what a session without events leaves
    )


def test_strict_imports_stop_at_a_broken_document(tmp_path: Path) -> None:
    _, folder = one(tmp_path)
    (folder / "metrics.json").write_text("{")
    (recording,) = kind_named("copilot-experiments").importer().find([folder], Search(refuse=print))
    with pytest.raises(StrictImport, match=r"metrics\.json"):
        recording.translate(Translating(notices=Notices(strict=True)))


def test_the_same_bytes_give_the_same_events(tmp_path: Path) -> None:
    tree = random_tree(tmp_path, 1)
    again = tmp_path / "elsewhere" / tree.folder.parent.name / tree.folder.name
    shutil.copytree(tree.folder, again)
    first, second = (translations("copilot-experiments", path) for path in (tree.folder, again))
    assert [one.run.run_id for one in first] == [one.run.run_id for one in second]
    assert [one.events for one in first] == [one.events for one in second]


@pytest.mark.parametrize(
    ("asked", "n_runs"),
    [
        (".", 4),
        (results.EXPERIMENT, 4),
        (f"{results.EXPERIMENT}/{results.RUN}", 4),
        (f"{results.EXPERIMENT}/{results.RUN}/run.json", 4),
        (f"{results.EXPERIMENT}/{results.RUN}/variants/low", 3),
        (f"{results.EXPERIMENT}/{results.RUN}/variants/low/tasks/parser", 2),
        (f"{results.EXPERIMENT}/{results.RUN}/variants/low/tasks/parser/trials/002", 1),
    ],
)
def test_what_is_asked_for_is_found_and_recognised(tmp_path: Path, asked: str, n_runs: int) -> None:
    tree = ResultTree(tmp_path)
    for key in [("low", "parser", 1), ("low", "parser", 2), ("low", "b", 1), ("high", "b", 1)]:
        folder = tree.trial(Known(*key), session())
        SessionLog("other").start().write(folder / "workspace" / "copilot-session")
    tree.finish()
    recognised = recognise([tmp_path / asked], Search(refuse=print))
    assert [(one.kind.name, len(one.recordings)) for one in recognised] == [
        ("copilot-experiments", n_runs)
    ]
    assert len(translations("copilot-experiments", tmp_path / asked)) == n_runs


def test_a_tree_without_trials_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NothingFound, match="no run and no trial"):
        translations("copilot-experiments", tmp_path)
    ResultTree(tmp_path).finish()
    with pytest.raises(NothingFound, match="without any trial"):
        translations("copilot-experiments", tmp_path)
