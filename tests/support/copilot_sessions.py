"""Writes synthetic Copilot sessions, record by record, as the CLI lays them out on disk."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

SESSION_ID = "11111111-2222-4333-8444-555555555555"
START = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)


class SessionLog:
    """A log under construction; every record is 100 ms later than the one before."""

    def __init__(self, session_id: str = SESSION_ID) -> None:
        self.session_id = session_id
        self.records: list[dict[str, Any]] = []
        self.spans: list[dict[str, Any]] = []
        self._now = START

    def record(self, kind: str, data: dict[str, Any] | None = None, **top: Any) -> Self:
        """Append a record of any type."""
        self._now += timedelta(milliseconds=100)
        number = len(self.records)
        self.records.append(
            {
                "type": kind,
                "data": data or {},
                "id": f"00000000-0000-4000-8000-{number:012d}",
                "timestamp": self.timestamp,
                "parentId": None,
                **top,
            }
        )
        return self

    def wait(self, pause: timedelta) -> Self:
        """Let time pass."""
        self._now += pause
        return self

    @property
    def timestamp(self) -> str:
        """The time of the last record, as JavaScript writes it."""
        return self._now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def start(self, **data: Any) -> Self:
        """The header."""
        return self.record(
            "session.start",
            {
                "sessionId": self.session_id,
                "version": 1,
                "producer": "copilot-agent",
                "copilotVersion": "1.0.65",
                "startTime": START.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "selectedModel": "gpt-5.5",
                "context": {"cwd": "/home/someone/shop"},
                **data,
            },
        )

    def turn(
        self,
        turn_id: int,
        *,
        tools: tuple[str, ...] = (),
        output_tokens: int | None = 10,
        agent_id: str | None = None,
        interaction_id: str = "i-1",
    ) -> Self:
        """A whole turn whose tool calls all succeed."""
        top: dict[str, Any] = {} if agent_id is None else {"agentId": agent_id}
        ids = {"turnId": str(turn_id), "interactionId": interaction_id}
        self.record("assistant.turn_start", ids, **top)
        message: dict[str, Any] = {
            "messageId": f"m-{len(self.records)}",
            "model": "gpt-5.5",
            "content": f"turn {turn_id}",
            "toolRequests": [{"toolCallId": t, "name": "view", "type": "function"} for t in tools],
            **ids,
        }
        if output_tokens is not None:
            message["outputTokens"] = output_tokens
        self.record("assistant.message", message, **top)
        for tool in tools:
            self.tool_start(tool, **top)
        for tool in tools:
            self.tool_complete(tool, **top)
        return self.record("assistant.turn_end", {"turnId": str(turn_id)}, **top)

    def tool_start(self, call_id: str, name: str = "view", **top: Any) -> Self:
        """A tool call begins."""
        data = {"toolCallId": call_id, "toolName": name, "arguments": {"path": "/a.py"}}
        return self.record("tool.execution_start", data, **top)

    def tool_complete(
        self,
        call_id: str,
        *,
        success: bool = True,
        telemetry: dict[str, Any] | None = None,
        **top: Any,
    ) -> Self:
        """A tool call ends."""
        data: dict[str, Any] = {"toolCallId": call_id, "success": success}
        if telemetry is not None:
            data["toolTelemetry"] = telemetry
        if success:
            data["result"] = {"content": "done"}
        else:
            data["error"] = {"message": "it broke", "code": "failure"}
        return self.record("tool.execution_complete", data, **top)

    def shutdown(
        self,
        *,
        plain: int = 100,
        read: int = 0,
        write: int = 0,
        output: int = 10,
        reasoning: int | None = None,
        nano_aiu: float | None = 1_000_000_000,
        details: bool = True,
        **data: Any,
    ) -> Self:
        """A shutdown whose two accounts agree."""
        usage = {
            "inputTokens": plain + read + write,
            "outputTokens": output,
            "cacheReadTokens": read,
            "cacheWriteTokens": write,
        }
        if reasoning is not None:
            usage["reasoningTokens"] = reasoning
        metric: dict[str, Any] = {"requests": {"count": 1, "cost": 1}, "usage": usage}
        body: dict[str, Any] = {
            "shutdownType": "routine",
            "totalPremiumRequests": 1,
            "totalApiDurationMs": 1000,
            "codeChanges": {"linesAdded": 3, "linesRemoved": 1, "filesModified": ["/a.py"]},
            "modelMetrics": {"gpt-5.5": metric},
            "currentTokens": 5000,
            **data,
        }
        if nano_aiu is not None:
            body["totalNanoAiu"] = nano_aiu
            metric["totalNanoAiu"] = nano_aiu
        if details:
            counts = {"input": plain, "cache_read": read, "cache_write": write, "output": output}
            body["tokenDetails"] = {
                kind: {"tokenCount": count} for kind, count in counts.items() if count
            }
        return self.record("session.shutdown", body)

    def chat_span(
        self,
        turn_id: int,
        attributes: Mapping[str, object] | None = None,
        *,
        interaction_id: str = "i-1",
    ) -> Self:
        """A model call in the OTel file, at the time of the last record."""
        seconds = int(self._now.timestamp())
        nanos = self._now.microsecond * 1000
        self.spans.append(
            {
                "type": "span",
                "traceId": "0af7651916cd43dd8448eb211c80319c",
                "spanId": f"{len(self.spans):016x}",
                "name": "chat gpt-5.5",
                "startTime": [seconds, nanos],
                "endTime": [seconds + 1, nanos],
                "attributes": {
                    "gen_ai.operation.name": "chat",
                    "gen_ai.conversation.id": self.session_id,
                    "gen_ai.response.model": "gpt-5.5",
                    "github.copilot.turn_id": str(turn_id),
                    "github.copilot.interaction_id": interaction_id,
                    **(attributes or {}),
                },
                "status": {"code": 0},
                "events": [],
                "resource": {"attributes": {}},
            }
        )
        return self

    def write(self, folder: Path) -> Path:
        """Write the session's directory and return it."""
        folder.mkdir(parents=True, exist_ok=True)
        lines = "".join(json.dumps(record) + "\n" for record in self.records)
        (folder / "events.jsonl").write_text(lines, encoding="utf-8")
        if self.spans:
            spans = "".join(json.dumps(span) + "\n" for span in self.spans)
            (folder / "copilot-otel.jsonl").write_text(spans, encoding="utf-8")
        return folder
