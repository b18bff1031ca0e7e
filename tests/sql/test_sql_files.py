"""Every SQL file keeps the rules: header, name, layers, and the fields the schemas know."""

import re
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

from benchwire.consumer.statements import without_comments_and_strings
from benchwire.schemas.event import PAYLOADS, EventType

SQL = Path(__file__).parents[2] / "sql"
TABLES = sorted((SQL / "tables").glob("*.sql"))
VIEWS = sorted((SQL / "views").glob("*.sql"))
HEADER = (
    "question",
    "grain",
    "keys",
    "units",
    "denominators",
    "late, duplicate, missing",
    "operational",
)
CREATE = re.compile(
    r"^(?:CREATE (?:TABLE|MATERIALIZED VIEW|OR REPLACE (?:VIEW|TABLE))|\s+ADD PROJECTION)"
    r"(?: IF NOT EXISTS)? (\w+)",
    re.MULTILINE,
)
SETTING = re.compile(r"ALTER TABLE \w+ MODIFY SETTING \w+ = \w+")
READS = re.compile(r"(?<!ARRAY )\b(?:FROM|JOIN)\s+([a-z_]\w*)")
STEP = re.compile(r"^(?:WITH\s+|\s+)(\w+) AS\s*$", re.MULTILINE)
LOWER_KEYWORD = re.compile(
    r"\b(?:select|from|where|group by|order by|join|with|as|and|or|not|over|union|final|having)\b"
)
DIVISION = re.compile(r"/\s*(\S+)")
TYPED: dict[EventType, str] = {
    "run_start": "run_starts",
    "step": "steps",
    "tool_call": "tool_calls",
    "context_decision": "context_decisions",
    "failure": "failures",
    "run_stop": "run_stops",
    "verdict": "verdicts",
    "optimizer_update": "optimizer_updates",
    "emitter_stop": "emitter_stops",
    "telemetry_loss": "telemetry_losses",
    "heartbeat": "heartbeats",
}
IN_DATA_ONLY: dict[EventType, set[str]] = {
    "run_start": {
        "config",
        "environment",
        "policy.env",
        "policy.extra_args",
        "policy.provider",
        "task.prompt",
        "task.fixture",
        "task.setup",
        "task.verify",
        "extra",
    },
    "step": {
        "content",
        "content_sha256",
        "reasoning",
        "action_query",
        "observation",
        "request_id",
        "file_diff.before",
        "file_diff.after",
        "extra",
    },
    "tool_call": {"arguments", "result", "extra"},
    "context_decision": {"extra"},
    "failure": {"traceback", "extra"},
    "run_stop": {"models", "extra"},
    "optimizer_update": {"suggested_document", "extra"},
    "heartbeat": {"extra"},
}
"""Long texts and free-form documents, and what a table of its own holds."""

by_name = pytest.mark.parametrize("path", [*TABLES, *VIEWS], ids=lambda path: path.stem)
by_view = pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.stem)
by_type = pytest.mark.parametrize("event_type", TYPED)


def code(path: Path) -> str:
    return without_comments_and_strings(path.read_text(encoding="utf-8"))


