"""Run a program that the kernel kills when the thread that started it ends.

Run as a script, never imported: ``python -I -S die_with_parent.py PARENT_PID PROGRAM ARGUMENTS…``.
The signal is bound to the starting *thread*, so that thread must live as long as the program may.
On systems without ``prctl`` the program is only started; the next start ends an orphan.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
ORPHANED = 75
"""Exit code: the parent was gone before the request took effect."""


def main(arguments: list[str]) -> None:
    """Ask for the signal, make sure the parent still lives, become the program."""
    parent, program = int(arguments[0]), arguments[1]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(ORPHANED)
    os.execv(program, arguments[1:])  # noqa: S606  # becoming the program is the purpose


if __name__ == "__main__":
    main(sys.argv[1:])
