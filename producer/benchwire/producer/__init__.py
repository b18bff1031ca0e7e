"""The SDK for trial runners: journals events, delivers them, never gets in the way.

with Producer() as producer, producer.run(experiment_id=…, policy_id=…, task_id=…) as run:
run.step(kind="act", model="…", usage=Usage(…))
run.stop(outcome="resolved", score=1.0)
"""

from typing import TYPE_CHECKING, Any

from benchwire.producer.durability import Durability
from benchwire.producer.emitter import Emitter, EmitterClosed
from benchwire.producer.producer import Producer
from benchwire.producer.run import Run, RunStopped
from benchwire.producer.run_identity import RunIdentity
from benchwire.producer.tool_call import ToolCallRecorder

if TYPE_CHECKING:
    from benchwire.producer.drain import DrainReport
    from benchwire.producer.settings import ProducerSettings

__all__ = [
    "DrainReport",
    "Durability",
    "Emitter",
    "EmitterClosed",
    "Producer",
    "ProducerSettings",
    "Run",
    "RunIdentity",
    "RunStopped",
    "ToolCallRecorder",
]

_LATER = {
    "DrainReport": "benchwire.producer.drain",
    "ProducerSettings": "benchwire.producer.settings",
}
"""What most runners never name is loaded when it is: importing this package stays fast."""


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415 - needed here only

    return getattr(importlib.import_module(_LATER[name]), name)
