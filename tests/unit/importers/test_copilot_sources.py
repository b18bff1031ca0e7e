"""Copilot sessions as sources: odd records, labels, and which run they are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.copilot_sessions import SESSION_ID, SessionLog
from tests.support.translations import Translation, translated

from benchwire.producer.importers.copilot import SessionRecording, find_sessions
from benchwire.producer.importers.errors import NotASession, NothingFound, StrictImport
from benchwire.producer.importers.importer import Translating
from benchwire.producer.importers.labels import LabelOverrides, Labels
from benchwire.producer.importers.notices import Notices
from benchwire.producer.importers.source import StoredImport

Translate = Callable[[SessionLog], Translation]


def test_unknown_types_are_counted_and_harm_nothing(translation: Translate) -> None:
    log = SessionLog().start().record("session.telepathy").record("session.telepathy")
    found = translation(log.record("session.info", {"message": "x"}).shutdown())
    assert found.run.unknown_types == {"session.telepathy": 2}
    assert not found.noticed


def test_odd_records_are_noticed_with_their_line(tmp_path: Path) -> None:
    log = SessionLog().start().turn(0).shutdown()
    log.records[1]["timestamp"] = "yesterday"
    log.records[2]["data"] = None
    path = log.write(tmp_path) / "events.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:4], "{broken\n", "{}\n", *lines[4:]]))
    found = translated(path)
    assert sorted((notice.code, notice.where) for notice in found.notices.kept) == [
        ("broken_record", f"{path}:5"),
        ("no_data", f"{path}:3"),
        ("no_timestamp", f"{path}:2"),
        ("no_type", f"{path}:6"),
    ]
    assert found.stop.turns == 1


def test_strict_imports_stop_at_the_first_notice(tmp_path: Path) -> None:
    (files,) = find_sessions(SessionLog().start().turn(0).write(tmp_path))
    recording = SessionRecording(files, LabelOverrides())
    run = recording.translate(Translating(notices=Notices(strict=True)))
    with pytest.raises(StrictImport, match=r"events\.jsonl:\d+: no shutdown record"):
        list(run.events)


def test_values_out_of_range_are_left_out(translation: Translate) -> None:
    log = SessionLog().start().record("assistant.turn_start", {"turnId": "9" * 400})
    log.record("assistant.message", {"content": 5, "model": ["x"], "outputTokens": -3})
    log.tool_start("a" * 5000).tool_complete("a" * 5000, telemetry={"metrics": {"durationMs": "x"}})
    deep: Any = "end"
    for _ in range(500):
        deep = {"deep": deep}
    data = {"toolCallId": "d", "toolName": "n" * 10_000, "arguments": deep}
    log.record("tool.execution_start", data).tool_complete("d")
    found = translation(log.shutdown(nano_aiu=10**19, plain=10**15))
    assert found.agent_steps[0].usage is None
    assert len(found.calls[0].tool_call_id or "") == 256
    assert len(found.calls[1].name) == 4096
    assert found.stop.usage is not None
    assert found.stop.usage.nano_aiu is None


def test_labels_are_derived_from_the_session(translation: Translate) -> None:
    labels = translation(SessionLog().start().shutdown()).run.labels
    assert labels == Labels(
        experiment_id="shop",
        job_id="import",
        policy_id="copilot-cli/gpt-5.5",
        task_id=SESSION_ID,
        trial_no=None,
    )


def test_resource_attributes_of_a_runner_name_the_trial(translation: Translate) -> None:
    log = SessionLog().start().turn(0).chat_span(0)
    names = {"experiment": "exp", "variant": "v1", "task": "t1", "trial": "3"}
    log.spans[0]["resource"]["attributes"] = {
        f"copilot.{key}": value for key, value in names.items()
    }
    labels = translation(log.shutdown()).run.labels
    assert labels == Labels(
        experiment_id="exp", job_id="import", policy_id="v1", task_id="t1", trial_no=3
    )


def test_the_caller_s_labels_come_first(tmp_path: Path) -> None:
    folder = SessionLog().start().shutdown().write(tmp_path)
    found = translated(folder, LabelOverrides(experiment_id="mine", trial_no=2))
    assert (found.run.labels.experiment_id, found.run.labels.task_id) == ("mine", SESSION_ID)
    assert found.start.trial_no == found.run.labels.trial_no == 2


def test_a_log_without_header_goes_by_its_folder(tmp_path: Path) -> None:
    log = SessionLog().turn(0).shutdown()
    found = translated(log.write(tmp_path / "0b8c7a4e"))
    assert found.run.source.source_id == "0b8c7a4e"
    assert found.run.labels.experiment_id == "copilot-sessions"


def test_the_same_bytes_give_the_same_events_anywhere(tmp_path: Path) -> None:
    log = SessionLog().start().turn(0, tools=("a",)).chat_span(0).shutdown()
    one, other = translated(log.write(tmp_path / "one")), translated(log.write(tmp_path / "other"))
    assert one.run.run_id == other.run.run_id
    assert one.events == other.events


def test_a_session_that_grew_is_another_run_of_the_same_source(tmp_path: Path) -> None:
    log = SessionLog().start().turn(0)
    before = translated(log.write(tmp_path))
    after = translated(log.shutdown().write(tmp_path))
    assert before.run.run_id != after.run.run_id
    assert before.run.source.source_id == after.run.source.source_id
    assert (before.run.source.n_records or 0) < (after.run.source.n_records or 0)


def test_other_labels_raise_the_revision_and_the_same_keep_it(tmp_path: Path) -> None:
    (files,) = find_sessions(SessionLog().start().shutdown().write(tmp_path))

    def revision(overrides: LabelOverrides, stored: StoredImport | None) -> int | None:
        def lookup(_system: str, _source_id: str) -> StoredImport | None:
            return stored

        recording = SessionRecording(files, overrides)
        return recording.translate(Translating(notices=Notices(), lookup=lookup)).source.revision

    plain = LabelOverrides()
    labels = SessionRecording(files, plain).translate(Translating(notices=Notices())).labels
    assert revision(plain, None) is None
    assert revision(plain, StoredImport(labels=labels, revision=0)) is None
    assert revision(plain, StoredImport(labels=labels, revision=4)) == 4
    assert revision(LabelOverrides(task_id="t"), StoredImport(labels=labels, revision=4)) == 5


def test_sessions_are_found_below_a_directory(tmp_path: Path) -> None:
    for name in ("b", "a/deep", "c"):
        SessionLog().start().write(tmp_path / name)
    found = [files.events.parent.name for files in find_sessions(tmp_path)]
    assert found == ["deep", "b", "c"]


def test_nothing_to_import_is_said_clearly(tmp_path: Path) -> None:
    with pytest.raises(NothingFound, match=r"no events\.jsonl in it or below it"):
        list(find_sessions(tmp_path))
    with pytest.raises(NothingFound, match="no such file"):
        list(find_sessions(tmp_path / "missing"))


@pytest.mark.parametrize("text", ["", "hello\n", '{"a": 1}\n', '{"type": "other", "data": {}}\n'])
def test_a_foreign_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(text)
    (files,) = find_sessions(path)
    with pytest.raises(NotASession, match="not a Copilot session log"):
        SessionRecording(files, LabelOverrides()).translate(Translating(notices=Notices()))
