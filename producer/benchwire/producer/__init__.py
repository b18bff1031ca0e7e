"""The SDK for trial runners: journals events, delivers them, never gets in the way.

with Producer() as producer, producer.run(experiment_id=…, policy_id=…, task_id=…) as run:
run.step(kind="act", model="…", usage=Usage(…))
run.stop(outcome="resolved", score=1.0)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchwire.producer.drain import DrainReport
    from benchwire.producer.durability import Durability
    from benchwire.producer.emitter import Emitter, EmitterClosed
    from benchwire.producer.producer import Producer
    from benchwire.producer.run import Run, RunStopped
    from benchwire.producer.run_identity import RunIdentity
    from benchwire.producer.settings import ProducerSettings
    from benchwire.producer.tool_call import ToolCallRecorder

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

_WHERE = {
    "DrainReport": "drain",
    "Durability": "durability",
    "Emitter": "emitter",
    "EmitterClosed": "emitter",
    "Producer": "producer",
    "ProducerSettings": "settings",
    "Run": "run",
    "RunIdentity": "run_identity",
    "RunStopped": "run",
    "ToolCallRecorder": "tool_call",
}
"""Each name is loaded when it is asked for: a runner pays for what it uses, and `benchwire --help`,
which lists the importers, for nothing of it."""


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415 - needed here only

    found = getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
