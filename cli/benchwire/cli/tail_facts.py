"""What an event tells, in a few words: the facts that somebody who watches wants to see."""

from collections.abc import Callable
from typing import Any, Final, Literal

Tone = Literal["good", "bad", "plain"]
Told = tuple[str, Tone]
Payload = dict[str, Any]

NANO_PER_AIU: Final = 1_000_000_000
MS_PER_SECOND: Final = 1_000
SECONDS_PER_MINUTE: Final = 60
THOUSAND, MILLION = 1_000, 1_000_000
GOOD_OUTCOMES, BAD_OUTCOMES = ("resolved",), ("unresolved",)


def what_happened(event_type: str, data: Payload) -> Told:
    """Return the facts of an event and whether they are good news."""
    told = TELLERS.get(event_type)
    return told(data) if told is not None else ("", "plain")


def _run_start(data: Payload) -> Told:
    agent: Payload = data.get("agent") or {}
    attempt = data.get("attempt")
    source: Payload = data.get("source") or {}
    return _joined(
        f"attempt {attempt}" if attempt and attempt > 1 else None,
        data.get("model"),
        agent.get("name"),
        f"from {source['system']}" if source.get("system") else None,
    ), "plain"


def _step(data: Payload) -> Told:
    error = data.get("error")
    return _joined(
        data.get("kind"),
        _usage(data.get("usage")),
        _duration(data.get("duration_ms")),
        _counted("turn", data.get("turn")),
        data.get("model"),
        f"error: {error}" if error else data.get("content"),
    ), "bad" if error else "plain"


def _tool_call(data: Payload) -> Told:
    exit_code, error = data.get("exit_code"), data.get("error") or data.get("exit_detail")
    is_bad = bool(data.get("failed") or data.get("nonzero_exit") or exit_code or error)
    ended = f"exit {exit_code}" if exit_code is not None else data.get("exit_kind")
    return _joined(
        data.get("name"),
        "failed" if data.get("failed") else None,
        ended,
        _duration(data.get("latency_ms")),
        _counted("retries", data.get("retries") or None),
        error or _argument(data.get("arguments")),
    ), "bad" if is_bad else "plain"


def _context_decision(data: Payload) -> Told:
    before, after, removed = (data.get(f"tokens_{name}") for name in ("before", "after", "removed"))
    change = None
    if before is not None and after is not None:
        change = f"{_short(before)} -> {_short(after)} tokens"
    elif removed is not None:
        change = f"{_short(removed)} tokens removed"
    kept = data.get("kept")
    return _joined(
        data.get("kind"),
        data.get("segment_kind"),
        {True: "kept", False: "dropped"}.get(kept) if kept is not None else None,
        change,
        _usage(data.get("usage")),
        "failed" if data.get("success") is False else None,
    ), "bad" if data.get("success") is False else "plain"


def _failure(data: Payload) -> Told:
    root: Payload = data.get("root") or {}
    error_type = data.get("error_type")
    return _joined(
        root.get("kind"),
        "fatal" if data.get("fatal") else None,
        error_type,
        data.get("message"),
    ), "bad"


def _run_stop(data: Payload) -> Told:
    status, outcome = data.get("status"), data.get("outcome")
    return _joined(
        status if status != "ok" else None,
        outcome or ("ungraded" if status == "ok" else None),
        _number("score", data.get("score")),
        _counted("turns", data.get("turns")),
        _usage(data.get("usage")),
        _duration(data.get("duration_ms")),
        data.get("error"),
    ), _tone(outcome, is_bad=status != "ok")


def _verdict(data: Payload) -> Told:
    outcome = data.get("outcome")
    return _joined(
        outcome, _number("score", data.get("score")), f"by {data.get('grader')}", data.get("reason")
    ), _tone(outcome)


def _emitter_stop(data: Payload) -> Told:
    is_recovered = data.get("sealed_by") == "recovery"
    return _joined(
        f"{data.get('n_events')} events", "sealed by recovery" if is_recovered else None
    ), "plain"


def _telemetry_loss(data: Payload) -> Told:
    ranges: list[Payload] = data.get("ranges") or []
    count = sum(one["last_seq"] - one["first_seq"] + 1 for one in ranges)
    lost = f"{count} event{'s' if count != 1 else ''} lost"
    return _joined(lost, data.get("reason"), data.get("detail")), "bad"


def _heartbeat(data: Payload) -> Told:
    return _joined(
        data.get("phase"),
        _counted("turn", data.get("turn")),
        _counted("events", data.get("events_emitted")),
    ), "plain"


def _optimizer_update(data: Payload) -> Told:
    return _joined(
        data.get("suggested_policy_id"),
        data.get("optimizer"),
        _number("expects", data.get("expected_improvement")),
        _number("confidence", data.get("confidence")),
        data.get("reasoning"),
    ), "plain"


TELLERS: Final[dict[str, Callable[[Payload], Told]]] = {
    "run_start": _run_start,
    "step": _step,
    "tool_call": _tool_call,
    "context_decision": _context_decision,
    "failure": _failure,
    "run_stop": _run_stop,
    "verdict": _verdict,
    "emitter_stop": _emitter_stop,
    "telemetry_loss": _telemetry_loss,
    "heartbeat": _heartbeat,
    "optimizer_update": _optimizer_update,
}
"""By event type."""


def _usage(usage: Payload | None) -> str | None:
    """Return the token buckets that are known; reasoning is part of no other bucket's sum."""
    if not usage:
        return None
    names = {
        "input_tokens": "in",
        "cache_read_tokens": "cached",
        "cache_write_tokens": "written",
        "output_tokens": "out",
    }
    parts = [f"{short} {_short(usage[name])}" for name, short in names.items() if usage.get(name)]
    cost = usage.get("nano_aiu")
    if cost is not None:
        parts.append(f"{cost / NANO_PER_AIU:.3g} AIU")
    return " ".join(parts) or None


def _short(number: float) -> str:
    if number >= MILLION:
        return f"{number / MILLION:.1f}M"
    return f"{number / THOUSAND:.1f}k" if number >= THOUSAND else f"{number:g}"


def _duration(milliseconds: float | None) -> str | None:
    if milliseconds is None:
        return None
    if milliseconds < MS_PER_SECOND:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / MS_PER_SECOND
    if seconds < SECONDS_PER_MINUTE:
        return f"{seconds:.1f} s"
    return f"{int(seconds // SECONDS_PER_MINUTE)} min {int(seconds % SECONDS_PER_MINUTE)} s"


def _counted(what: str, number: int | None) -> str | None:
    return None if number is None else f"{what} {number}"


def _number(what: str, number: float | None) -> str | None:
    return None if number is None else f"{what} {number:.4g}"


def _argument(arguments: Payload | None) -> str | None:
    """Return the first argument that is a text: mostly the command, the path or the query."""
    return next((one for one in (arguments or {}).values() if isinstance(one, str)), None)


def _tone(outcome: str | None, *, is_bad: bool = False) -> Tone:
    if is_bad or outcome in BAD_OUTCOMES:
        return "bad"
    return "good" if outcome in GOOD_OUTCOMES else "plain"


def _joined(*parts: Any) -> str:
    return " ".join(str(part) for part in parts if part is not None and part != "")
