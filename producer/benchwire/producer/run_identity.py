"""Who an event belongs to: the part of the envelope that a run's events share."""

import re
from dataclasses import dataclass
from typing import Final

from benchwire.schemas.errors import InvalidEvent
from benchwire.schemas.event import check_identifier
from benchwire.schemas.identity import is_canonical_uuid
from benchwire.schemas.line import LineTemplate

_U64_MAX: Final = 2**64 - 1
_HEX32: Final = re.compile(r"[0-9a-f]{32}")
_HEX16: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunIdentity:
    """The envelope fields that are the same for every event of a run; checked when made."""

    experiment_id: str
    """The question asked."""
    job_id: str
    """The launch of the experiment."""
    policy_id: str
    """The arm under test."""
    task_id: str
    """The problem."""
    run_id: str
    """Lower-case hyphenated UUID of this attempt."""
    cfg_hash: str | None = None
    """Hash of the redacted configuration document; None when nothing is known."""
    env_hash: str | None = None
    """Hash of the redacted environment document; None when nothing is known."""
    seed: int | None = None
    """Random seed of the run."""
    trace_id: str | None = None
    """W3C trace the run is part of, 32 hex digits."""
    span_id: str | None = None
    """W3C span the run is part of, 16 hex digits."""

    @property
    def traceparent(self) -> str | None:
        """The W3C header value; None when the run is part of no trace."""
        if self.trace_id is None or self.span_id is None:
            return None
        return f"00-{self.trace_id}-{self.span_id}-01"

    def __post_init__(self) -> None:
        """Raise InvalidEvent for an envelope no reader would accept."""
        for name in ("experiment_id", "job_id", "policy_id", "task_id"):
            try:
                check_identifier(getattr(self, name))
            except (ValueError, TypeError, AttributeError):
                raise InvalidEvent("invalid_field", f"{name}: 1 to 256 bytes of text") from None
        if not is_canonical_uuid(self.run_id):
            raise InvalidEvent("invalid_field", "run_id: a lower-case hyphenated UUID")
        if self.seed is not None and not 0 <= self.seed <= _U64_MAX:
            raise InvalidEvent("invalid_field", "seed: an unsigned 64-bit integer")
        for name, form in (
            ("cfg_hash", _HEX32),
            ("env_hash", _HEX32),
            ("trace_id", _HEX32),
            ("span_id", _HEX16),
        ):
            value = getattr(self, name)
            if value is not None and form.fullmatch(value) is None:
                raise InvalidEvent("invalid_field", f"{name}: lower-case hex digits")

    def template(self, emitter: str, epoch: int) -> LineTemplate:
        """The assembler of this run's lines for one epoch of an emitter."""
        return LineTemplate(
            experiment_id=self.experiment_id,
            job_id=self.job_id,
            policy_id=self.policy_id,
            task_id=self.task_id,
            run_id=self.run_id,
            emitter=emitter,
            epoch=epoch,
            cfg_hash=self.cfg_hash,
            env_hash=self.env_hash,
            seed=self.seed,
            trace_id=self.trace_id,
            span_id=self.span_id,
        )
