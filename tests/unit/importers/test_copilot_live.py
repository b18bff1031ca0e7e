"""A session translated while it is written gives the events and totals of its import."""

import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.copilot_sessions import SESSION_ID, SessionLog
from tests.support.recordings import SESSIONS
from tests.support.translations import Translation, translated

from benchwire.producer.importers.copilot.files import session_files
from benchwire.producer.importers.copilot.live import LiveSession, final_account
from benchwire.producer.importers.errors import NotASession
from benchwire.producer.importers.translated import TranslatedEvent
from benchwire.schemas.redaction import Redactor
from benchwire.schemas.step import Step

FOR_EVER = 1e9
_CALL = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10}


def eventful() -> SessionLog:
    """Two agents, failures, context decisions, a resume, and calls of no turn."""
    log = SessionLog().start().record("user.message", {"content": "Do it."})
    log.turn(0, tools=("a", "b")).chat_span(0, _CALL)
    log.record("assistant.turn_start", {"turnId": "1", "interactionId": "i-1"}).chat_span(1, _CALL)
    log.record("assistant.turn_end", {"turnId": "1"})
    log.record("session.compaction_start").record(
        "session.compaction_complete", {"success": True, "preCompactionTokens": 9}
    )
    log.turn(2, agent_id="sub", interaction_id="i-2").chat_span(2, _CALL, interaction_id="i-2")
    log.tool_start("late", "bash").record("session.error", {"errorType": "odd", "message": "m"})
    log.chat_span(99, _CALL).shutdown(plain=400, output=40)
    log.wait(timedelta(hours=1)).record("session.resume", {"resumeTime": log.timestamp})
    return log.turn(3).chat_span(3, _CALL).shutdown(plain=100, output=10)


def aborted() -> SessionLog:
    """No shutdown: the steps make the totals."""
    log = SessionLog().start().record("user.message", {"content": "Do it."})
    log.turn(0, tools=("a",)).chat_span(0, _CALL).turn(1, output_tokens=7)
    log.record("session.usage_checkpoint", {"totalNanoAiu": 7_000_000_000.0})
    return log.record("abort", {"reason": "user"})


class Writing:
    """A session's files on their way to disk."""

    def __init__(
        self,
        finished: Path,
        target: Path,
        session_id: str = SESSION_ID,
        *,
        lookahead_seconds: float = FOR_EVER,
    ) -> None:
        self.log = (finished / "events.jsonl").read_bytes()
        otel = finished / "copilot-otel.jsonl"
        self.otel = otel.read_bytes() if otel.is_file() else b""
        self.target = target
        self.live = LiveSession(
            target / "events.jsonl",
            target / "copilot-otel.jsonl" if self.otel else None,
            session_id,
            redactor=Redactor(),
            lookahead_seconds=lookahead_seconds,
        )

    def write(self, *, log_bytes: int, otel_bytes: int) -> list[TranslatedEvent]:
        """Bring both files to a size, and take what follows from it."""
        self.target.mkdir(exist_ok=True)
        (self.target / "events.jsonl").write_bytes(self.log[:log_bytes])
        if otel_bytes:
            (self.target / "copilot-otel.jsonl").write_bytes(self.otel[:otel_bytes])
        return list(self.live.follow())

    def finish(self) -> list[TranslatedEvent]:
        events = self.write(log_bytes=len(self.log), otel_bytes=len(self.otel))
        events += self.live.follow(to_end=True)
        self.live.close()
        return events


def between(translation: Translation) -> list[TranslatedEvent]:
    """The import's events without its run_start and run_stop, which are the runner's when live."""
    return translation.events[1:-1]


@pytest.mark.parametrize("make", [eventful, aborted])
@pytest.mark.parametrize("seed", range(4))
def test_however_it_is_cut_the_events_are_those_of_the_import(
    tmp_path: Path, make: Any, seed: int
) -> None:
    finished = make().write(tmp_path / "finished")
    writing = Writing(finished, tmp_path / "live")
    chance = random.Random(seed)
    events: list[TranslatedEvent] = []
    log_bytes = otel_bytes = 0
    while log_bytes < len(writing.log):
        log_bytes = min(log_bytes + chance.randint(1, 600), len(writing.log))
        otel_bytes = min(otel_bytes + chance.randint(0, 300), len(writing.otel))
        events += writing.write(log_bytes=log_bytes, otel_bytes=otel_bytes)
    events += writing.finish()
    assert events == between(translated(finished))


