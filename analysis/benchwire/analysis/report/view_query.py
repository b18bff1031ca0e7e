"""Makes a query of a row class: its fields are columns of one view, within a scope."""

import dataclasses
from collections.abc import Sequence
from typing import Final, TypeVar

from benchwire.analysis.query import Query

Row = TypeVar("Row")

OF_EXPERIMENT: Final = "experiment_id = {experiment:String}"
OF_JOB: Final = "({job:String} = '' OR job_id = {job:String})"
OF_POLICIES: Final = """(
        {policies:String} = '[]'
        OR has(JSONExtract({policies:String}, 'Array(String)'), toString(policy_id))
    )"""
RUNS_AT: Final = "rpt_run_summary_at(as_of = toDateTime64({as_of:String}, 6, 'UTC'))"
INTEGRITY_AT: Final = "rpt_run_integrity_at(as_of = toDateTime64({as_of:String}, 6, 'UTC'))"
BURN_RATE_AT: Final = "rpt_burn_rate_at(as_of = toDateTime64({as_of:String}, 6, 'UTC'))"
_TIME: Final = "formatDateTime({name}, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC') AS {name}"


def view_query(
    question: str, row: type[Row], view: str, *, where: Sequence[str], order_by: str
) -> Query[Row]:
    """A query for the columns of a view that the row class names; `…_at` are times, as text."""
    columns = [_column(field.name) for field in dataclasses.fields(row)]  # type: ignore[arg-type]
    selected = ",\n    ".join(columns)
    conditions = "\n    AND ".join(where)
    return Query(
        question,
        row,
        f"SELECT\n    {selected}\nFROM {view}\nWHERE {conditions}\nORDER BY {order_by}",
    )


def _column(name: str) -> str:
    return _TIME.format(name=name) if name.endswith("_at") else name
