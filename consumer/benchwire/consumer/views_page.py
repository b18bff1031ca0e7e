"""Writes docs/views.md: every report with its header, its columns and a query to begin with.

The headers are those of sql/views; the columns come from a database that has the views.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final

from benchwire.consumer.sqlfiles import SqlFiles
from benchwire.consumer.view_headers import KEYS, TIMED, ViewHeader, read_header

Columns = Sequence[tuple[str, str]]
"""Names and types, in order."""

Describe = Callable[[str], Columns]
"""Gives the columns of a view, of its name or its call."""

SAMPLES: Final[Mapping[str, str]] = {
    "as_of": "'2026-11-01 12:00:00'",
    "experiment": "'first-look'",
    "experiment_id": "'first-look'",
    "k": "5",
}
"""Values in examples, by the name of the parameter."""

EXAMPLE_COUNTS_MAX: Final = 2
EXAMPLE_FIGURES_MAX: Final = 3
EXAMPLE_COLUMNS_MAX: Final = 5
"""Beside the keys; more do not fit a line."""

_INTRODUCTION: Final = """\
<!-- Written by `make docs` from the headers of sql/views; edit those. -->
# Views

What people and dashboards read are the views `rpt_…`. They read facts (`fct_…`: one row per run,
trial, tool and the like), facts read the staging views (`stg_…`: the events of one type, typed,
without duplicates), and those the tables.

    benchwire sql "SELECT * FROM rpt_success_rates"

- A view with parameters is called with all of them:
  `rpt_run_summary_at(as_of = '2026-11-01 12:00:00')`.
- A view about time comes in a pair: `rpt_x_at(as_of = …)`, and `rpt_x`, which answers for now.
- Unless its section says *operational*, a view gives the same answer however the events were
  delivered: again, in another order, in other batches.
- Rates are 0 to 1, `nano_aiu` and `nano_usd` exact integers, and what nobody stated is `NULL`,
  never 0.
- `benchwire export parquet DIR` writes reports and tables as files ([parquet.md](parquet.md)).
"""

_FACTS: Final = ("grain", "keys", "units", "denominators", "late, duplicate, missing")


def views_page(files: SqlFiles, describe: Describe) -> str:
    """Give the whole page, in Markdown."""
    headers = [read_header(view) for view in sorted(files.views, key=lambda view: view.name)]
    reports = {header.name: header for header in headers if header.name.startswith("rpt_")}
    first = [header for header in reports.values() if not _is_second(header, reports)]
    sections = [_section(each, reports.get(each.name + TIMED), describe) for each in first]
    lower = [header for header in headers if header.name not in reports]
    facts = [header for header in lower if header.name.startswith(("sum_", "fct_"))]
    rules = _referred(list(reports.values()), facts)
    return "\n".join(
        [
            _INTRODUCTION,
            "## Questions\n",
            _index(first, linked=True),
            *sections,
            "## Facts and staging\n",
            "They change more often. `DESCRIBE TABLE name` lists the columns of one.\n",
            _index(lower, linked=False),
            "## Rules of facts\n",
            "What the reports above refer to, in the words of the facts themselves.\n",
            "| view | units | denominators | rules |",
            "|---|---|---|---|",
            *(_rules(header) for header in rules),
            "",
        ]
    )


def _referred(reports: Sequence[ViewHeader], facts: Sequence[ViewHeader]) -> list[ViewHeader]:
    """Find the facts that a report's header names, and those that theirs name in turn."""
    waiting, found = list(reports), dict[str, ViewHeader]()
    while waiting:
        said = " ".join(waiting.pop().texts.values())
        for header in facts:
            if header.name not in found and re.search(rf"\b{header.name}\b", said):
                found[header.name] = header
                waiting.append(header)
    return [found[name] for name in sorted(found)]


def _rules(header: ViewHeader) -> str:
    texts = (
        _cell(header.texts[key]) for key in ("units", "denominators", "late, duplicate, missing")
    )
    return f"| `{header.name}` | {' | '.join(texts)} |"


