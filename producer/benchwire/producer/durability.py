"""How far the events of a run have come: journal, stream, store."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Durability:
    """The three stages, each including the one before. About this process's events only."""

    journaled: bool
    """Every event is in the journal, none was lost: it survives ``kill -9``."""
    acknowledged: bool
    """The stream holds every journaled event: it survives the loss of this machine."""
    stored: bool
    """The consumer has stored all of it: queries see it."""
    events_journaled: int
    """Events in the journal."""
    events_acknowledged: int
    """Those of them that the stream holds."""
    events_lost: int
    """Events that could not be journaled."""
