"""A daemon whose engine fails every statement as soon as the daemon is up.

python -m tests.support.failing_engine_program DATA_DIR
"""

import os
import sys
import time
from functools import partialmethod
from typing import Any, NoReturn

from benchwire.cli.main import main as command_line
from benchwire.embedded import daemon
from benchwire.embedded.chdb_sink import ChdbSink
from benchwire.embedded.engine_watch import EngineWatch
from benchwire.embedded.engines import Engines
from benchwire.embedded.store import ChdbStore


def broken(*_: Any, **__: Any) -> NoReturn:
    """Answer as an engine that has lost itself."""
    raise RuntimeError("Code: 49. DB::Exception: nothing works any more. (LOGICAL_ERROR)")


def main() -> None:
    """Run `benchwire up`, and break the engine once it has started."""
    os.environ["BENCHWIRE_DATA_DIR"] = sys.argv[1]
    is_stuck = sys.argv[2:] == ["stuck"]
    sys.argv = ["benchwire", "up"]
    daemon.BROKEN_STOP_SECONDS = 0.2
    start, watch = Engines.start, EngineWatch.__init__

    def start_and_break(self: Engines) -> Any:
        registration = start(self)
        for kind, name in ((ChdbStore, "control"), (ChdbSink, "_run"), (ChdbSink, "insert")):
            setattr(kind, name, broken)
        return registration

    EngineWatch.__init__ = partialmethod(watch, look_seconds=0.05)  # type: ignore[assignment]
    Engines.start = start_and_break  # type: ignore[method-assign]
    if is_stuck:
        Engines.stop = lambda _self, *_: time.sleep(3_600)  # type: ignore[method-assign]
    command_line()


if __name__ == "__main__":
    main()
