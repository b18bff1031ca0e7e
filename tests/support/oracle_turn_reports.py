"""Computes the reports of one experiment that are about its turns, in plain Python.

Those are rpt_phase_economics, rpt_context_growth and rpt_tool_economics.
"""

from collections import defaultdict
from fractions import Fraction

from tests.support.oracle import BUCKETS, OracleRun, Row, counted_runs, end_of
from tests.support.oracle_policies import mean, percentile, stated, sum_of
from tests.support.oracle_reports import ratio
from tests.support.oracle_turns import Entry, Turn, entries_of, phases_of, turns_of

TURN_MAX = 500


def policies(runs: list[OracleRun], experiment_id: str) -> dict[str, list[OracleRun]]:
    """Group the counted runs of an experiment by policy."""
    found: dict[str, list[OracleRun]] = defaultdict(list)
    for run in counted_runs(runs):
        if run.experiment_id == experiment_id:
            found[run.labels[1]].append(run)
    return found


def left_out(members: list[OracleRun]) -> Row:
    """How many runs of a policy are open, and how many are of excluded trials."""
    kept = [run for run in members if not run.is_excluded]
    return {
        "n_incomplete": sum(not end_of(run) for run in kept),
        "n_excluded": len(members) - len(kept),
    }


def phase_economics(runs: list[OracleRun], experiment_id: str) -> list[Row]:
    """All rows of rpt_phase_economics."""
    rows: list[Row] = []
    for policy_id, members in policies(runs, experiment_id).items():
        ended = [run for run in members if end_of(run) and not run.is_excluded]
        phased = [phases for run in ended if (phases := phases_of(run))]
        every = [phase for phases in phased for phase in phases]
        for number in range(5) if phased else ():
            mine = [phases[number] for phases in phased]
            row: Row = {
                "policy_id": policy_id,
                "phase": number + 1,
                "name": mine[0]["name"],
                "n_runs": len(mine),
                **left_out(members),
                "mean_turns": mean([one["n_turns"] for one in mine]),
                "mean_tool_calls": mean([one["n_tool_calls"] for one in mine]),
                "n_tool_failures": sum(one["n_tool_failures"] for one in mine),
                "mean_duration_ms": mean(stated(mine, "duration_ms")),
                "n_runs_with_duration": len(stated(mine, "duration_ms")),
                "mean_context_tokens": mean(stated(mine, "context_tokens")),
                "cache_hit_ratio": ratio(
                    sum_of(stated(mine, "cache_read_tokens")),
                    sum(sum(stated(mine, name)) for name in BUCKETS[:3]),
                ),
            }
            for name, short, unit in (
                ("output_tokens", "output", 1),
                ("total_tokens", "tokens", 1),
                ("cost_nano_aiu", "cost", 1e9),
            ):
                known = stated(mine, name)
                share = {"output": "output_share", "tokens": "token_share", "cost": "cost_share"}
                means = {"output": "mean_output_tokens", "tokens": "mean_tokens"}
                row[name] = sum_of(known)
                row[f"n_runs_with_{short}"] = len(known)
                row[means.get(short, "mean_cost_aiu")] = ratio(sum_of(known), len(known) * unit)
                row[share[short]] = ratio(sum_of(known), sum_of(stated(every, name)))
            rows.append(row)
    return rows


def context_growth(runs: list[OracleRun], experiment_id: str) -> list[Row]:
    """All rows of rpt_context_growth."""
    rows: list[Row] = []
    for policy_id, members in policies(runs, experiment_id).items():
        by_turn: dict[int, list[Row]] = defaultdict(list)
        for run in members:
            turns = turns_of(entries_of(run)) if not run.is_excluded else []
            main = [turn for turn in turns if turn.agent == turns[0].agent]
            for number, turn in enumerate(main[:TURN_MAX], 1):
                by_turn[number].append(turn.usage)
        for number, used in by_turn.items():
            contexts = stated(used, "context_tokens")
            prompts = stated(used, "prompt_tokens")
            costs = stated(used, "cost_nano_aiu")
            rows.append(
                {
                    "policy_id": policy_id,
                    "agent_turn_no": number,
                    "n_runs": len(used),
                    "run_share": len(used) / len(by_turn[1]),
                    **left_out(members),
                    "n_with_context": len(contexts),
                    "context_tokens_mean": mean(contexts),
                    "context_tokens_p10": percentile(contexts, 0.1),
                    "context_tokens_p50": percentile(contexts, 0.5),
                    "context_tokens_p90": percentile(contexts, 0.9),
                    "context_tokens_max": max(contexts, default=None),
                    "n_with_prompt": len(prompts),
                    "mean_prompt_tokens": mean(prompts),
                    "cache_hit_ratio": ratio(
                        sum_of(stated(used, "cache_read_tokens")), sum(prompts)
                    ),
                    "mean_output_tokens": mean(stated(used, "output_tokens")),
                    "n_with_cost": len(costs),
                    "mean_cost_aiu": ratio(sum_of(costs), len(costs) * 1e9),
                }
            )
    return rows


