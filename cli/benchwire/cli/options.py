"""Options that several commands share, and what their help says."""

from typing import Annotated, Final

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")]

EVENT_TYPE_NAMES: Final = (
    "run_start, step, tool_call, context_decision, failure, run_stop, optimizer_update, verdict, "
    "emitter_stop, telemetry_loss, heartbeat"
)
"""All event types, as help lists them; written out because the models take 60 ms to load."""
