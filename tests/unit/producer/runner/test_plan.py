"""Identifiers, order and seeds of a job's trials."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.experiments import document, matrix, planned

from benchwire.producer.runner.plan import only
from benchwire.producer.runner.slugs import slug, unique_slugs
from benchwire.schemas.event import check_identifier


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("GPT 5.5 (high)", "gpt-5.5-high"),
        ("Straße über Łódź", "strasse-über-łódź"),
        ("  -- ", ""),
        ("a/b\\c..", "a-b-c"),
        ("日本 語", "日本-語"),
    ],
)
def test_names_become_identifiers(name: str, made: str) -> None:
    assert slug(name) == made


def test_equal_names_are_told_apart() -> None:
    names = ["a", "A", None, "a-2", "a!", "???"]
    assert unique_slugs(names, "task") == ["a", "a-2", "task-003", "a-2-2", "a-3", "task-006"]


@given(st.lists(st.none() | st.text(max_size=200), max_size=12))
def test_identifiers_are_valid_and_unique_whatever_the_names(names: list[str | None]) -> None:
    slugs = unique_slugs(names, "policy")
    assert len(set(slugs)) == len(names)
    for one in slugs:
        check_identifier(one)


def test_every_cell_has_all_its_trials_once() -> None:
    of = matrix(policies=3, tasks=2, trials=4)
    of["variants"][1]["trials"] = 2
    trials = planned(of)
    assert Counter((t.policy_id, t.task_id) for t in trials) == {
        (p, t): 2 if p == "p2" else 4 for p in ("p1", "p2", "p3") for t in ("t1", "t2")
    }
    assert len({t.key for t in trials}) == len(trials)


def test_the_seed_decides_the_order_and_nothing_else_does() -> None:
    first = [t.key for t in planned(matrix(seed=1), job_id="one")]
    assert first == [t.key for t in planned(matrix(seed=1), job_id="other")]
    assert first != [t.key for t in planned(matrix(policies=2, tasks=2, trials=2, seed=3))]
    numbers = [key[2] for key in first]
    assert numbers == sorted(numbers), "all first trials come before any second one"


def test_the_order_is_the_same_on_every_machine() -> None:
    """A literal, so that another hash or another Python is noticed."""
    trials = planned(matrix(policies=2, tasks=2, trials=1, seed=7))
    assert [t.name for t in trials] == ["p2/t2/001", "p1/t1/001", "p1/t2/001", "p2/t1/001"]
    assert trials[0].seed == 1551108505096016150


def test_policies_get_the_same_seeds_for_the_same_task_and_trial() -> None:
    seeds: dict[tuple[str, int], set[int]] = {}
    for trial in planned(matrix(trials=3)):
        seeds.setdefault((trial.task_id, trial.trial_no), set()).add(trial.seed)
    assert all(len(found) == 1 for found in seeds.values())
    assert len({seed for found in seeds.values() for seed in found}) == 6


def test_given_seeds_are_taken_as_they_are() -> None:
    trials = planned(matrix(trials=2, seeds=[11, 22]))
    assert {(t.trial_no, t.seed) for t in trials} == {(1, 11), (2, 22)}


def test_cells_can_be_chosen() -> None:
    trials = planned(matrix(trials=1))
    assert {t.name for t in only(trials, ["p1/t2", "p2/*"])} == {
        "p1/t2/001",
        "p2/t1/001",
        "p2/t2/001",
    }
    assert only(trials, []) == trials
    assert {t.policy_id for t in only(trials, ["p1"])} == {"p1"}
    with pytest.raises(LookupError):
        only(trials, ["p3/t1"])


def test_paths_are_those_beside_the_experiment_file(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (local,) = planned(document(task={"prompt": "p", "repo": "here"}), base_dir=tmp_path)
    assert local.repo_source == str(tmp_path / "here")
    (remote,) = planned(document(task={"prompt": "p", "repo": "https://h/r"}), base_dir=tmp_path)
    assert remote.repo_source == "https://h/r"
    (fixture,) = planned(document(task={"prompt": "p", "fixture": "f"}), base_dir=tmp_path)
    assert fixture.fixture_dir == tmp_path / "f"
