"""What an event says, `events` and its typed table say; and no payload stops an insert."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.strategies import events
from tests.support.history_lines import HistoryStream, Labels, Sent, bodies
from tests.support.oracle_integrity import TABLES
from tests.support.view_cases import RECEIVED_AT, run_uuid
from tests.support.view_store import ViewStore

from benchwire.embedded.store import ChdbStore
from benchwire.schemas.codec import encode_event
from benchwire.schemas.event import EVENT_TYPES, BenchmarkEvent, EventType

SQL_TABLES = Path(__file__).parents[2] / "sql" / "tables"
ALIAS = re.compile(r"^    (\w+) (.*?) ALIAS (.*?payload\.([\w.]+).*?),?$", re.MULTILINE)
LISTS = re.compile(
    r"^    (\w+) (Array\(Tuple\([^;]*?\n    \)\)) ALIAS payload\.([\w.]+)", re.MULTILINE
)
ENVELOPE = (
    "schema_version",
    "event_id",
    "event_type",
    "experiment_id",
    "job_id",
    "policy_id",
    "task_id",
    "run_id",
    "emitter",
    "epoch",
    "seq",
    "step_id",
    "cfg_hash",
    "env_hash",
    "seed",
    "trace_id",
    "span_id",
    "payload_hash",
)
REPORTS = (
    "rpt_run_summary",
    "rpt_run_integrity",
    "rpt_token_economics",
    "rpt_token_audit",
    "rpt_tool_calls",
    "rpt_context_decisions",
    "rpt_failures",
)
ODD_DATA = (
    "null",
    "[]",
    "[1,2]",
    '"text"',
    "{}",
    "not json",
    "",
    '{"usage":5,"models":{"a":1},"root":[],"tests":"x","ranges":7,"rewards":[1]}',
    '{"usage":{"input_tokens":-1,"output_tokens":1e300},"turn":1.5,"kind":7,"failed":"maybe"}',
    '{"models":[1,null,{"model":5},{"usage":[]}],"ranges":[{"first_seq":-1},null]}',
    '{"graded_at":"yesterday","started_at":5,"stopped_at":"0000-00-00","n_events":-1,"checksum":"x"}',
    '{"kind":"act","extra":{"big":1e999}}',
    '{"usage":{"input_tokens":18446744073709551615,"output_tokens":18446744073709551615}}',
    '{"tokens_before":0,"tokens_after":18446744073709551615,"kb_before":1e308,"confidence":1e308}',
    '{"total_tokens":18446744073709551615,"nano_aiu_by_type":{"input":18446744073709551615,"o":9}}',
    '{"kind":"\\ud800"}',
    '{"config":5,"environment":null,"seed":{}}',
)


@pytest.fixture(scope="module")
def views(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    store = ViewStore(chdb_store)
    yield store
    store.close()


@pytest.mark.parametrize("event_type", EVENT_TYPES)
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_stored_values_equal_the_event(
    views: ViewStore, event_type: EventType, data: st.DataObject
) -> None:
    """Integers to 2⁶⁴-1, floats to the last bit, any text: nothing is coerced on the way."""
    drawn = data.draw(st.lists(events(event_type), min_size=1, max_size=20, unique_by=_identity))
    views.clear()
    views.insert(bodies([Sent(encode_event(event), RECEIVED_AT) for event in drawn], []))
    sent = {_identity(event): json.loads(encode_event(event)) for event in drawn}
    stored = {_place(row): row for row in views.rows("SELECT * FROM stg_events")}
    assert stored.keys() == sent.keys()
    for place, line in sent.items():
        assert {name: stored[place][name] for name in ENVELOPE} == {
            name: line[name] for name in ENVELOPE
        }
        assert stored[place]["ts"] == _as_stored(line["ts"])
        assert json.loads(stored[place]["data"]) == line["data"]
    assert views.rows("SELECT seq FROM stg_events WHERE xxHash64(data) != payload_hash") == []
    typed = {_place(row): row for row in views.rows(f"SELECT * FROM stg_{TABLES[event_type]}")}
    assert typed.keys() == sent.keys()
    for place, line in sent.items():
        _compare(event_type, typed[place], line["data"])


@pytest.fixture(scope="module")
def odd(chdb_store: ChdbStore) -> Iterator[ViewStore]:
    """Runs of payloads that the schemas refuse, one run a type."""
    store = ViewStore(chdb_store)
    for event_type in EVENT_TYPES:
        labels = Labels("e", "j", "p", "t", run_uuid(event_type), cfg_hash="0" * 32)
        stream = HistoryStream(labels, "runner", 1, RECEIVED_AT)
        for _ in ODD_DATA:
            stream.emit(event_type, {})
        lines = [
            Sent(sent.line.removesuffix(b"{}}") + _as_data(text) + b"}", sent.received_at)
            for sent, text in zip(stream.sent, ODD_DATA, strict=True)
        ]
        store.insert(bodies(lines, [3, 7]))
    store.load([])
    yield store
    store.close()


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_no_payload_stops_an_insert(odd: ViewStore, event_type: EventType) -> None:
    """If one slips through the schemas, the store still takes it."""
    for view in ("stg_events", f"stg_{TABLES[event_type]}"):
        rows = odd.rows(f"SELECT seq FROM {view} WHERE run_id = '{run_uuid(event_type)}'")
        assert len(rows) == len(ODD_DATA), view


@pytest.mark.parametrize("report", REPORTS)
def test_no_payload_stops_a_report(odd: ViewStore, report: str) -> None:
    assert odd.rows(f"SELECT * FROM {report}")


def _as_data(text: str) -> bytes:
    """Put the text where an event's data stands; what is not JSON goes in as a string."""
    try:
        json.loads(text)
    except ValueError:
        return json.dumps(text).encode()
    return text.encode() if "\\u" not in text else json.dumps(text).encode()


