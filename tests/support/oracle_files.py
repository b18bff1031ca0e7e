"""Computes rpt_run_files and rpt_files_touched from runs in plain Python."""

from collections import defaultdict

from tests.support.oracle import OracleRun, Row, end_of, part
from tests.support.oracle_lines import graded, policies_of, rate_of, run_counts
from tests.support.oracle_policies import sum_of
from tests.support.oracle_repetition import newcombe
from tests.support.oracle_reports import ratio

COUNTS = ("n_reads", "n_modifications", "n_actions", "n_diffs")


def run_files(run: OracleRun) -> list[Row]:
    """All rows of rpt_run_files."""
    named = set(end_of(run).get("files_modified_names") or [])
    found: dict[str, list[tuple[str, Row]]] = {path: [] for path in named}
    for call in run.events["tool_call"]:
        evidence = part(part(call, "data"), "evidence")
        for count, field in (("n_reads", "files_read"), ("n_modifications", "files_modified")):
            for path in set(evidence.get(field) or []):
                found.setdefault(path, []).append((count, call))
    for step in run.events["step"]:
        data = part(step, "data")
        if data.get("is_copied_context"):
            continue
        if "action_path" in data:
            found.setdefault(data["action_path"], []).append(("n_actions", step))
        if "file_diff" in data:
            found.setdefault(data["file_diff"]["path"], []).append(("n_diffs", step))
    return [_file(path, touches, path in named) for path, touches in found.items()]


def _file(path: str, touches: list[tuple[str, Row]], is_left: bool) -> Row:  # noqa: FBT001
    counts = {name: sum(count == name for count, _ in touches) for name in COUNTS}
    diffs = [part(part(event, "data"), "file_diff") for name, event in touches if name == "n_diffs"]
    times = [event["ts"].replace("T", " ").rstrip("Z") for _, event in touches]
    return {
        "path": path,
        "was_read": int(counts["n_reads"] > 0),
        "was_modified": int(counts["n_modifications"] + counts["n_diffs"] > 0 or is_left),
        **counts,
        "chars_changed": sum_of([diff["chars_changed"] for diff in diffs if len(diff) > 1]),
        "is_left_modified": is_left,
        "first_touched_at": min(times, default=None),
        "last_touched_at": max(times, default=None),
    }


def files_touched(runs: list[OracleRun], experiment_id: str) -> list[Row]:
    """All rows of rpt_files_touched."""
    cells: dict[tuple[str, str], list[OracleRun]] = defaultdict(list)
    for policy_id, members in policies_of(runs, experiment_id).items():
        for run in members:
            cells[policy_id, run.labels[2]].append(run)
    return [
        row
        for (policy_id, task_id), members in cells.items()
        for row in _touched(policy_id, task_id, members)
    ]


def _touched(policy_id: str, task_id: str, members: list[OracleRun]) -> list[Row]:
    found: dict[str, list[tuple[OracleRun, Row]]] = defaultdict(list)
    kept = [run for run in members if not run.is_excluded]
    for run in kept:
        for file in run_files(run):
            found[file["path"]].append((run, file))
    rows: list[Row] = []
    for path, touches in found.items():
        touching = {run.run_id for run, _ in touches}
        own = graded([run for run in kept if run.run_id in touching])
        others = graded([run for run in kept if run.run_id not in touching])
        low, high = newcombe(own, others) if own[1] and others[1] else (None, None)
        rate, rate_others = ratio(*own), ratio(*others)
        rows.append(
            {
                "policy_id": policy_id,
                "task_id": task_id,
                "path": path,
                **run_counts(members),
                "n_runs_touching": len(touches),
                "touched_share": ratio(len(touches), len(kept)),
                "n_runs_reading": sum(file["was_read"] for _, file in touches),
                "n_runs_modifying": sum(file["was_modified"] for _, file in touches),
                **{name: sum(file[name] for _, file in touches) for name in COUNTS},
                "n_resolved_touching": own[0],
                "n_graded_touching": own[1],
                **rate_of(*own, "success_rate_graded_touching"),
                "n_resolved_others": others[0],
                "n_graded_others": others[1],
                "success_rate_graded_others": rate_others,
                "difference": None if rate is None or rate_others is None else rate - rate_others,
                "difference_low": low,
                "difference_high": high,
            }
        )
    return rows
