"""What the scripted agent leaves behind, as real agents do: a session log and an OTel file.

The log has the lines of the file `BENCHWIRE_EVENTS`; the OTel file has one chat span a turn, in
the form of Copilot's file exporter, so that the importer's reader can be tried on it.
"""

import contextlib
import json
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

from benchwire.producer.runner.output_file import OutputFile
from benchwire.schemas.payload import Payload
from benchwire.schemas.redaction import Redactor
from benchwire.schemas.usage import Usage

LOG_NAME: Final = "events.ndjson"
OTEL_NAME: Final = "otel.jsonl"
_NANO: Final = 1_000_000_000


class ScriptedLog:
    """Both files of one trial."""

    def __init__(self, events: OutputFile, spans: OutputFile, *, model: str, run_id: str) -> None:
        self._events = events
        self._spans = spans
        self._model = model
        self._run_id = run_id

    def event(self, event_type: str, payload: Payload, step_id: str) -> None:
        """Log an event that was emitted."""
        data = payload.model_dump(mode="json", exclude_none=True)
        _write(self._events, {"event_type": event_type, "step_id": step_id, "data": data})

    def model_call(self, turn: int, usage: Usage) -> None:
        """Write the span of a turn; OTel counts cached tokens as input."""
        now = time.time_ns()
        at = [now // _NANO, now % _NANO]
        attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "scripted",
            "gen_ai.request.model": self._model,
            "gen_ai.conversation.id": self._run_id,
            "gen_ai.usage.input_tokens": (usage.input_tokens or 0) + (usage.cache_read_tokens or 0),
            "gen_ai.usage.cache_read.input_tokens": usage.cache_read_tokens,
            "gen_ai.usage.output_tokens": usage.output_tokens,
            "github.copilot.nano_aiu": usage.nano_aiu,
            "github.copilot.turn_id": str(turn),
        }
        span = {"type": "span", "name": f"chat {self._model}", "startTime": at, "endTime": at}
        _write(self._spans, {**span, "attributes": attributes})


@contextlib.contextmanager
def scripted_log(
    folder: Path, redactor: Redactor, *, model: str, run_id: str
) -> Generator[ScriptedLog]:
    """Keep both files below ``folder`` while the agent works."""
    with (
        OutputFile(folder / LOG_NAME, redactor) as events,
        OutputFile(folder / OTEL_NAME, redactor) as spans,
    ):
        yield ScriptedLog(events, spans, model=model, run_id=run_id)


def _write(file: OutputFile, document: dict[str, Any]) -> None:
    file.write(json.dumps(document, ensure_ascii=False).encode(errors="replace") + b"\n")
