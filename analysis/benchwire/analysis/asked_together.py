"""Puts several questions to a store at a time.

Planning a query takes one core whatever the number of rows, so that two questions at a time take
half as long as two in turn.
"""

import contextlib
from collections.abc import Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from benchwire.analysis.query import Query, Row
from benchwire.analysis.rows import Rows

AT_ONCE: Final = 2
"""What commands ask at a time; dashboards and other people ask too."""


class AskedTogether:
    """Questions with the same parameters, asked in the order in which they are put.

    Answers are futures, whose `result` raises what the question raised.
    """

    def __init__(self, pool: ThreadPoolExecutor, rows: Rows, params: Mapping[str, str]) -> None:
        self._pool = pool
        self._rows = rows
        self._params = params

    def put(self, query: Query[Row]) -> Future[list[Row]]:
        """Ask as soon as a thread is free."""
        return self._pool.submit(query.ask, self._rows, self._params)

    def put_unless(
        self,
        condition: bool,  # noqa: FBT001 - reads as a sentence
        query: Query[Row],
    ) -> Future[list[Row]]:
        """Ask; or do not, and answer with no rows."""
        if not condition:
            return self.put(query)
        nothing: Future[list[Row]] = Future()
        nothing.set_result([])
        return nothing


@contextlib.contextmanager
def asked_together(rows: Rows, params: Mapping[str, str], at_once: int) -> Generator[AskedTogether]:
    """Yield a place to put questions; on leaving, those not begun are dropped.

    `rows` is called from `at_once` threads, which are not the caller's.
    """
    pool = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="benchwire-ask")
    try:
        yield AskedTogether(pool, rows, params)
    finally:
        pool.shutdown(cancel_futures=True)
