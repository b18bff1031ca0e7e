"""Events of OpenHands: any order, unknown ones, long lines, garbage."""

import json
import random
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from tests.support.openhands_imports import one, used
from tests.support.openhands_outputs import FORMS, Form, Instance, Used, write
from tests.support.translations import translations

from benchwire.producer.importers.errors import ImportRefused, Unreadable
from benchwire.producer.importers.importer import Search, Translating
from benchwire.producer.importers.notices import Notices
from benchwire.producer.importers.openhands import OpenHandsImporter
from benchwire.schemas.context import ContextDecision


def test_times_without_a_zone_are_not_taken_for_utc(tmp_path: Path) -> None:
    instance = Instance()
    instance.user()
    instance.answer(0)
    found = one(tmp_path, instance.line())
    assert {event.ts for event in found.events} == {
        "2025-06-15T15:06:41.000000Z",  # the response's own time
        "2025-06-15T15:06:41.500000Z",  # that of its cost
    }
    assert found.calls[0].latency_ms == 2_000
    zoned = {"id": 1, "timestamp": "2025-06-15T10:00:00+02:00", "source": "user"}
    said = {**zoned, "action": "message", "args": {"content": "Hello."}}
    (_, step, _) = one(tmp_path, Instance().line(history=[said], metrics=None)).events
    assert step.ts == "2025-06-15T08:00:00.000000Z"
    silent = one(tmp_path, Instance(form="oldest").line())
    assert {event.ts for event in silent.events} == {"1970-01-01T00:00:00.000000Z"}


def test_a_condensation_is_a_context_decision(tmp_path: Path) -> None:
    args = {"forgotten_events_start_id": 3, "forgotten_events_end_id": 12, "summary": "Short."}
    old = {"id": 13, "source": "agent", "action": "condensation", "args": args}
    new = {"kind": "Condensation", "source": "environment", "forgotten_event_ids": ["a", "b"]}
    found = one(tmp_path, Instance().line(history=[old, new]))
    decisions = [e.payload for e in found.events if isinstance(e.payload, ContextDecision)]
    assert [decision.messages_removed for decision in decisions] == [10, 2]
    assert (found.stop.compactions, found.stop.turns) == (2, 0)


def test_a_list_of_events_is_a_trajectory(tmp_path: Path) -> None:
    instance = Instance()
    instance.user()
    instance.answer(1)
    path = tmp_path / "hello" / "trajectory.json"
    path.parent.mkdir()
    path.write_text(json.dumps(instance.history))
    assert OpenHandsImporter().claims(path)
    (found,) = translations("openhands", tmp_path)
    assert (found.run.labels.task_id, found.run.labels.trial_no) == ("hello", None)
    assert (found.stop.turns, found.tally.nonzero_exits, found.stop.outcome) == (1, 1, "ungraded")
    assert found.stop.usage is None  # the steps are the totals
    assert found.tally.usage["input_tokens"] == 10


@pytest.mark.parametrize("form", ["v0", "v1"])
def test_the_last_state_of_a_trajectory_is_its_status(tmp_path: Path, form: Form) -> None:
    instance = Instance(form=form)
    state = {"agent_state": "error", "reason": "RuntimeError: maximum iteration"}
    old = {"id": 99, "timestamp": "2025-06-15T00:00:00", "source": "environment"}
    ends = {
        "v0": {**old, "observation": "agent_state_changed", "content": "", "extras": state},
        "v1": {"kind": "ConversationErrorEvent", "code": "Max", "detail": state["reason"]},
    }
    instance.answer(0)
    path = tmp_path / "one.json"
    path.write_text(json.dumps([*instance.history, ends[form]]))
    (found,) = translations("openhands", path)
    assert (found.stop.status, found.stop.error_cause) == ("agent_failed", "agent_exhausted_budget")
    assert [failure.fatal for failure in found.failures] == [True]
    instance.answer(0)  # it went on
    path.write_text(json.dumps([*instance.history[:2], ends[form], *instance.history[2:]]))
    (found,) = translations("openhands", path)
    assert found.stop.status == "ok"


def test_events_in_any_order_are_read(tmp_path: Path) -> None:
    randomness = random.Random(5)
    for case in range(40):
        instance = Instance(form=FORMS[case % len(FORMS)])
        for _ in range(6):
            act(instance, randomness)
        randomness.shuffle(instance.history)
        if instance.form != "pairs":
            found = one(tmp_path, instance.line())
            assert found.tally.tool_calls == instance.truth.calls
            assert used(found.stop.usage) is not None or not instance.truth.requests


