"""Translates sessions of the Copilot CLI into runs."""

from benchwire.producer.importers.copilot.files import SessionFiles, find_sessions
from benchwire.producer.importers.copilot.recording import (
    SYSTEM,
    TRANSLATOR_VERSION,
    CopilotImporter,
    SessionRecording,
)

__all__ = [
    "IMPORTER",
    "SYSTEM",
    "TRANSLATOR_VERSION",
    "CopilotImporter",
    "SessionFiles",
    "SessionRecording",
    "find_sessions",
]

IMPORTER = CopilotImporter()
"""The importer of kind ``copilot``."""
