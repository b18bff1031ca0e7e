"""Finds the two policies that a person names, or says what was named instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchwire.analysis.comparison.rows import HOLDERS, Holder
from benchwire.analysis.query import Query
from benchwire.analysis.report.scope import NotInStore, known_experiments, listed, unknown
from benchwire.analysis.rows import Rows


class NotComparable(NotInStore):
    """What was named are no two policies of one experiment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two policies of one experiment; differences are B minus A."""

    experiment_id: str
    policy_a: str
    policy_b: str

    def params(self) -> dict[str, str]:
        """The pair as parameters of queries."""
        return {
            "experiment": self.experiment_id,
            "policy_a": self.policy_a,
            "policy_b": self.policy_b,
        }


@dataclass(frozen=True, slots=True)
class _Policy:
    policy_id: str
    experiment_id: str


_POLICIES: Final = Query(
    "Which policies are there?",
    _Policy,
    """
SELECT DISTINCT
    toString(policy_id) AS policy,
    toString(experiment_id) AS experiment
FROM rpt_run_summary
WHERE {experiment:String} = '' OR experiment_id = {experiment:String}
ORDER BY
    policy,
    experiment
""",
)


def find_pair(rows: Rows, policy_a: str, policy_b: str, experiment_id: str | None) -> Pair:
    """The pair, in the one experiment that has both.

    Raises:
        NotComparable: They are the same, or no policies, or of different experiments, or several
            experiments have both.
        NotInStore: A policy or the experiment is unknown.
    """
    if policy_a == policy_b:
        raise NotComparable(
            f"both are {policy_a!r}",
            hint="name two policies; from job to job, `benchwire report` shows how one changes",
        )
    names = {"policy_a": policy_a, "policy_b": policy_b}
    holders = [
        holder
        for holder in HOLDERS.ask(rows, names)
        if experiment_id in {None, holder.experiment_id}
    ]
    having = _having_both(holders, policy_a, policy_b)
    if len(having) == 1:
        return Pair(experiment_id=having[0], policy_a=policy_a, policy_b=policy_b)
    if having:
        raise NotComparable(
            f"{len(having)} experiments have both policies: {listed(having)}",
            hint="say which one with --experiment",
        )
    _explain(holders, policy_a, policy_b)
    raise _unknown_policy(rows, holders, (policy_a, policy_b), experiment_id)


def _having_both(holders: Sequence[Holder], policy_a: str, policy_b: str) -> list[str]:
    held: dict[str, set[str]] = {}
    for holder in holders:
        if holder.kind == "policy":
            held.setdefault(holder.experiment_id, set()).add(holder.label)
    return sorted(name for name, labels in held.items() if {policy_a, policy_b} <= labels)


def _explain(holders: Sequence[Holder], a: str, b: str) -> None:
    """Say what to do instead, if something else was named."""
    kinds = {name: {holder.kind for holder in holders if holder.label == name} for name in (a, b)}
    if kinds[a] & kinds[b] & {"job"} and "policy" not in kinds[a] | kinds[b]:
        of = sorted({holder.experiment_id for holder in holders if holder.kind == "job"})
        raise NotComparable(
            f"{a!r} and {b!r} are jobs (of {listed(of)}), not policies",
            hint="`benchwire report EXPERIMENT` has each policy from job to job, with intervals; "
            "`benchwire report EXPERIMENT --job JOB` reports on one of them",
        )
    if kinds[a] & kinds[b] & {"experiment"} and "policy" not in kinds[a] | kinds[b]:
        raise NotComparable(
            f"{a!r} and {b!r} are experiments, not policies",
            hint="trials are matched within an experiment; bring both in under one "
            "(`benchwire import --experiment NAME`), or look at two reports",
        )
    if "policy" in kinds[a] and "policy" in kinds[b]:
        where = {
            name: sorted(
                holder.experiment_id
                for holder in holders
                if holder.label == name and holder.kind == "policy"
            )
            for name in (a, b)
        }
        raise NotComparable(
            f"no experiment has both: {a!r} is of {listed(where[a])}, {b!r} of {listed(where[b])}",
            hint="trials are matched within an experiment: the same tasks, under the same label",
        )


def _unknown_policy(
    rows: Rows, holders: Sequence[Holder], names: Sequence[str], experiment_id: str | None
) -> NotInStore:
    known = {holder.label for holder in holders if holder.kind == "policy"}
    missing = next(name for name in names if name not in known)
    found = _POLICIES.ask(rows, {"experiment": experiment_id or ""})
    if not found and experiment_id is not None:
        there = [each.experiment_id for each in known_experiments(rows)]
        return unknown("experiment", experiment_id, "the store", there)
    where = f"experiment {experiment_id!r}" if experiment_id else "the store"
    kinds = {holder.kind for holder in holders if holder.label == missing}
    if kinds:
        where = f"{missing!r} names {' and '.join(sorted(kinds))}s, but {where}"
    return unknown("policy", missing, where, list(dict.fromkeys(each.policy_id for each in found)))
