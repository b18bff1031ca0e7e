#!/usr/bin/env python3
"""Stands in for Copilot CLI: replays a recorded session slowly, as the real one writes it.

The session lies in the directory ``FAKE_COPILOT_SESSION`` (events.jsonl, copilot-otel.jsonl); its
id is replaced by the one asked for. ``FAKE_COPILOT_SECONDS`` is how long the replay takes. A model
call reaches the OTel file after the end of its turn; lines come in two pieces; the log is late.
``FAKE_COPILOT_STOP_AFTER`` ends it after so many records, with exit code ``FAKE_COPILOT_EXIT``.
Every variable named in ``FAKE_COPILOT_PRINT`` is printed with its value, as a careless agent does.
"""

import json
import os
import sys
import time
from pathlib import Path


def main(arguments: list[str]) -> int:
    if "--version" in arguments:
        say("GitHub Copilot CLI 1.0.65.")
        return 0
    session_id = arguments[arguments.index("--session-id") + 1]
    recorded = Path(os.environ["FAKE_COPILOT_SESSION"])
    for name in os.environ.get("FAKE_COPILOT_PRINT", "").split():
        say(f"I was told {os.environ[name]}")
    log = Path(os.environ["COPILOT_HOME"]) / "session-state" / session_id / "events.jsonl"
    records = (recorded / "events.jsonl").read_text().splitlines()
    old_id = json.loads(records[0])["data"]["sessionId"]
    records = records[: int(os.environ.get("FAKE_COPILOT_STOP_AFTER", len(records)))]
    spans = Spans(recorded / "copilot-otel.jsonl", old_id, session_id)
    pause_seconds = float(os.environ.get("FAKE_COPILOT_SECONDS", "0")) / (len(records) + 1)
    time.sleep(pause_seconds)
    log.parent.mkdir(parents=True)
    with log.open("a") as file:
        for record in records:
            line = record.replace(old_id, session_id) + "\n"
            file.write(line[: len(line) // 2])
            file.flush()
            time.sleep(pause_seconds / 2)
            file.write(line[len(line) // 2 :])
            file.flush()
            time.sleep(pause_seconds / 2)
            if json.loads(record)["type"] in {"assistant.turn_end", "session.shutdown"}:
                spans.write_next_call()
    if len(records) == int(os.environ.get("FAKE_COPILOT_STOP_AFTER", "-1")):
        return int(os.environ.get("FAKE_COPILOT_EXIT", "1"))
    spans.write_rest()
    Path("answer.txt").write_text("42\n")
    say("Done.")
    return 0


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Spans:
    """The lines of the recorded OTel file, written call by call."""

    def __init__(self, path: Path, old_id: str, session_id: str) -> None:
        text = path.read_text().replace(old_id, session_id) if path.is_file() else ""
        self._left = text.splitlines()
        self._target = Path(os.environ["COPILOT_OTEL_FILE_EXPORTER_PATH"])

    def write_next_call(self) -> None:
        """Write up to and with the next model call."""
        for number, line in enumerate(self._left):
            if json.loads(line).get("name", "").startswith("chat "):
                self._write(number + 1)
                return

    def write_rest(self) -> None:
        self._write(len(self._left))

    def _write(self, count: int) -> None:
        written, self._left = self._left[:count], self._left[count:]
        with self._target.open("a") as file:
            file.writelines(f"{line}\n" for line in written)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
