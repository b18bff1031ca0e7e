"""Threads with room for the engine's recursion."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait

STACK_BYTES = 64 * 1024 * 1024
"""The engine parses and analyses a statement on the caller's thread, recursively. With the usual
8 MiB (macOS: 512 KiB) a text within all its limits overflowed the stack, which ends the engine.
Address space only: pages are used when they are reached."""

_lock = threading.Lock()


def deep_executor(threads: int, name: str) -> ThreadPoolExecutor:
    """Return an executor whose threads run already, each with a stack of `STACK_BYTES`."""
    executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
    together = threading.Barrier(threads)
    with _lock:
        before = threading.stack_size(STACK_BYTES)
        try:
            # The size counts when a thread is made, and an executor makes one for each task that
            # finds no idle one.
            started = [executor.submit(together.wait) for _ in range(threads)]
        finally:
            threading.stack_size(before)
    wait(started)
    return executor
