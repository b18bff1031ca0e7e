"""What the reports per policy share: its runs and trials, percentiles, sums, in plain Python."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from tests.support.oracle import OracleRun, Row, counted_runs, end_of, part, start_of
from tests.support.oracle_reports import ratio

Payloads = list[tuple[OracleRun, Row]]


def events_by(
    runs: list[OracleRun], event_type: str, key: Callable[[Row], tuple[Any, ...]]
) -> Iterator[tuple[tuple[Any, ...], Row, Payloads]]:
    """Group the payloads of one event type by policy and key, excluded trials left out.

    Gives (experiment, policy, *key), what is counted of the policy's runs, and the payloads.
    """
    policies: dict[tuple[str, str], list[OracleRun]] = defaultdict(list)
    for run in counted_runs(runs):
        policies[run.experiment_id, run.labels[1]].append(run)
    for policy, members in policies.items():
        groups: dict[tuple[Any, ...], Payloads] = defaultdict(list)
        for run in members:
            for event in [] if run.is_excluded else run.events[event_type]:
                groups[key(part(event, "data"))].append((run, event))
        for name, found in groups.items():
            yield (*policy, *name), _counted(members), found


def _counted(members: list[OracleRun]) -> Row:
    kept = [run for run in members if not run.is_excluded]
    return {
        "n_runs": len(kept),
        "n_trials": len(trials(kept)),
        "n_incomplete": sum(not end_of(run) for run in kept),
        "n_excluded": len(members) - len(kept),
    }


def trials(runs: list[OracleRun]) -> set[tuple[Any, ...]]:
    """Name the trials the runs are attempts of."""
    named: set[tuple[Any, ...]] = set()
    for run in runs:
        repetition = start_of(run).get("trial_no")
        named.add((*run.labels, repetition, run.run_id if repetition is None else None))
    return named


def affected(found: Payloads, what: str) -> Row:
    """Count the runs and trials the payloads come from."""
    runs = [run for run, _ in found]
    return {
        f"n_runs_with_{what}": len({run.run_id for run in runs}),
        f"n_trials_with_{what}": len(trials(runs)),
    }


def stated(rows: list[Row], name: str) -> list[Any]:
    """Give the values of a field, where it is stated."""
    return [row[name] for row in rows if row.get(name) is not None]


def sum_of(values: list[Any]) -> Any:
    """Add numbers exactly; of nothing the sum is not known."""
    if not values:
        return None
    return math.fsum(values) if any(isinstance(value, float) for value in values) else sum(values)


def mean(values: list[Any]) -> float | None:
    """Average; of nothing there is none."""
    return ratio(sum_of(values), len(values))


def percentile(values: list[float], share: float) -> float | None:
    """Interpolate between the neighbours of rank 1 + share (n - 1)."""
    ordered = sorted(values)
    if not ordered:
        return None
    below, weight = divmod(share * (len(ordered) - 1), 1)
    first = ordered[int(below)]
    after = ordered[min(int(below) + 1, len(ordered) - 1)]
    return first + weight * (after - first)
