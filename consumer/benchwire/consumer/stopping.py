"""Waiting that ends when the process is told to stop, and ending what runs beside it."""

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any, Final, TypeVar

CANCEL_AGAIN_SECONDS: Final = 0.5

Answer = TypeVar("Answer")


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, Answer]) -> Answer | None:
    """Do some work; give None, and cancel the work, if `stop` is set before it is done."""
    task = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for pending in (task, stopped):
            if not pending.done():
                pending.cancel()
        await asyncio.gather(task, stopped, return_exceptions=True)


async def end(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks until each of them has ended; what they raised stays in them.

    Once is not enough: before Python 3.12 `asyncio.wait_for` drops a cancellation that comes in
    the same turn of the loop as its result, and the task goes on.
    """
    pending: set[asyncio.Task[Any]] = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
