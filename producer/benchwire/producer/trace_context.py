"""The OpenTelemetry span a run is started in, if there is one."""

import sys


def current_trace() -> tuple[str | None, str | None]:
    """Trace and span id of the current span, as hex; None without one.

    OpenTelemetry is looked for, not imported: a program that has not loaded it has no span.
    """
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None, None
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None, None
    return f"{context.trace_id:032x}", f"{context.span_id:016x}"