def _is_second(header: ViewHeader, reports: Collection[str]) -> bool:
    """Whether this is the one of a pair that takes `as_of`."""
    return header.name.endswith(TIMED) and header.name.removesuffix(TIMED) in reports


def call_of(header: ViewHeader) -> str:
    """Write how a view is read: its name, or its call with a sample of each parameter."""
    if not header.parameters:
        return header.name
    given = (f"{name} = {_sample(name, kind)}" for name, kind in header.parameters.items())
    return f"{header.name}({', '.join(given)})"


def _sample(name: str, kind: str) -> str:
    if name in SAMPLES:
        return SAMPLES[name]
    if kind.startswith("Array("):
        return "[]"
    if kind == "UUID":
        return "'00000000-0000-0000-0000-000000000000'"
    if kind.startswith("Date"):
        return SAMPLES["as_of"]
    return f"'{name.replace('_', '-')}'" if "String" in kind else "1"


def _index(headers: Iterable[ViewHeader], *, linked: bool) -> str:
    lines = ["| question | view | grain |", "|---|---|---|"]
    for header in headers:
        name = f"[`{header.name}`](#{header.name})" if linked else f"`{header.name}`"
        texts = header.texts
        lines.append(f"| {_cell(texts['question'])} | {name} | {_cell(texts['grain'])} |")
    return "\n".join(lines) + "\n"


def _section(header: ViewHeader, timed: ViewHeader | None, describe: Describe) -> str:
    """Describe one report; the view of its pair that takes `as_of` in the same section."""
    columns = describe(call_of(header))
    facts = [(key, header.texts[key]) for key in KEYS if key in _FACTS]
    if timed is not None:
        said = [timed.texts["late, duplicate, missing"]]
        if timed.texts["denominators"] not in ("none", header.texts["denominators"]):
            said.insert(0, timed.texts["denominators"])
        facts.append((f"`{call_of(timed)}`", ". ".join(said)))
    if header.parameters:
        given = "; ".join(f"`{name}` {kind}" for name, kind in header.parameters.items())
        facts.insert(0, ("parameters", given))
    if header.is_operational:
        facts.append(("operational", header.texts["operational"]))
    return "\n".join(
        [
            f"## {header.name}\n",
            f"{_cell(header.texts['question'])}\n",
            "| | |",
            "|---|---|",
            *(f"| {key} | {_cell(text)} |" for key, text in facts),
            "",
            "| columns | type |",
            "|---|---|",
            *_column_lines(columns),
            "",
            "```sql",
            *_example(header, columns),
            "```\n",
        ]
    )


def _column_lines(columns: Columns) -> Iterable[str]:
    """Columns in order; neighbours of the same type share a line."""
    for kind, group in groupby(columns, key=lambda column: column[1]):
        yield f"| {', '.join(f'`{name}`' for name, _ in group)} | {_cell(kind)} |"


def _example(header: ViewHeader, columns: Columns) -> Iterable[str]:
    names = [name for name, _ in columns]
    keys = [key for key in header.keys if key in names]
    others = [
        (name, kind) for name, kind in columns if name not in keys and not name.endswith("_id")
    ]
    counts = [name for name, kind in others if kind == "UInt64"]
    figures = [name for name, kind in others if _scalar(kind) == "Float64"]
    told = [*counts[:EXAMPLE_COUNTS_MAX], *figures[:EXAMPLE_FIGURES_MAX]]
    told += [name for name, _ in others if name not in told]
    shown = {*keys, *told[:EXAMPLE_COLUMNS_MAX]}
    yield "SELECT " + ", ".join(name for name in names if name in shown)
    yield f"FROM {call_of(header)}"
    if "experiment_id" in names and "experiment" not in header.parameters:
        yield f"WHERE experiment_id = {SAMPLES['experiment_id']}"
    yield "LIMIT 10"


def _scalar(kind: str) -> str:
    """The type without what says that it may be absent."""
    return kind.removeprefix("Nullable(").removesuffix(")")


def _cell(text: str) -> str:
    escaped = text.replace("\\", "\\\\")
    for character in "|*<":
        escaped = escaped.replace(character, f"\\{character}")
    return escaped
