"""Where journal files live and how they are called.

    <journal>/<run_id>/<emitter-token>~<epoch>~<base_seq>~<base_checksum>~<nonce>.seg
                       (same).sent   where messages were cut, so that a second delivery cuts alike
                       (same).ack    the stream has acknowledged all of it
                       (same).torn   bytes set aside because no event could be read from them
    <journal>/<run_id>/.<segment>.new   a segment without its first line yet; never holds an event

A name carries what an earlier, perhaps already deleted, segment of the epoch has added up:
the first sequence number and the checksum so far. One segment is thus enough to go on from.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

SEGMENT_SUFFIX: Final = ".seg"
SENT_SUFFIX: Final = ".sent"
ACK_SUFFIX: Final = ".ack"
TORN_SUFFIX: Final = ".torn"
NEW_SUFFIX: Final = ".new"
SIDECAR_SUFFIXES: Final = (SENT_SUFFIX, ACK_SUFFIX)
DIRECTORY_MODE: Final = 0o700
"""Journals hold what agents were told; other accounts have no business there."""
FILE_MODE: Final = 0o600
_NAME_PARTS: Final = 5


@dataclass(frozen=True, slots=True)
class SegmentName:
    """What a segment's file name says."""

    emitter_token: str
    epoch: int
    base_seq: int
    base_checksum: int
    nonce: str

    @property
    def file_name(self) -> str:
        """The name on disk."""
        return (
            f"{self.emitter_token}~{self.epoch}~{self.base_seq}"
            f"~{self.base_checksum:016x}~{self.nonce}{SEGMENT_SUFFIX}"
        )

    @property
    def chain(self) -> tuple[str, int, str]:
        """What all segments of one writer's epoch share."""
        return (self.emitter_token, self.epoch, self.nonce)

    @classmethod
    def parse(cls, file_name: str) -> Self | None:
        """Read a file name; None if it is not a segment's."""
        if not file_name.endswith(SEGMENT_SUFFIX) or file_name.startswith("."):
            return None
        parts = file_name.removesuffix(SEGMENT_SUFFIX).split("~")
        if len(parts) != _NAME_PARTS:
            return None
        try:
            return cls(parts[0], int(parts[1]), int(parts[2]), int(parts[3], 16), parts[4])
        except ValueError:
            return None


def sidecar(segment: Path, suffix: str) -> Path:
    """The file beside a segment that carries ``suffix`` instead of ``.seg``."""
    return segment.with_name(segment.name.removesuffix(SEGMENT_SUFFIX) + suffix)


def run_directories(journal: Path) -> Iterator[Path]:
    """Every run's directory, oldest name order not implied; none if there is no journal yet."""
    try:
        with os.scandir(journal) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield Path(entry.path)
    except FileNotFoundError:
        return


def file_names(run_directory: Path) -> list[str]:
    """Names in a run's directory; empty if it has been removed meanwhile."""
    try:
        return os.listdir(run_directory)  # noqa: PTH208 - names are wanted, not paths
    except (FileNotFoundError, NotADirectoryError):
        return []


def segments_in_order(run_directory: Path, names: list[str]) -> list[tuple[Path, SegmentName]]:
    """The segments among ``names``, each epoch's in the order they were written."""
    parsed = ((name, SegmentName.parse(name)) for name in names)
    found = [(run_directory / name, segment) for name, segment in parsed if segment is not None]
    found.sort(key=lambda pair: (*pair[1].chain, pair[1].base_seq))
    return found
