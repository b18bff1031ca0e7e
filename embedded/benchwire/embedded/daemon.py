"""Run the engines until told to stop, start such a process in the background, and stop it."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import structlog

from benchwire.embedded.client import EndpointClient
from benchwire.embedded.data_directory import DataDirectory
from benchwire.embedded.engines import Engines
from benchwire.embedded.errors import (
    EmbeddedError,
    EngineFailedError,
    EnginesBusyError,
    EngineStartError,
)
from benchwire.embedded.process_identity import is_alive
from benchwire.embedded.registration import (
    DaemonLock,
    LockHolder,
    Registration,
    lock_holder,
    read_registration,
)
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.embedded.stack import Announce, busy, this_process

POLL_SECONDS = 0.05
WATCH_SECONDS = 0.2
LOG_TAIL_LINES = 8
BROKEN_STOP_SECONDS = 10.0

log = structlog.get_logger("benchwire.embedded")


@dataclass(frozen=True, slots=True)
class StopReport:
    """What `stop_daemon` found and did."""

    was_running: bool
    pid: int | None = None
    seconds: float = 0.0


def running_daemon(settings: EmbeddedSettings) -> Registration | None:
    """Return the registration of engines that answer now, whoever runs them."""
    found = read_registration(DataDirectory(settings.data_dir).registration)
    return found if found is not None and EndpointClient(found).answers() else None


def run_daemon(
    settings: EmbeddedSettings,
    *,
    started: Callable[[Registration], None],
    announce: Announce,
) -> None:
    """Run the engines in this process until SIGTERM, SIGINT or `benchwire down`.

    Raises:
        EngineFailedError: The store's engine fails every statement.
    """
    data = DataDirectory(settings.data_dir)
    data.create()
    lock = DaemonLock(data.lock)
    with _stop_signals() as signalled:
        _take_lock(lock, settings, announce)
        try:
            engines = Engines(settings, role="daemon", command="benchwire up")
            started(engines.start())
            try:
                while not signalled and not engines.presence.stop_asked.wait(WATCH_SECONDS):
                    if engines.failure is not None:
                        raise _failed(engines.failure)
            finally:
                log.info("engines_stopping", signal=signalled[0] if signalled else None)
                _stop(engines, announce)
                log.info("engines_stopped")
        finally:
            lock.release()


def _failed(said: str) -> EngineFailedError:
    return EngineFailedError(
        f"the store's engine fails every statement: {said}",
        hint="start again with `benchwire up`; what was not stored is in the stream",
    )


def _stop(engines: Engines, announce: Announce) -> None:
    """Stop everything; with a broken engine, whose threads may never end, only for a while."""
    if engines.failure is None:
        engines.stop()
        return
    stopping = threading.Thread(target=engines.stop, daemon=True)
    stopping.start()
    stopping.join(BROKEN_STOP_SECONDS)
    if stopping.is_alive():
        failed = _failed(engines.failure)
        announce(f"error: {failed}")
        announce(f"hint: {failed.hint}")
        log.error("engines_left_to_the_system", after_seconds=BROKEN_STOP_SECONDS)
        # The lock goes with this process, and nats-server ends with it.
        os._exit(1)


def spawn_daemon(settings: EmbeddedSettings, arguments: Sequence[str]) -> Registration:
    """Start a daemon in a session of its own and return when it answers.

    A fresh process, never a fork: a fork of a process that has loaded chDB hangs.
    """
    data = DataDirectory(settings.data_dir)
    data.create()
    log_file = data.log / "daemon.log"
    with log_file.open("ab") as output:
        log_start = output.tell()
        process = subprocess.Popen(
            list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + settings.start_timeout_seconds
    while time.monotonic() < deadline:
        found = running_daemon(settings)
        if found is not None and found.pid == process.pid:
            return found
        if process.poll() is not None:
            winner = lock_holder(data.lock)
            if winner is not None and winner.role == "daemon":
                raise _second_daemon(data, winner.pid, found)
            why, hint = _last_words(log_file, log_start)
            raise EngineStartError(
                f"the daemon ended with code {process.returncode}: {why}",
                hint=f"{hint}; see {log_file}" if hint else f"see {log_file}",
            )
        time.sleep(POLL_SECONDS)
    process.terminate()
    raise EngineStartError(
        f"the daemon did not answer within {settings.start_timeout_seconds:g} s",
        hint=f"see {log_file}",
    )


def stop_daemon(settings: EmbeddedSettings) -> StopReport:
    """Ask the daemon to stop and wait until it has ended."""
    data = DataDirectory(settings.data_dir)
    found = read_registration(data.registration)
    holder = lock_holder(data.lock) if data.lock.exists() else None
    if found is None and holder is None:
        return StopReport(was_running=False)
    role, pid, command = _owner(found, holder)
    if role == "command":
        raise EnginesBusyError(
            f"no daemon runs here; `{command}` (pid {pid}) runs the engines for its own duration",
            hint="they end with that command",
        )
    began = time.monotonic()
    _ask_to_stop(found, pid)
    deadline = began + settings.stop_timeout_seconds
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    if is_alive(pid):
        raise EmbeddedError(
            f"the daemon (pid {pid}) is still stopping after {settings.stop_timeout_seconds:g} s",
            hint=f"see {data.log / 'daemon.log'}; killing it loses nothing that was acknowledged",
        )
    return StopReport(was_running=True, pid=pid, seconds=round(time.monotonic() - began, 2))


def _owner(found: Registration | None, holder: LockHolder | None) -> tuple[str, int, str]:
    owner = found or holder
    assert owner is not None
    return owner.role, owner.pid, owner.command


def _ask_to_stop(found: Registration | None, pid: int) -> None:
    if found is not None:
        with contextlib.suppress(EmbeddedError):
            EndpointClient(found).stop()
            return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def _take_lock(lock: DaemonLock, settings: EmbeddedSettings, announce: Announce) -> None:
    data = DataDirectory(settings.data_dir)
    deadline = time.monotonic() + settings.start_timeout_seconds
    announced = False
    while not lock.acquire(this_process("daemon")):
        holder = lock_holder(data.lock)
        if holder is not None and holder.role == "daemon":
            raise _second_daemon(data, holder.pid, running_daemon(settings))
        if time.monotonic() > deadline:
            raise busy(data, settings)
        if holder is not None and not announced:
            announce(f"waiting for `{holder.command}` (pid {holder.pid}) to finish")
            announced = True
        time.sleep(POLL_SECONDS)


@contextlib.contextmanager
def _stop_signals() -> Generator[list[str]]:
    """Collect SIGTERM and SIGINT in a list: a handler may not take the locks of an event."""
    received: list[str] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(signal.Signals(number).name)

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _second_daemon(data: DataDirectory, pid: int, found: Registration | None) -> EnginesBusyError:
    where = f", SQL at {found.sql_url}" if found is not None else ""
    return EnginesBusyError(
        f"a daemon already runs for {data.root} (pid {pid}{where})",
        hint="use it, or end it with `benchwire down`",
    )


def _last_words(path: Path, start: int) -> tuple[str, str]:
    """Why a daemon ended, and what helps; what stands before `start` is of earlier ones."""
    try:
        lines = path.read_bytes()[start:].decode("utf-8", "replace").strip().splitlines()
    except OSError:
        return "no log", ""
    said = {word: rest for word, _, rest in (line.strip().partition(": ") for line in lines)}
    if "error" in said:
        return said["error"], said.get("hint", "")
    return " | ".join(line.strip() for line in lines[-LOG_TAIL_LINES:]), ""
