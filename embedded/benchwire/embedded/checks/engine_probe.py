"""The process in which `benchwire doctor` tries chDB; prints one finding a line.

Run as ``python -m benchwire.embedded.checks.engine_probe STORE CONFIG own|scratch``. Nothing in
the store is changed: migrations are planned, never applied.
"""

import importlib.metadata
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from benchwire.consumer.checks.database import insert_settings, migrations_pending
from benchwire.embedded.chdb_sink import ChdbSink
from benchwire.embedded.endpoint.gate import Gate
from benchwire.embedded.endpoint.gate_examples import MUST_NOT_PASS, MUST_PASS
from benchwire.embedded.errors import EmbeddedError
from benchwire.embedded.store import ChdbStore
from benchwire.schemas.finding import Finding, fail, findings_of, ok

CHDB, GATE = "chDB", "SQL gate"
STORE_OF_THE_USER = "own"


def main() -> None:
    """Be the process."""
    store, config, whose = sys.argv[1:]
    for finding in _look(Path(store), Path(config), whose == STORE_OF_THE_USER):
        sys.stdout.write(json.dumps(asdict(finding)) + "\n")
        sys.stdout.flush()


def _look(directory: Path, config: Path, own: bool) -> Iterator[Finding]:  # noqa: FBT001 - one caller
    try:
        store = ChdbStore.open(directory, config)
    except EmbeddedError as error:
        yield fail(CHDB, str(error), error.hint)
        return
    try:
        version = importlib.metadata.version("chdb-core")
        opened = "opens the store" if own else "opens an empty store"
        yield ok(CHDB, f"{version} (ClickHouse {store.engine_version}), {opened}")
        yield from findings_of(GATE, lambda: _gate(store))
        sink = ChdbSink(store)
        try:
            yield from findings_of("insert settings", lambda: insert_settings(sink))
            if own:
                yield from findings_of("migrations", lambda: migrations_pending(sink))
        finally:
            sink.close()
    finally:
        store.close()


def _gate(store: ChdbStore) -> Finding:
    Gate(store)
    return ok(
        GATE,
        f"lets {len(MUST_PASS)} reading statements through and refuses {len(MUST_NOT_PASS)} others",
    )


if __name__ == "__main__":
    main()
