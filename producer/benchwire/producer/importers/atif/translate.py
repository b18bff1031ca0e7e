"""Second pass over a trajectory: turns its steps into events, one after the other."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from benchwire.producer.importers import timestamps
from benchwire.producer.importers.atif import steps
from benchwire.producer.importers.atif.walk import TrajectoryWalk
from benchwire.producer.importers.buckets import Buckets, buckets_of
from benchwire.producer.importers.translated import TranslatedEvent
from benchwire.schemas.redaction import Redactor


class TrajectoryTranslator:
    """Translates the trajectories of one run, which may have several, and counts on the way.

    A step without an instant in UTC bears that of the event before it.
    """

    def __init__(self, began_us: int) -> None:
        self.at_us = began_us
        """Time of the last event."""
        self.used = Buckets()
        """What the steps used so far."""
        self.n_turns = 0
        """Turns of all agents so far."""
        self._turns = Counter[str | None]()
        self._redactor = Redactor()

    def events(
        self, path: Path, *, prefix: str = "", on_bytes: Callable[[int], object]
    ) -> Iterator[TranslatedEvent]:
        """Yield the events of the trajectory at ``path``; step ids begin with ``prefix``.

        The first pass has reported what is broken.
        """
        walk = TrajectoryWalk(path, prefix=prefix, on_bytes=lambda text: on_bytes(len(text)))
        for part, value in walk.steps():
            at_us = timestamps.utc_instant_us(value.get("timestamp"))
            self.at_us = self.at_us if at_us is None else at_us
            copied = value.get("is_copied_context") is True
            turn = None
            if steps.is_model_call(value) and not copied:
                turn = self._turns[part.agent_id]
                self._turns[part.agent_id] += 1
                self.n_turns += 1
            step, step_id = steps.trajectory_step(value, part, turn), part.step_id(value)
            self.used.add(buckets_of(step.usage))
            if not steps.is_placeholder(value):
                yield TranslatedEvent("step", step, timestamps.wire(self.at_us), step_id)
            if copied:
                continue
            for call in steps.trajectory_calls(value, part, turn, self._redactor):
                yield TranslatedEvent("tool_call", call, timestamps.wire(self.at_us), step_id)