def test_unknown_events_are_counted(tmp_path: Path) -> None:
    history = [{"kind": "NeverHeardOf"}, {"neither": 1}, "no object"]
    found = one(tmp_path, Instance().line(history=history))
    assert found.run.unknown_types == {"NeverHeardOf": 1, "neither action nor observation": 1}
    assert found.noticed == {"broken_record": 1}


def test_a_line_longer_than_a_record_is_read_event_by_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line of 8 MB in less than 7 MB; one value that is too long is refused, with its line."""
    for module in ("json_members", "records"):
        target = f"benchwire.producer.importers.{module}.RECORD_BYTES_MAX"
        monkeypatch.setattr(target, 1 << 20)
    instance = Instance()
    for _ in range(40):
        instance.answer(0)
        instance.history[-1]["content"] = "x" * 200_000
    too_long = Instance("repo__project-2").line(instruction="y" * 3_000_000)
    path = write(tmp_path / "output.jsonl", instance.line(), too_long)
    del instance
    refused: list[ImportRefused] = []
    first, second = OpenHandsImporter().find([path], Search(refuse=refused.append))
    tracemalloc.start()
    calls = sum(
        event.event_type == "tool_call"
        for event in first.translate(Translating(notices=Notices())).events
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (calls, peak < 7_000_000, refused) == (40, True, [])
    with pytest.raises(Unreadable, match="line 2: a value longer than 1048576 bytes"):
        second.translate(Translating(notices=Notices()))


def test_two_objects_on_a_line_are_refused(tmp_path: Path) -> None:
    row = json.dumps(Instance().line())
    path = tmp_path / "output.jsonl"
    path.write_text(row + row + "\n")
    (found,) = OpenHandsImporter().find([path], Search(refuse=lambda _error: None))
    with pytest.raises(Unreadable, match="line 1: something stands behind the object"):
        found.translate(Translating(notices=Notices()))


def test_any_history_has_its_counts(tmp_path: Path) -> None:
    """The generator's own sums against what was imported."""
    randomness = random.Random(11)
    for case in range(60):
        form = FORMS[case % len(FORMS)]
        instance = Instance(f"task-{case}", form, randomness.choice(["read and written", "read"]))
        # A cold cache is written first, as by every provider: so the first call tells.
        instance.answer(0, used=Used(3, 0, 900, 1))
        for _ in range(randomness.randint(0, 8)):
            act(instance, randomness)
        found = one(tmp_path, instance.line(resolved=randomness.choice([True, False, None])))
        truth, tally, stop = instance.truth, found.tally, found.stop
        assert (tally.turns, tally.tool_calls) == (truth.turns, truth.calls)
        assert (tally.tool_failures, tally.nonzero_exits) == (truth.failed, truth.nonzero)
        assert (stop.requests, used(stop.usage)) == (truth.requests, truth.used)
        assert stop.usage is not None
        assert stop.usage.nano_usd == truth.nano_usd
        assert not found.noticed


def act(instance: Instance, randomness: random.Random) -> None:
    plain, read, written, output = (randomness.randint(0, 9_999) for _ in range(4))
    spent = Used(plain, read, written, output)
    usd = f"0.{randomness.randint(1, 10**9 - 1):09d}"
    is_old = instance.form in ("oldest", "pairs")
    choice = randomness.randrange(5)
    if choice == 0:
        instance.unseen_call(spent, usd)
    elif choice == 1 and not is_old:
        instance.noise()
    elif choice == 2 and not is_old:
        instance.answer(say="Hm.", used=spent, usd=usd)
    else:
        n_calls = 1 if is_old else randomness.randint(1, 3)
        codes = [randomness.choice([0, 0, 1, 127, None]) for _ in range(n_calls)]
        instance.answer(*codes, used=spent, usd=usd)


def test_garbage_is_refused_and_nothing_else(tmp_path: Path) -> None:
    randomness = random.Random(3)
    rows: list[dict[str, Any]] = []
    for form in FORMS:
        instance = Instance(f"task-{form}", form)
        instance.user()
        instance.answer(0)
        rows.append(instance.line(resolved=True))
    path = write(tmp_path / "output.jsonl", *rows)
    text = path.read_bytes()
    for _ in range(150):
        broken = bytearray(text)
        for _ in range(randomness.randint(1, 6)):
            broken[randomness.randrange(len(broken))] = randomness.choice(b'{}[]",:0nx\\')
        path.write_bytes(broken[: randomness.choice([len(text), randomness.randrange(len(text))])])
        refused: list[ImportRefused] = []
        importer = OpenHandsImporter()
        for recording in importer.find([path], Search(refuse=refused.append)):
            try:
                list(recording.translate(Translating(notices=Notices())).events)
            except ImportRefused as error:
                refused.append(error)
    path.write_bytes(text)
    assert len(translations("openhands", path)) == len(FORMS)
