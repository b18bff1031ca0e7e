"""Reads trajectories in the Agent Trajectory Interchange Format, versions 1.0 to 1.8.

Other importers use the parts: :class:`TrajectoryTranslator` for the events of a trajectory that
belongs to a run of theirs, :func:`scan_trajectory` for what must be known beforehand.
"""

from benchwire.producer.importers.atif.recording import AtifImporter, TrajectoryRecording
from benchwire.producer.importers.atif.scan import TrajectoryScan, read_agent, scan_trajectory
from benchwire.producer.importers.atif.translate import TrajectoryTranslator

__all__ = [
    "IMPORTER",
    "AtifImporter",
    "TrajectoryRecording",
    "TrajectoryScan",
    "TrajectoryTranslator",
    "read_agent",
    "scan_trajectory",
]

IMPORTER = AtifImporter()
"""The importer of kind ``atif``."""