def _identity(event: BenchmarkEvent) -> tuple[Any, ...]:
    return (event.run_id, event.emitter, event.epoch, event.seq)


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["run_id"], row["emitter"], row["epoch"], row["seq"])


def _as_stored(instant: str) -> str:
    return instant.replace("T", " ").removesuffix("Z")


def _compare(event_type: EventType, row: dict[str, Any], payload: dict[str, Any]) -> None:
    (path,) = SQL_TABLES.glob(f"[0-9][0-9][0-9][0-9]_{TABLES[event_type]}.sql")
    text = path.read_text(encoding="utf-8")
    columns = [(name, kind, where) for name, kind, _, where in ALIAS.findall(text)]
    for name, kind, where in columns + LISTS.findall(text):
        sent: Any = _at(payload, where)
        if sent is None:
            sent = _absent(kind)
        elif "DateTime64" in kind:
            sent = _as_stored(sent)
        found = row[name]
        if kind.startswith("Array(Tuple"):
            found, sent = _without_nulls(found), _without_nulls(sent)
        if "Float64" in kind:
            found, sent = _as_floats(found), _as_floats(sent)
        assert found == sent, f"{name} is {found!r}, sent was {sent!r}"


def _absent(kind: str) -> Any:
    if kind.startswith("Map"):
        return {}
    return [] if kind.startswith("Array") else None


def _as_floats(value: Any) -> Any:
    """The engine writes 6e16 as 60000000000000000, which Python reads as another type."""
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        return {name: _as_floats(inner) for name, inner in entries.items()}
    if isinstance(value, list):
        return [_as_floats(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType] - mypy calls a cast redundant
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _at(payload: dict[str, Any], where: str) -> Any:
    value: Any = payload
    for name in where.split("."):
        value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
    return value


def _without_nulls(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An absent field of a list's entry is stored as NULL, an absent list as an empty one."""
    return [
        {name: value for name, value in entry.items() if value not in (None, [])}
        for entry in entries
    ]