def tool_economics(runs: list[OracleRun], experiment_id: str) -> list[Row]:
    """All rows of rpt_tool_economics."""
    rows: list[Row] = []
    for policy_id, members in policies(runs, experiment_id).items():
        shares: dict[str | None, list[Row]] = defaultdict(list)
        for run in members:
            for turn, added in _growing(run):
                for call in (*turn.calls,) or (None,):
                    name = None if call is None else call.data["name"]
                    shares[name].append(_share(turn, added, call))
        counts = {"n_runs": sum(not run.is_excluded for run in members), **left_out(members)}
        mine = [counts | _tool(policy_id, name, found) for name, found in shares.items()]
        for row in mine:
            for name, amount in (("token_share", "total_tokens"), ("cost_share", "cost_aiu")):
                row[name] = ratio(row[amount], sum_of(stated(mine, amount)))
        rows += mine
    return rows


def _growing(run: OracleRun) -> list[tuple[Turn, int | None]]:
    """Each turn, and how much fuller the context is after the agent's next one."""
    found: list[tuple[Turn, int | None]] = []
    turns = [] if run.is_excluded else turns_of(entries_of(run))
    for place, turn in enumerate(turns):
        after = next((one for one in turns[place + 1 :] if one.agent == turn.agent), None)
        now, then = (one.usage["context_tokens"] if one else None for one in (turn, after))
        found.append((turn, None if now is None or then is None else then - now))
    return found


def _share(turn: Turn, added: int | None, call: Entry | None) -> Row:
    used: Row = {**turn.usage, "context_tokens_added": added}
    names = ("total_tokens", "output_tokens", "cost_nano_aiu", "context_tokens_added")
    parts = max(len(turn.calls), 1)
    data = call.data if call else {}
    return {
        "turn": id(turn),
        "failed": bool(data.get("failed", data.get("exit_kind", "ok") != "ok")),
        "result_bytes": data.get("result_bytes"),
        **{
            name: None if amount is None else Fraction(amount, parts)
            for name in names
            for amount in [used[name]]
        },
        "of": turn,
    }


def _tool(policy_id: str, name: str | None, found: list[Row]) -> Row:
    sizes = stated(found, "result_bytes")
    tokens, costs = stated(found, "total_tokens"), stated(found, "cost_nano_aiu")
    output, added = stated(found, "output_tokens"), stated(found, "context_tokens_added")
    return {
        "policy_id": policy_id,
        "tool_name": name,
        "n_turns": len({one["turn"] for one in found}),
        "n_calls": 0 if name is None else len(found),
        "n_failed": sum(one["failed"] for one in found),
        "n_calls_with_tokens": len(tokens),
        "total_tokens": _float(tokens, 1),
        "output_tokens": _float(output, 1),
        "tokens_per_call": _float(tokens, len(tokens)),
        "n_calls_with_cost": len(costs),
        "cost_aiu": _float(costs, 10**9),
        "cost_aiu_per_call": _float(costs, 10**9 * len(costs)),
        "n_sized": len(sizes),
        "result_bytes": sum_of(sizes),
        "mean_result_bytes": mean(sizes),
        "n_calls_with_context": len(added),
        "context_tokens_added": _float(added, 1),
        "context_tokens_added_per_call": _float(added, len(added)),
    }


def _float(parts: list[Fraction], divisor: int) -> float | None:
    return float(sum(parts, Fraction()) / divisor) if parts else None
