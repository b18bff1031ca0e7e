"""Gives an imported run its identity: which source, which content, which revision of its labels."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from benchwire.producer.importers.labels import Labels
from benchwire.schemas.run import Source

RUN_NAMESPACE: Final = uuid.UUID("6f0b8b2e-5f0a-5d0e-9d2b-4c7d8f3a1e60")
"""Namespace of the run ids of imported runs; changing it would import everything anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImport:
    """The import of a source that counts in the store at present."""

    labels: Labels
    revision: int


StoredImportLookup = Callable[[str, str], StoredImport | None]
"""Looks up the import that counts for a (system, source_id); ``None`` if there is none."""


def run_id_of(source: Source) -> str:
    """The run id of an import: UUIDv5 over everything that identifies its source.

    The same bytes under the same labels give the same run, whoever imports them and whenever.
    """
    parts = (
        source.system,
        source.source_id,
        source.content_sha256,
        source.n_records,
        source.translator_version,
        source.revision or 0,
    )
    name = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return str(uuid.uuid5(RUN_NAMESPACE, name))


def revision_of(labels: Labels, stored: StoredImport | None) -> int:
    """The revision under which ``labels`` become the ones that count.

    Other labels than the stored ones need a higher revision to win; the same labels keep
    theirs, so that importing twice changes nothing.
    """
    if stored is None:
        return 0
    return stored.revision if stored.labels == labels else stored.revision + 1


def identify(
    source: Source, labels: Labels, lookup: StoredImportLookup | None
) -> tuple[str, Source]:
    """The run id of an import and its source, with the revision under which ``labels`` count."""
    stored = None if lookup is None else lookup(source.system, source.source_id)
    revised = source.model_copy(update={"revision": revision_of(labels, stored) or None})
    return run_id_of(revised), revised
