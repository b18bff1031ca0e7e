"""Computes rpt_operations from events, batches and dead letters in plain Python."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from tests.support.oracle import Row, surviving
from tests.support.oracle_integrity import declared_lost
from tests.support.oracle_live import interpolated

LEVELS = {"p50": 0.5, "p99": 0.99, "max": 1.0}
MILLISECOND = timedelta(milliseconds=1)
MICROSECOND = timedelta(microseconds=1)


def operations(events: list[Row], batches: list[Row], letters: list[Row]) -> list[Row]:
    """All rows of rpt_operations; times of batches and letters are aware datetimes."""
    minutes: dict[datetime, Row] = defaultdict(dict)
    for part in (_received(events), _stored(batches), _refused(letters), _wrong(events)):
        for minute, row in part.items():
            minutes[minute].update(row)
    empty = {**_received_row([]), **_stored_row([]), **_refused_row([]), **_wrong_row(0, 0)}
    return [
        {**empty, **row, "minute": minute.strftime("%Y-%m-%d %H:%M:%S")}
        for minute, row in minutes.items()
    ]


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _by_minute(rows: Iterable[Row], name: str) -> dict[datetime, list[Row]]:
    found: dict[datetime, list[Row]] = defaultdict(list)
    for row in rows:
        found[_minute(row[name])].append(row)
    return found


def _quantiles(name: str, values: list[float]) -> Row:
    ordered = sorted(values)
    return {
        f"{name}_{suffix}": interpolated(ordered, level) if ordered else None
        for suffix, level in LEVELS.items()
    }


def _received(events: list[Row]) -> dict[datetime, Row]:
    groups = _by_minute(events, "received_at")
    return {minute: _received_row(group) for minute, group in groups.items()}


def _received_row(events: list[Row]) -> Row:
    lags_us = sorted(
        (event["received_at"] - datetime.fromisoformat(event["ts"])) // MICROSECOND
        for event in events
        if event["epoch"]
    )
    name, n = "emission_lag_ms", len(lags_us)
    return {
        "n_events_received": len(events),
        **{
            f"{name}_{suffix}": _rounded_us(lags_us[math.ceil(LEVELS[suffix] * n) - 1]) / 1000
            if n
            else None
            for suffix in ("p50", "p99")
        },
        f"{name}_max": lags_us[-1] / 1000 if n else None,
    }


def _rounded_us(lag_us: int) -> int:
    """Round towards 0 to 32 steps between a power of two and the next."""
    step = max(2 ** (abs(lag_us).bit_length() - 1) // 32, 1) if lag_us else 1
    return int(math.copysign(abs(lag_us) // step * step, lag_us))


def _stored(batches: list[Row]) -> dict[datetime, Row]:
    groups = _by_minute(batches, "inserted_at")
    return {minute: _stored_row(group) for minute, group in groups.items()}


def _stored_row(batches: list[Row]) -> Row:
    lags = [
        (batch["inserted_at"] - batch["oldest_received_at"]) / MILLISECOND
        for batch in batches
        if batch["oldest_received_at"] is not None
    ]
    return {
        "n_batches": len(batches),
        "n_messages_stored": sum(batch["n_messages"] for batch in batches),
        "n_messages_redelivered": sum(batch["n_redelivered"] for batch in batches),
        "n_events_stored": sum(batch["n_events"] for batch in batches),
        "body_bytes": sum(batch["body_bytes"] for batch in batches),
        **_quantiles("insert_ms", [batch["insert_ms"] for batch in batches]),
        **_quantiles("storage_lag_ms", lags),
    }


def _refused(letters: list[Row]) -> dict[datetime, Row]:
    groups = _by_minute(letters, "received_at")
    return {minute: _refused_row(group) for minute, group in groups.items()}


def _refused_row(letters: list[Row]) -> Row:
    states = Counter(letter["state"] for letter in letters)
    return {
        "n_dead_letters": len(letters),
        **{f"n_dead_letters_{name}": states[name] for name in ("open", "replayed", "discarded")},
    }


def _wrong(events: list[Row]) -> dict[datetime, Row]:
    """Losses and conflicts, each in the minute that showed it."""
    lost: Counter[datetime] = Counter()
    conflicts: Counter[datetime] = Counter()
    epochs: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    identities: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for event in events:
        place = (event["run_id"], event["emitter"], event["epoch"])
        epochs[place].append(event)
        identities[(*place, event["seq"])].append(event)
    for rows in epochs.values():
        numbers = declared_lost(surviving(rows)) - {row["seq"] for row in rows}
        told = [row["received_at"] for row in rows if row["event_type"] == "telemetry_loss"]
        if numbers:
            lost[_minute(max(told))] += len(numbers)
    for contents in identities.values():
        if len(contents) > 1:
            last = max(content["received_at"] for content in contents)
            conflicts[_minute(last)] += len(contents) - 1
    return {minute: _wrong_row(lost[minute], conflicts[minute]) for minute in {*lost, *conflicts}}


def _wrong_row(n_declared_lost: int, n_conflicts: int) -> Row:
    return {"n_declared_lost": n_declared_lost, "n_conflicts": n_conflicts}
