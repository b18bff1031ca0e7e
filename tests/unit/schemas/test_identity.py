"""Event ids follow from where an event stands; run ids sort by time."""

import random
import uuid

import pytest

from benchwire.schemas.identity import EventIds, event_id, is_canonical_uuid, new_run_id

RUN_ID = "0195500e-4d4a-7c3b-9d55-2b7a0c6f1e11"


@pytest.mark.parametrize("emitter", ["runner", "agent/é", "x" * 200])
@pytest.mark.parametrize("seq", [0, 9, 10, 2**64 - 1])
def test_event_id_is_the_uuid5_of_the_standard_library(emitter: str, seq: int) -> None:
    expected = uuid.uuid5(uuid.UUID(RUN_ID), f"{emitter}/7/{seq}")
    assert event_id(RUN_ID, emitter, 7, seq) == str(expected)


def test_ids_of_a_stream_match_all_at_once() -> None:
    ids = EventIds(RUN_ID, "runner", 1)
    seqs = random.Random(1).sample(range(10**6), 300)
    assert ids.match(seqs, [ids.of(seq) for seq in seqs])


@pytest.mark.parametrize("count", [3, 30])
@pytest.mark.parametrize(
    "wrong",
    [
        "-{without_hyphen}",
        "{without_hyphen}0",
        "{start}0",
        "{start}1",
        "{start}",
        "{start}00",
        " {rest}",
        "zz{rest}",
        "é{rest}",
    ],
)
def test_an_id_in_another_form_does_not_match(wrong: str, count: int) -> None:
    ids = EventIds(RUN_ID, "runner", 1)
    right = [ids.of(seq) for seq in range(count)]
    one = right[1]
    written = wrong.format(
        one, start=one[:-1], rest=one[1:], without_hyphen=one.replace("-", "", 1)
    )
    if written != one:
        assert not ids.match(range(count), [right[0], written, *right[2:]])
    assert ids.match(range(count), right)


def test_an_id_in_upper_case_does_not_match() -> None:
    ids = EventIds(RUN_ID, "runner", 1)
    assert not ids.match([5], [ids.of(5).upper()])
    assert not ids.match([5], [str(uuid.uuid4())])


def test_ids_shifted_against_each_other_do_not_match() -> None:
    ids = EventIds(RUN_ID, "runner", 1)
    first, second, *rest = (ids.of(seq) for seq in range(10))
    assert not ids.match(range(10), [first[:-1], first[-1] + second, *rest])


def test_run_ids_are_canonical_version_7_and_sort_by_time() -> None:
    made = [new_run_id() for _ in range(50)]
    assert len(set(made)) == 50
    assert all(is_canonical_uuid(run_id) for run_id in made)
    assert {uuid.UUID(run_id).version for run_id in made} == {7}
    assert {uuid.UUID(run_id).variant for run_id in made} == {uuid.RFC_4122}
    assert [run_id[:13] for run_id in made] == sorted(run_id[:13] for run_id in made)


@pytest.mark.parametrize("text", ["", RUN_ID.upper(), RUN_ID + "\n", RUN_ID.replace("-", "")])
def test_other_forms_of_a_uuid_are_not_canonical(text: str) -> None:
    assert not is_canonical_uuid(text)
