"""Computes rpt_tool_sequences and rpt_tool_transitions from runs in plain Python."""

from collections import defaultdict
from typing import Any

from tests.support.oracle import OracleRun, Row, end_of, part
from tests.support.oracle_lines import call_failed, lines, policies_of, rate_of, run_counts
from tests.support.oracle_reports import ratio

Called = tuple[str, bool | None, bool | None]
"""A tool, whether its call failed, and whether a failure came next."""


def tool_sequences(runs: list[OracleRun], experiment_id: str) -> list[Row]:
    """All rows of rpt_tool_sequences."""
    return [
        row
        for policy_id, members in policies_of(runs, experiment_id).items()
        for row in _sequences(policy_id, members)
    ]


def _sequences(policy_id: str, members: list[OracleRun]) -> list[Row]:
    seen: dict[tuple[str, ...], list[tuple[str, bool | None]]] = defaultdict(list)
    for run, called in _called(members):
        for length in (2, 3):
            for start in range(len(called) - length + 1):
                window = called[start : start + length]
                tools = tuple(tool for tool, _, _ in window)
                seen[tools].append((run.run_id, window[-1][2]))
    rows: list[Row] = []
    for tools, found in seen.items():
        known = [after for _, after in found if after is not None]
        peers = [f for other, f in seen.items() if len(other) == len(tools)]
        all_known = [after for peer in peers for _, after in peer if after is not None]
        base = ratio(sum(all_known), len(all_known))
        rates = rate_of(sum(known), len(known), "failure_rate")
        rows.append(
            {
                "policy_id": policy_id,
                "tools": list(tools),
                "n_tools": len(tools),
                **run_counts(members),
                "n_runs_with_sequence": len({run_id for run_id, _ in found}),
                "n_occurrences": len(found),
                "n_next_known": len(known),
                "n_followed_by_failure": sum(known),
                **rates,
                "base_failure_rate": base,
                **{
                    f"lift{end}": ratio(rates[f"failure_rate{end}"], base)
                    for end in ("", "_low", "_high")
                },
            }
        )
    return rows


def tool_transitions(runs: list[OracleRun], experiment_id: str) -> list[Row]:
    """All rows of rpt_tool_transitions."""
    rows: list[Row] = []
    for policy_id, members in policies_of(runs, experiment_id).items():
        seen: dict[tuple[str | None, str | None], list[tuple[str, bool | None]]] = defaultdict(list)
        for run, called in _called(members):
            tool: str | None = None
            for name, failed, _ in called:
                seen[tool, name].append((run.run_id, failed))
                tool = name
            seen[tool, None].append((run.run_id, None))
        for (before, after), found in seen.items():
            n_from = sum(len(others) for pair, others in seen.items() if pair[0] == before)
            known = [failed for _, failed in found if failed is not None]
            rows.append(
                {
                    "policy_id": policy_id,
                    "from_tool": before,
                    "to_tool": after,
                    **run_counts(members),
                    "n_runs_with_transition": len({run_id for run_id, _ in found}),
                    "n_transitions": len(found),
                    "n_from": n_from,
                    "share": ratio(len(found), n_from),
                    "n_known": len(known),
                    "n_failed_or_reported": sum(known),
                    "failed_or_reported_rate": ratio(sum(known), len(known)),
                }
            )
    return rows


def _called(members: list[OracleRun]) -> list[tuple[OracleRun, list[Called]]]:
    """Give the calls of each line in which there are any."""
    found: list[tuple[OracleRun, list[Called]]] = []
    for run in members:
        if run.is_excluded:
            continue
        unnamed = [f for f in run.events["failure"] if "tool_call_id" not in f["data"]]
        for entries in lines([*run.events["tool_call"], *unnamed]):
            calls = _walked(run, entries)
            if calls:
                found.append((run, calls))
    return found


def _walked(run: OracleRun, entries: list[Row]) -> list[Called]:
    calls: list[Called] = []
    for number, entry in enumerate(entries):
        if entry["event_type"] != "tool_call":
            continue
        after: Any = entries[number + 1] if number + 1 < len(entries) else None
        if after is None:
            followed = False if end_of(run) else None
        else:
            is_call = after["event_type"] == "tool_call"
            followed = call_failed(run, after) if is_call else True
        calls.append((part(entry, "data")["name"], call_failed(run, entry), followed))
    return calls
