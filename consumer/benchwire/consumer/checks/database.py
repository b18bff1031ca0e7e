"""Examines a database: the settings we rely on, migrations, and whether its tables agree."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from benchwire.consumer import migrations
from benchwire.consumer.sink import REQUIRED_SETTINGS, Sink, verify_insert_settings
from benchwire.consumer.sqlfiles import read_sql_files
from benchwire.schemas.finding import Finding, fail, ok, warn

SETTINGS, MIGRATIONS, STORE = "insert settings", "migrations", "typed tables"
STORED = "rows of runs"
DEAD_LETTERS, RUNS, LOSSES, CONFLICTS = "dead letters", "runs", "losses", "conflicts"
NAMED_MAX: Final = 3
_NUMBERED: Final = re.compile(r"^\d{4}_")

Ask = Callable[[str], list[tuple[Any, ...]]]
"""Answers a query with its rows, in the database that is examined."""


def insert_settings(sink: Sink) -> Finding:
    """Read the settings back that an acknowledgement rests on."""
    verify_insert_settings(sink)
    return ok(SETTINGS, ", ".join(f"{name}={value}" for name, value in REQUIRED_SETTINGS.items()))


def migrations_pending(sink: Sink, *, around: tuple[str, str] = ("", "")) -> Finding:
    """Compare the database with this version's SQL files; raises `MigrationChanged`.

    `around` holds commands that must run before and after one that needs the store for itself.
    """
    steps = migrations.plan(sink)
    if steps:
        names = _listed([f"{step.action} {step.name}" for step in steps])
        return warn(
            MIGRATIONS,
            f"{len(steps)} pending: {names}",
            "the next start of the consumer applies them; or do it now",
            f"{around[0]}benchwire migrate{around[1]}",
        )
    known = {file.name for file in read_sql_files().tables}
    recorded = sink.query("SELECT DISTINCT name FROM schema_migrations ORDER BY name")
    newer = [
        str(name) for (name,) in recorded if _NUMBERED.match(str(name)) and str(name) not in known
    ]
    if newer:
        return warn(
            MIGRATIONS,
            f"the database has tables this version does not know: {_listed(newer)}",
            "a newer version migrated it; use that one",
            "pip install --upgrade benchwire",
        )
    return ok(MIGRATIONS, "all applied, none changed")


def typed_tables(ask: Ask, *, around: tuple[str, str] = ("", "")) -> Finding:
    """Compare every typed table with `events`; `around` as for `migrations_pending`."""
    wrong = ask(
        "SELECT table_name, count(), sum(abs(difference)) FROM rpt_store_check "
        "WHERE NOT is_equal GROUP BY table_name ORDER BY table_name"
    )
    if not wrong:
        return ok(STORE, "agree with events")
    differing = ", ".join(
        f"{table} ({rows} rows of {places} runs and types)" for table, places, rows in wrong
    )
    options = " ".join(f"--rebuild {table}" for table, _, _ in wrong)
    return fail(
        STORE,
        f"differ from events: {differing}",
        "fill them from events again",
        f"{around[0]}benchwire migrate {options}{around[1]}",
    )


def stored_runs(ask: Ask, *, around: tuple[str, str] = ("", "")) -> Finding:
    """Compare the stored rows of runs with what is stored of them; `around` as above."""
    ((n_runs, n_late, n_wrong),) = ask(_STORED_RUNS)
    command = f"{around[0]}benchwire migrate --rebuild run_touches{around[1]}"
    if n_wrong:
        return fail(
            STORED,
            f"{n_wrong} of {n_runs} runs have other events than their row says",
            "compute the rows anew",
            command,
        )
    if n_late:
        return warn(
            STORED,
            f"{n_late} of {n_runs} runs have waited for more than five minutes",
            "no consumer looks after them; start one, or compute the rows anew",
            command,
        )
    return ok(STORED, f"{n_runs}, each as new as what is stored")


def dead_letters(ask: Ask) -> Finding:
    """Count what could not be stored and nobody has decided about."""
    reasons = ask(
        "SELECT reason, count() FROM stg_dead_letters WHERE state = 'open' "
        "GROUP BY reason ORDER BY count() DESC, reason"
    )
    if not reasons:
        return ok(DEAD_LETTERS, "none open")
    total = sum(int(number) for _, number in reasons)
    listed = _listed([f"{number} {reason}" for reason, number in reasons])
    return warn(
        DEAD_LETTERS,
        f"{total} open: {listed}",
        "look at them, then replay or discard them",
        "benchwire dead-letters list",
    )


def runs(ask: Ask) -> Iterator[Finding]:
    """Say which runs need a look: not ended properly, or not all there."""
    ((total, interrupted, abandoned, lossy, lost, gapped, missing, torn, conflicts),) = ask(
        """
        SELECT
            count(),
            countIf(state = 'interrupted'),
            countIf(state = 'abandoned'),
            countIf(n_declared_lost > 0),
            sum(n_declared_lost),
            countIf(n_missing > 0),
            sum(n_missing),
            countIf(n_conflicts > 0),
            sum(n_conflicts)
        FROM rpt_run_integrity
        WHERE superseded_by IS NULL
        """
    )
    if interrupted or abandoned:
        yield warn(
            RUNS,
            f"{interrupted} interrupted, {abandoned} abandoned, of {total}",
            "their writers died or went silent; rates count them in n_incomplete",
            "benchwire integrity",
        )
    else:
        yield ok(RUNS, f"{total}, none interrupted or abandoned")
    if lossy or gapped:
        told = f"{lost:,} events of {lossy} runs declared lost" if lossy else ""
        untold = f"{missing:,} events of {gapped} runs missing without a word" if gapped else ""
        yield warn(
            LOSSES,
            ", ".join(part for part in (told, untold) if part),
            "what is missing may wait in a journal or be an open dead letter; see which runs",
            f"benchwire sql {_quoted(_LOSSY)}",
        )
    else:
        yield ok(LOSSES, "no event is lost or missing")
    if torn:
        yield warn(
            CONFLICTS,
            f"{conflicts} in {torn} runs: one identity with two contents",
            "both are kept; see which runs, then `benchwire integrity RUN`",
            f"benchwire sql {_quoted(_TORN)}",
        )
    else:
        yield ok(CONFLICTS, "none")


_STORED_RUNS: Final = """
WITH
    sent AS
    (
        SELECT
            run_id,
            uniqExact(tuple(emitter, epoch, seq)) AS n_sent,
            count() AS n_contents
        FROM stg_events
        GROUP BY run_id
    ),
    due AS
    (
        SELECT
            run_id,
            groupArray(stored_in) AS due_in,
            min(ifNull(due_since, toDateTime64(0, 6, 'UTC'))) AS first_due,
            first_due < now64(6) - INTERVAL 5 MINUTE AS is_late
        FROM fct_due_runs
        GROUP BY run_id
    ),
    sessions AS
    (
        SELECT
            run_id,
            max(n_contents) AS n_contents
        FROM sum_sessions
        GROUP BY run_id
    )
SELECT
    count(),
    countIf(ifNull(due.is_late, 0) = 1),
    countIf(
        NOT has(due.due_in, 'sum_runs') AND ifNull(rows.n_events, 0) != sent.n_sent
        OR NOT has(due.due_in, 'sum_sessions') AND ifNull(sessions.n_contents, 0) != sent.n_contents
    )
FROM sent
LEFT JOIN sum_runs AS rows ON rows.run_id = sent.run_id
LEFT JOIN sessions ON sessions.run_id = sent.run_id
LEFT JOIN due ON due.run_id = sent.run_id
"""
_LOSSY: Final = (
    "SELECT run_id, telemetry, n_missing, n_declared_lost FROM rpt_run_integrity "
    "WHERE n_missing + n_declared_lost > 0"
)
_TORN: Final = "SELECT run_id, n_conflicts FROM rpt_run_integrity WHERE n_conflicts > 0"


def _quoted(sql: str) -> str:
    return f'"{sql}"'


def _listed(names: list[str]) -> str:
    more = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