@by_name
def test_file_opens_with_the_same_header(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    comment = lines[: next(n for n, line in enumerate(lines) if not line.startswith("--"))]
    found = [
        (key, match[1])
        for line in comment
        for key in HEADER
        if (match := re.match(rf"-- {key}:\s*(.*)", line))
    ]
    assert [key for key, _ in found] == list(HEADER)
    assert all(text for _, text in found)
    assert re.match(r"yes|no", found[-1][1])


@by_name
def test_file_creates_one_object_of_its_name(path: Path) -> None:
    """A file may also set how tables that exist are kept, and then does nothing else."""
    name = re.sub(r"^\d{4}_", "", path.stem)
    statements = [each.strip() for each in code(path).split(";") if each.strip()]
    if not all(SETTING.fullmatch(each) for each in statements):
        assert CREATE.findall(code(path)) == [name]


@by_name
def test_file_keeps_to_the_style(path: Path) -> None:
    text = code(path)
    assert not LOWER_KEYWORD.search(text)
    assert not re.search(r",\s*FROM|SELECT \*", text)
    lines = path.read_text(encoding="utf-8")
    assert not re.search(r",\s*\n\s*\)", lines)
    assert all(len(line) <= 140 for line in lines.splitlines())


@by_view
def test_divisions_name_what_they_do_at_zero(path: Path) -> None:
    """Constants, 1 + something positive, and nullIf are what may stand under a division."""
    for divisor in DIVISION.findall(code(path)):
        assert re.match(r"nullIf\(|\d+|\(1$", divisor), divisor


@by_view
def test_final_stands_in_staging_views_only(path: Path) -> None:
    """And in the two views that read the stored rows of runs."""
    if not path.stem.startswith("stg_") and path.stem not in ("sum_runs", "sum_sessions"):
        assert not re.search(r"\bFINAL\b", code(path))


@by_view
def test_facts_and_reports_read_views_only(path: Path) -> None:
    text = code(path)
    views = {view.stem for view in VIEWS}
    unknown = set(READS.findall(text)) - views - set(STEP.findall(text))
    assert path.stem.startswith("stg_") or unknown == set()


@by_view
def test_reports_come_in_a_fixed_order(path: Path) -> None:
    """Byte-equal answers need an order; a report that wraps another keeps that one's."""
    if path.stem.startswith("rpt_"):
        text = code(path)
        wraps = f"FROM ${{database}}.{path.stem}_at(" in text
        assert "ORDER BY" in text.rsplit("FROM", 1)[-1] or wraps


@by_view
def test_parameterised_views_are_called_with_their_database(path: Path) -> None:
    """The engine looks for them in the reader's database otherwise."""
    called = re.findall(r"(\S*)\b(?:stg|sum|fct|rpt)_[a-z_]+_(?:at|of)\(", code(path))
    assert set(called) <= {"${database}."}


@by_type
def test_typed_table_and_its_view_agree_on_the_payload(event_type: EventType) -> None:
    """Equal types need no cast, and a cast could throw."""
    table, view = (_file(TYPED[event_type] + end) for end in ("", "_mv"))
    stored = re.search(r"payload (Tuple\(.*?\n    \)) CODEC", table, re.DOTALL)
    read = re.search(r"'(Tuple\(.*)'\n    \) AS payload", view, re.DOTALL)
    assert stored is not None
    assert read is not None
    assert _squeezed(stored[1]) == _squeezed(read[1])


@by_type
def test_every_field_of_the_schema_has_a_column_or_a_reason(event_type: EventType) -> None:
    table = _file(TYPED[event_type])
    columns = set(re.findall(r"ALIAS .*?payload\.([\w.]+)", table))
    fields = {
        name
        for name in _fields(PAYLOADS[event_type])
        if not _under(name, IN_DATA_ONLY.get(event_type, set()))
    }
    assert {name for name in fields if not _under(name, columns)} == set()


def test_every_table_has_a_staging_view() -> None:
    made = {name for path in TABLES for name in CREATE.findall(code(path))}
    tables = {name for name in made if not name.endswith("_mv")}
    assert {f"stg_{name}" for name in tables} <= {path.stem for path in VIEWS}


def _file(name: str) -> str:
    (path,) = (SQL / "tables").glob(f"[0-9][0-9][0-9][0-9]_{name}.sql")
    return path.read_text(encoding="utf-8")


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _under(name: str, roots: set[str]) -> bool:
    return any(name == root or name.startswith(root + ".") for root in roots)


def _fields(model: type[BaseModel], prefix: str = "") -> list[str]:
    """List the leaves of a payload model; lists count as leaves."""
    names: list[str] = []
    for name, field in model.model_fields.items():
        nested = _models(field.annotation)
        if not nested:
            names.append(prefix + name)
        for part in nested:
            names.extend(_fields(part, f"{prefix}{name}."))
    return names


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in {tuple, dict}:
        return []
    return [model for part in get_args(annotation) for model in _models(part)]
