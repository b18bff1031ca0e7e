"""Count what the journal of a data directory still has to deliver."""

from pathlib import Path

from benchwire.producer.journal.layout import (
    ACK_SUFFIX,
    SEGMENT_SUFFIX,
    SegmentName,
    file_names,
    run_directories,
)


def journal_backlog(journal: Path) -> dict[str, int]:
    """Return segments and bytes without an acknowledgement, and those kept for a resend."""
    counts = {"segments_open": 0, "bytes_open": 0, "segments_acknowledged": 0}
    for directory in run_directories(journal):
        names = set(file_names(directory))
        for name in names:
            if SegmentName.parse(name) is None:
                continue
            if name.removesuffix(SEGMENT_SUFFIX) + ACK_SUFFIX in names:
                counts["segments_acknowledged"] += 1
                continue
            try:
                size = (directory / name).stat().st_size
            except OSError:
                continue
            counts["segments_open"] += 1
            counts["bytes_open"] += size
    return counts