def test_nothing_waits_longer_than_the_lookahead(tmp_path: Path) -> None:
    """Without patience every event is there at once, poorer, and none is missing or doubled."""
    finished = eventful().write(tmp_path / "finished")
    writing = Writing(finished, tmp_path / "live", lookahead_seconds=0.0)
    ends = [at + 1 for at, byte in enumerate(writing.log) if byte == ord("\n")]
    events: list[TranslatedEvent] = []
    for end in ends:
        events += writing.write(log_bytes=end, otel_bytes=0)
    n_before_the_end = len(events)
    events += writing.finish()
    imported = between(translated(finished))
    assert n_before_the_end == sum(event.step_id != "call-0" for event in imported)
    assert [(e.event_type, e.step_id, e.ts) for e in events] == [
        (e.event_type, e.step_id, e.ts) for e in imported
    ]
    late = writing.live.take_late()
    steps = [event.payload for event in imported if isinstance(event.payload, Step)]
    joined = [s for s in steps if s.llm_calls and s.turn is not None]
    assert late.input_tokens == sum((s.usage.input_tokens or 0) for s in joined if s.usage)


def test_a_message_waits_for_its_turns_end_and_its_model_call(tmp_path: Path) -> None:
    log = SessionLog().start().turn(0).chat_span(0, _CALL)
    finished = log.write(tmp_path / "finished")
    writing = Writing(finished, tmp_path / "live")
    *_, last = writing.log.splitlines(keepends=True)
    assert writing.write(log_bytes=len(writing.log) - len(last), otel_bytes=0) == []
    assert writing.write(log_bytes=len(writing.log), otel_bytes=0) == []
    (step,) = writing.write(log_bytes=len(writing.log), otel_bytes=len(writing.otel))
    assert isinstance(step.payload, Step)
    assert step.payload.usage is not None
    assert step.payload.usage.input_tokens == 100
    assert step.payload.duration_ms == 200


def test_a_model_call_may_be_told_before_its_turn(tmp_path: Path) -> None:
    finished = SessionLog().start().turn(0).turn(1).chat_span(1, _CALL).write(tmp_path / "finished")
    writing = Writing(finished, tmp_path / "live")
    header = writing.log.index(b"\n") + 1
    assert writing.write(log_bytes=header, otel_bytes=len(writing.otel)) == []
    events = writing.write(log_bytes=len(writing.log), otel_bytes=len(writing.otel))
    assert events == []  # turn 0 waits for a call that never comes
    assert writing.finish() == between(translated(finished))


def test_the_log_may_appear_late(tmp_path: Path) -> None:
    finished = eventful().write(tmp_path / "finished")
    writing = Writing(finished, tmp_path / "nowhere" / "yet")
    assert list(writing.live.follow()) == []
    writing.target.parent.mkdir()
    assert writing.finish() == between(translated(finished))


def test_a_log_without_its_last_newline_is_read_to_its_end(tmp_path: Path) -> None:
    finished = aborted().write(tmp_path / "finished")
    path = finished / "events.jsonl"
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    writing = Writing(finished, tmp_path / "live")
    assert writing.finish() == between(translated(finished))


def test_a_replaced_log_is_noticed_and_nothing_is_told_twice(tmp_path: Path) -> None:
    finished = eventful().write(tmp_path / "finished")
    writing = Writing(finished, tmp_path / "live")
    before = writing.write(log_bytes=len(writing.log), otel_bytes=len(writing.otel))
    path = writing.target / "events.jsonl"
    path.unlink()
    path.write_bytes(writing.log[: len(writing.log) // 2])
    assert list(writing.live.follow()) == []
    assert writing.live.notices.counts["log_replaced"] == 1
    assert before
    writing.live.close()


@pytest.mark.parametrize("make", [eventful, aborted])
def test_the_final_account_is_the_imports(tmp_path: Path, make: Any) -> None:
    finished = make().write(tmp_path)
    imported = translated(finished)
    account = final_account(session_files(finished / "events.jsonl", None))
    assert account.tally.usage == imported.tally.usage
    usage = account.stop.usage
    assert usage is not None
    assert {name: getattr(usage, name) for name in imported.tally.usage} == imported.tally.usage
    assert account.stop.model_copy(update={"usage": imported.stop.usage}) == imported.stop


def test_what_is_no_session_has_no_account(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text("{}\n")
    with pytest.raises(NotASession):
        final_account(session_files(path, None))


@pytest.mark.skipif(not SESSIONS, reason="no recorded sessions here")
@pytest.mark.parametrize("recorded", SESSIONS, ids=[path.name for path in SESSIONS])
def test_real_sessions_give_their_import(recorded: Path, tmp_path: Path) -> None:
    first = json.loads((recorded / "events.jsonl").read_bytes().split(b"\n", 1)[0])
    writing = Writing(recorded, tmp_path / recorded.name, first["data"]["sessionId"])
    events: list[TranslatedEvent] = []
    for part in range(1, 60):
        events += writing.write(
            log_bytes=len(writing.log) * part // 60, otel_bytes=len(writing.otel) * part // 60
        )
    assert events
    events += writing.finish()
    assert events == between(translated(recorded))
