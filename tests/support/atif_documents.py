"""Makes synthetic ATIF trajectories, step by step."""

import json
from pathlib import Path
from typing import Any


def user(text: str = "Do it.", **more: Any) -> dict[str, Any]:
    """A message of the user."""
    return {"source": "user", "message": text, **more}


def agent(
    prompt: int | None = None,
    cached: int | None = None,
    output: int | None = None,
    *,
    calls: tuple[str, ...] = (),
    **more: Any,
) -> dict[str, Any]:
    """A step of the agent; each call has a result that names it."""
    step: dict[str, Any] = {"source": "agent", "message": "Working."}
    counts = {"prompt_tokens": prompt, "cached_tokens": cached, "completion_tokens": output}
    metrics = {name: count for name, count in counts.items() if count is not None}
    if metrics:
        step["metrics"] = metrics
    if calls:
        step["tool_calls"] = [
            {"tool_call_id": call, "function_name": "shell", "arguments": {"command": call}}
            for call in calls
        ]
        results = [{"source_call_id": call, "content": f"{call} done"} for call in calls]
        step["observation"] = {"results": results}
    return {**step, **more}


def trajectory(
    *steps: dict[str, Any], version: str = "1.7", final: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A document whose steps are numbered, one second apart."""
    document: dict[str, Any] = {
        "schema_version": f"ATIF-v{version}",
        "session_id": "s-1",
        "agent": {"name": "terminus-2", "version": "2.0.0", "model_name": "gpt-5.5"},
        "steps": [
            {"step_id": number, "timestamp": f"2026-01-29T05:02:{number:02d}Z", **step}
            for number, step in enumerate(steps, start=1)
        ],
    }
    if final is not None:
        document["final_metrics"] = final
    return {**document, **more}


def final(prompt: int, cached: int, output: int, **more: Any) -> dict[str, Any]:
    """Totals as a document declares them."""
    return {
        "total_prompt_tokens": prompt,
        "total_cached_tokens": cached,
        "total_completion_tokens": output,
        **more,
    }


def write(path: Path, document: dict[str, Any]) -> Path:
    """Write a document and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
    return path
