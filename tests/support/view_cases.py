"""Reads the hand-written cases of tests/sql: short events in, expected rows of one view out.

`events.jsonl` holds one short event a line: `run` (a name, made into a UUID), `type`, `data`, and
where they matter `experiment`, `job`, `policy`, `task`, `cfg`, `env`, `seed`, `emitter`, `epoch`,
`seq`, `step_id`, `received_at`.
`{"run": …, "lose": n}` uses up numbers; an `emitter_stop` without data is the true one.
`expect.yaml` holds `shows` (one sentence), optionally `as_of`, and `rows`: each states the columns
that matter and must match exactly one row of the answer, and none is left over. `prices` names the
price book in effect: `shipped`, or a file of the folder; without it no model has a price.
`arguments` are those of a view with parameters.
"""

import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from tests.support.history_lines import HistoryStream, Labels, Sent

from benchwire.consumer.price_book import shipped_prices
from benchwire.consumer.price_file import Price, read_price_file

RECEIVED_AT = datetime(2026, 10, 2, 12, 0, 0, tzinfo=UTC)
CASES = Path(__file__).parents[1] / "sql"


@dataclass(frozen=True, slots=True)
class ViewCase:
    """One folder: the lines to store and the rows to find."""

    view: str
    name: str
    sent: list[Sent]
    as_of: datetime | None
    rows: list[dict[str, Any]]
    prices: list[Price]
    arguments: dict[str, str]


def case_folders() -> list[Path]:
    """Every folder that is a case, `tests/sql/<view>/<case>`."""
    return sorted(path.parent for path in CASES.glob("*/*/expect.yaml"))


def read_case(folder: Path) -> ViewCase:
    """Read one case and complete its events."""
    expected = yaml.safe_load((folder / "expect.yaml").read_text(encoding="utf-8"))
    streams: dict[tuple[Any, ...], HistoryStream] = {}
    sent: list[Sent] = []
    for text in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines():
        short = json.loads(text)
        stream = _stream(streams, short)
        before = len(stream.sent)
        _play(stream, short)
        sent.extend(stream.sent[before:])
    return ViewCase(
        view=folder.parent.name,
        name=folder.name,
        sent=sent,
        as_of=expected.get("as_of"),
        rows=[_completed(row) for row in expected["rows"]],
        prices=_prices(folder, expected.get("prices")),
        arguments=expected.get("arguments", {}),
    )


def _prices(folder: Path, book: str | None) -> list[Price]:
    if book == "shipped":
        return shipped_prices()
    return [] if book is None else read_price_file(folder / book)


def named_after_its_case(case: ViewCase) -> list[Sent]:
    """Give the lines of a case with its run `a` called as the case, to lie beside other cases."""
    old, new = run_uuid("a").encode(), run_uuid(case.name).encode()
    return [replace(sent, line=sent.line.replace(old, new)) for sent in case.sent]


def with_runs_of_its_own(case: ViewCase) -> ViewCase:
    """Give the case with runs that no other case has, to lie beside all others.

    The first digits of both halves stay, and with them the order of the case's runs.
    """
    digest = hashlib.sha256(f"{case.view}/{case.name}".encode()).hexdigest()
    names = {
        old: old[:15] + digest[:3] + old[18:28] + digest[3:11]
        for old in {str(json.loads(sent.line)["run_id"]) for sent in case.sent}
    }

    def renamed(text: str) -> str:
        for old, new in names.items():
            text = text.replace(old, new)
        return text

    return replace(
        case,
        sent=[replace(sent, line=renamed(sent.line.decode()).encode()) for sent in case.sent],
        rows=[_renamed(row, renamed) for row in case.rows],
        arguments=_renamed(case.arguments, renamed),
    )


def _renamed(values: dict[str, Any], renamed: Callable[[str], str]) -> dict[str, Any]:
    return {
        name: renamed(value) if isinstance(value, str) else value for name, value in values.items()
    }


def run_uuid(name: str) -> str:
    """Give the run of that name its UUID."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def _stream(streams: dict[tuple[Any, ...], HistoryStream], short: dict[str, Any]) -> HistoryStream:
    key = (short["run"], short.get("emitter", "runner"), short.get("epoch", 1))
    if key not in streams:
        streams[key] = HistoryStream(_labels(short), key[1], key[2], RECEIVED_AT)
    stream = streams[key]
    if "received_at" in short:
        stream.received_at = datetime.fromisoformat(short["received_at"])
    return stream


def _labels(short: dict[str, Any]) -> Labels:
    return Labels(
        experiment_id=short.get("experiment", "e"),
        job_id=short.get("job", "j"),
        policy_id=short.get("policy", "p"),
        task_id=short.get("task", "t"),
        run_id=run_uuid(short["run"]),
        cfg_hash=short.get("cfg"),
        env_hash=short.get("env"),
        seed=short.get("seed"),
    )


def _play(stream: HistoryStream, short: dict[str, Any]) -> None:
    if "lose" in short:
        stream.lose(short["lose"])
    elif short["type"] == "emitter_stop" and "data" not in short:
        stream.close(short.get("sealed_by", "close"), skew=short.get("skew", 0))
    else:
        stream.emit(
            short["type"], short["data"], step_id=short.get("step_id"), seq=short.get("seq"),
            span_id=short.get("span_id"), labels=_labels(short),
        )  # fmt: skip


def _completed(row: dict[str, Any]) -> dict[str, Any]:
    names = {name: row[name] for name in ("run_id", "superseded_by") if row.get(name)}
    return {**row, **{name: run_uuid(value) for name, value in names.items()}}
