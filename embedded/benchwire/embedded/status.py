"""Collect what `benchwire status` shows about running engines."""

import os
import shutil
from pathlib import Path
from typing import Any

from benchwire.embedded.data_directory import DataDirectory
from benchwire.embedded.jetstream_state import StreamState
from benchwire.embedded.store import ChdbStore

COUNTS = {
    "events": "SELECT count() FROM events FINAL",
    "runs": "SELECT uniqExact(run_id) FROM events",
    "dead_letters_open": "SELECT count() FROM stg_dead_letters WHERE state = 'open'",
}
COUNT_SECONDS_MAX = 10


def stored_counts(store: ChdbStore) -> dict[str, int | None]:
    """Count what is stored; None for what cannot be counted now."""
    handle = store.handle()
    try:
        handle.query(f"SET max_execution_time = {COUNT_SECONDS_MAX}")
        counts: dict[str, int | None] = {}
        for name, sql in COUNTS.items():
            try:
                counts[name] = int(handle.query(sql, "TSV").bytes() or 0)
            except RuntimeError:
                counts[name] = None
        return counts
    finally:
        handle.close()


def stream_fields(state: StreamState | None) -> dict[str, Any]:
    """Describe the events stream; `available` is false while it cannot be asked."""
    if state is None:
        return {"available": False}
    return {
        "available": True,
        "messages": state.messages,
        "bytes": state.bytes,
        "last_sequence": state.last_sequence,
        "stored_sequence": state.stored_sequence,
        "pending": state.pending,
        "ack_pending": state.ack_pending,
        "dead_letter_messages": state.dead_letter_messages,
    }


def disk_fields(data: DataDirectory) -> dict[str, int]:
    """Return bytes on disk by part, and what is free."""
    return {
        "journal_bytes": tree_bytes(data.journal),
        "stream_bytes": tree_bytes(data.nats),
        "store_bytes": tree_bytes(data.store),
        "free_bytes": shutil.disk_usage(data.root).free,
    }


def tree_bytes(root: Path) -> int:
    """Return the bytes that the files below a directory occupy; files may vanish meanwhile."""
    total = 0
    pending = [str(root)]
    while pending:
        try:
            entries = list(os.scandir(pending.pop()))
        except OSError:
            continue
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                else:
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
            except OSError:
                continue
    return total
