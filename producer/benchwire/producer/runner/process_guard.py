"""Keeps watch over one program and everything it starts, and lets nothing of it live on.

Run as a script, never imported: ``python -I -S process_guard.py LIFELINE STATUS GRACE PROGRAM …``.
LIFELINE is a pipe from the runner: ``T`` ends the program (SIGTERM, then SIGKILL after GRACE
seconds), ``K`` kills it, and so does the pipe's end, which comes when the runner dies, however it
dies. STATUS is a pipe to the runner: one line ``pid N`` or ``error ERRNO``, one ``exit CODE``.

The program leads a session of its own. On Linux the guard is the reaper of whatever leaves that
session, so that daemons of the program end with it, too; elsewhere only its process group does.
The kernel's parent-death signal alone would not do: it is bound to the thread that started the
program, and reaches none of the program's children.
"""

import ctypes
import os
import select
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
KILL_SECONDS_MAX = 5.0
"""What cannot be killed in this time (it hangs in the kernel) is left behind."""
NO_PROGRAM = 127
_NEVER = float("inf")


def main(arguments: list[str]) -> None:
    """Start the program, wait for its end or for the order to end it, report."""
    lifeline, status, grace_seconds = int(arguments[0]), int(arguments[1]), float(arguments[2])
    for fd in (lifeline, status):
        os.set_inheritable(fd, False)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    wake = _wake_on_child_end()
    pid, error = _start(arguments[3:])
    if error:
        os.write(status, f"error {error}\n".encode())
        return
    os.write(status, f"pid {pid}\n".encode())
    _let_go_of_standard_streams()
    code = _watch(pid, lifeline, wake, grace_seconds)
    _kill_all(pid)
    if code is not None:
        os.write(status, f"exit {code}\n".encode())


def _start(command: list[str]) -> tuple[int, int]:
    """Fork and become the program; its process id, or the error that kept it from starting."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            os.execvp(command[0], command)  # noqa: S606 - becoming the program is the purpose
        except OSError as failed:
            os.write(writing, str(failed.errno).encode())
        finally:
            os._exit(NO_PROGRAM)
    os.close(writing)
    error = os.read(reading, 16)
    os.close(reading)
    return pid, int(error or 0)


def _watch(pid: int, lifeline: int, wake: int, grace_seconds: float) -> int | None:
    """Wait until the program has ended; its exit code, 128 + n after signal n, None if stuck."""
    code: int | None = None
    kill_at = give_up_at = _NEVER
    sources = [lifeline, wake]
    while code is None and time.monotonic() < give_up_at:
        until = min(kill_at, give_up_at)
        pause = None if until == _NEVER else max(until - time.monotonic(), 0.0)
        ready = select.select(sources, [], [], pause)[0]
        order = os.read(lifeline, 16) if lifeline in ready else None
        if order == b"":
            sources.remove(lifeline)
        if order == b"T" and kill_at == give_up_at == _NEVER:
            kill_at = time.monotonic() + grace_seconds
            _signal_group(pid, signal.SIGTERM)
        elif order is not None or time.monotonic() >= kill_at:
            kill_at, give_up_at = _NEVER, min(give_up_at, time.monotonic() + KILL_SECONDS_MAX)
            _signal_group(pid, signal.SIGKILL)
        if wake in ready:
            os.read(wake, 4096)
            code = _reap().get(pid)
    return code


def _reap() -> dict[int, int]:
    """Take note of every child that has ended: exit codes by process id."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, state = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        code = os.waitstatus_to_exitcode(state)
        ended[pid] = code if code >= 0 else 128 - code


def _kill_all(pid: int) -> None:
    """Kill what is left: the group, then what was orphaned to us, until there is no more."""
    _signal_group(pid, signal.SIGKILL)
    give_up_at = time.monotonic() + KILL_SECONDS_MAX
    while time.monotonic() < give_up_at:
        _reap()
        children = _children()
        if not children:
            return
        for child in children:
            _signal(child, signal.SIGKILL)
        time.sleep(0.002)


def _children() -> list[int]:
    """Processes whose parent we are; on Linux that is every orphan of the program."""
    own = os.getpid()
    found: list[int] = []
    try:
        names = [name for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - no pathlib
    except OSError:
        return []
    for name in names:
        try:
            with open(f"/proc/{name}/stat", "rb") as stat:  # noqa: PTH123 - no pathlib under -S
                parent = int(stat.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if parent == own:
            found.append(int(name))
    return found


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except OSError:
        _signal(pid, number)


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        return


def _wake_on_child_end() -> int:
    """A descriptor that becomes readable whenever a child ends."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    return reading


def _let_go_of_standard_streams() -> None:
    """The output ends when the program's processes close it, not when the guard does."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    main(sys.argv[1:])
