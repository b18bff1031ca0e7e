"""Hashes the documents of imported runs as those of live ones are hashed: without their secrets."""

from benchwire.schemas.hashing import document_hash
from benchwire.schemas.limits import JsonObject
from benchwire.schemas.redaction import Redactor


def redacted_hash(document: JsonObject | None) -> str | None:
    """The ``cfg_hash`` or ``env_hash`` of a document; None where nothing is known."""
    return None if document is None else document_hash(Redactor().document(document))
