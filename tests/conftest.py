"""What every test may ask for: a nats-server of its own, and the engine of this process."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import HealthCheck, settings
from tests.support import prepared_store
from tests.support.nats import NatsServer

if TYPE_CHECKING:
    from benchwire.embedded.store import ChdbStore

# Even where the environment forbids it, bytecode is kept: hundreds of processes are started here,
# and each would compile every module anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# How long an example takes says how busy the machine is.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


def pytest_sessionstart() -> None:
    """Let Ctrl-C reach the programs under test even where the suite runs in the background.

    A shell starts background jobs with SIGINT ignored, and every child inherits that.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def one_prepared_store_for_all(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    """Processes of one run share the directory above their own."""
    own = tmp_path_factory.getbasetemp()
    prepared_store.keep_in(own.parent if hasattr(request.config, "workerinput") else own)


@pytest.fixture(autouse=True)
def log_as_configured_by_nobody() -> Iterator[None]:
    """Commands configure the log of their process; the next test starts without."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[NatsServer]:
    """A running nats-server with JetStream on disk."""
    with NatsServer(tmp_path / "nats") as server:
        yield server


@pytest.fixture(scope="session")
def chdb_store(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[ChdbStore]":
    """The one chDB engine of this process; give each test a database of its own on it."""
    from tests.support.chdb import open_store  # noqa: PLC0415 - loads half a gigabyte of library
    from tests.support.view_store import close_idle  # noqa: PLC0415

    store = open_store(tmp_path_factory.mktemp("chdb"))
    yield store
    close_idle(store)
    store.close()
