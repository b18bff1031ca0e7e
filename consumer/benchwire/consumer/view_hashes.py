"""One digest for the answer of each report, to see whether a rebuild changed what people read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from benchwire.consumer.sink import Sink
from benchwire.consumer.sqlfiles import SqlFiles
from benchwire.consumer.view_headers import TIMED, ViewHeader, read_header

_LAYER: Final = "rpt_"


@dataclass(frozen=True, slots=True)
class ViewHash:
    """The answer of one report."""

    n_rows: int
    digest: str
    """Sum of the rows' hashes: the order of rows does not matter, their number does."""


def view_hashes(
    sink: Sink, names: Iterable[str], as_of: str, *, on_view: Callable[[], object] = lambda: None
) -> dict[str, ViewHash]:
    """Hash the answers of reports; those about time as they are seen from `as_of`."""
    found: dict[str, ViewHash] = {}
    for name in names:
        call = f"{name}(as_of = '{as_of}')" if name.endswith(TIMED) else name
        ((n_rows, digest),) = sink.query(
            f"SELECT count(), hex(sumWithOverflow(sipHash64(toString(tuple(*))))) FROM {call}"  # noqa: S608 - names of our files
        )
        found[name] = ViewHash(int(n_rows), str(digest))
        on_view()
    return found


def hashed_views(files: SqlFiles) -> list[str]:
    """Name the reports that have a hash; of a pair the one that takes `as_of`.

    Operational reports are left out, since they may change, and those with other parameters.
    """
    headers = [read_header(view) for view in files.views if view.name.startswith(_LAYER)]
    names = {header.name for header in headers}
    return sorted(
        header.name
        for header in headers
        if not header.is_operational and header.name + TIMED not in names and _is_callable(header)
    )


def _is_callable(header: ViewHeader) -> bool:
    wanted = {"as_of"} if header.name.endswith(TIMED) else set[str]()
    return header.parameters.keys() == wanted
