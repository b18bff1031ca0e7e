"""What dashboards ask of a large store: every report whole, and the query of every panel."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from grafana.queries.documents import DOCUMENTS, PANELS, board_of, queries_of, variables_of
from grafana.queries.expansion import Chosen, TimeRange, expanded
from grafana.queries.opening import narrowed, opened

from benchwire.consumer.sqlfiles import read_sql_files
from benchwire.embedded.chdb_sink import ChdbSink

REPORTS: Final = "reports, whole"
QUERIES: Final = {
    "rpt_run_summary": (
        "SELECT * FROM rpt_run_summary LIMIT 100",
        "SELECT policy_id, state, count(), sum(cost_nano_aiu) FROM rpt_run_summary GROUP BY ALL",
    ),
    "rpt_run_integrity": (
        "SELECT state, telemetry, count(), sum(n_missing) FROM rpt_run_integrity GROUP BY ALL",
        "SELECT * FROM rpt_run_integrity WHERE telemetry != 'complete' LIMIT 100",
    ),
    "rpt_token_audit": (
        "SELECT policy_id, measure, finding, count() FROM rpt_token_audit GROUP BY ALL",
    ),
}
"""Reports with rows for every run are never shown whole; all others are."""
NOT_ON_DASHBOARDS: Final = ("rpt_store_check",)
_CHOSEN: Final = """
SELECT
    toString(experiment_id),
    arraySort(groupUniqArray(toString(policy_id))),
    arraySort(groupUniqArray(ifNull(toString(cfg_hash), ''))),
    toString(min(run_id))
FROM sum_runs
GROUP BY experiment_id
ORDER BY count() DESC, experiment_id
LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, as the store gets it."""

    group: str
    """The dashboard, or REPORTS."""
    name: str
    sql: str


def questions(sink: ChdbSink) -> list[Asked]:
    """Give everything that is asked: reports by themselves, then dashboard by dashboard."""
    arguments = chosen(sink)
    return [
        *(Asked(REPORTS, sql, sql) for sql in report_queries(arguments)),
        *panel_questions(sink, arguments["experiment"]),
    ]


def chosen(sink: ChdbSink) -> dict[str, str]:
    """Choose what parameters stand for: the largest experiment, two of its policies, one run."""
    ((experiment, policies, hashes, run_id),) = sink.query(_CHOSEN)
    return {
        "experiment": experiment,
        "policy_a": policies[0],
        "policy_b": policies[-1],
        "hash_a": hashes[0],
        "hash_b": hashes[-1],
        "run_id": run_id,
    }


def report_queries(arguments: Mapping[str, str]) -> Iterator[str]:
    """Give every report; one seen from another moment than now costs the same."""
    for view in read_sql_files().views:
        name = view.name
        if not name.startswith("rpt_") or name in NOT_ON_DASHBOARDS:
            continue
        parameters = sorted(set(re.findall(r"\{(\w+):", view.text)))
        if not parameters:
            yield from QUERIES.get(name, (f"SELECT * FROM {name}",))
        elif set(parameters) <= set(arguments):
            given = ", ".join(f"{each} = '{arguments[each]}'" for each in parameters)
            yield f"SELECT * FROM {name}({given})"


def panel_questions(sink: ChdbSink, experiment: str) -> Iterator[Asked]:
    """Give what each panel asks: with all chosen, and with one of each where that differs.

    The time range holds all that is stored: no panel can be asked for more.
    """
    times = _all_times(sink)
    for board, document in DOCUMENTS.items():
        whole = opened(document, sink.query, times, {"experiment": experiment})
        single = narrowed(whole)
        for variable in variables_of(document):
            sql = expanded(variable["query"]["rawSql"], whole, times)
            yield Asked(board, f"(what may be chosen: {variable['name']})", sql)
        for key, panel in PANELS.items():
            if board_of(key) == board:
                yield from _asked_by(board, panel, whole, single, times)


def _asked_by(
    board: str,
    panel: Mapping[str, Any],
    whole: Mapping[str, Chosen],
    single: Mapping[str, Chosen],
    times: TimeRange,
) -> Iterator[Asked]:
    for query in queries_of(dict(panel)):
        of_all, of_one = (expanded(query, values, times) for values in (whole, single))
        yield Asked(board, panel["title"], of_all)
        if of_one != of_all:
            yield Asked(board, f"{panel['title']}, one chosen", of_one)


def _all_times(sink: ChdbSink) -> TimeRange:
    ((since, until),) = sink.query("SELECT min(minute), max(minute) FROM rpt_operations")
    day = timedelta(days=1)
    return TimeRange(_in_utc(since) - day, max(_in_utc(until), datetime.now(UTC)) + day)


def _in_utc(stored: datetime | str) -> datetime:
    moment = stored if isinstance(stored, datetime) else datetime.fromisoformat(stored)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
