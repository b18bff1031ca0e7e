"""What a report is about: one experiment, all of it or one job, all policies or some."""

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchwire.analysis.query import Query
from benchwire.analysis.rows import Rows
from benchwire.schemas.errors import BenchwireError

_SHOWN_MAX: Final = 12


class NotInStore(BenchwireError):  # noqa: N818 - a fact about the store
    """The store has no such experiment, job or policy, or nothing to report at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which runs a report speaks of, and as seen from when."""

    experiment_id: str
    job_id: str | None = None
    """Only this job; None: all."""
    policies: tuple[str, ...] = ()
    """Only these policies; empty: all."""
    as_of: str
    """UTC, ``YYYY-MM-DD HH:MM:SS.ffffff``. Only what depends on the clock depends on it: which
    open runs are abandoned."""

    def params(self) -> dict[str, str]:
        """The scope as parameters of queries."""
        return {
            "experiment": self.experiment_id,
            "job": self.job_id or "",
            "policies": json.dumps(list(self.policies)),
            "as_of": self.as_of,
        }


@dataclass(frozen=True, slots=True)
class KnownExperiment:
    """An experiment that has runs, and when the last of them began."""

    experiment_id: str
    n_runs: int
    n_jobs: int
    n_policies: int
    last_started_at: str | None


KNOWN_EXPERIMENTS: Final = Query(
    "Which experiments are there, the one that ran last first?",
    KnownExperiment,
    """
SELECT
    toString(experiment_id) AS experiment,
    count(),
    uniqExact(job_id),
    uniqExact(policy_id),
    formatDateTime(max(started_at) AS last_at, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC')
FROM rpt_run_summary
GROUP BY experiment
ORDER BY
    last_at DESC NULLS LAST,
    experiment
""",
)


@dataclass(frozen=True, slots=True)
class _Label:
    job_id: str
    policy_id: str


_LABELS: Final = Query(
    "Which jobs and policies does the experiment have?",
    _Label,
    """
SELECT DISTINCT
    toString(job_id) AS job,
    toString(policy_id) AS policy
FROM rpt_run_summary
WHERE experiment_id = {experiment:String}
ORDER BY
    job,
    policy
""",
)


def known_experiments(rows: Rows) -> list[KnownExperiment]:
    """All experiments that have runs, the one that ran last first."""
    return KNOWN_EXPERIMENTS.ask(rows, {})


def make_scope(
    rows: Rows,
    experiment_id: str,
    *,
    job_id: str | None = None,
    policies: Sequence[str] = (),
    as_of: str | None = None,
) -> Scope:
    """Check the names that a person gave.

    Raises:
        NotInStore: The experiment, the job or a policy is unknown; the hint names those there are.
    """
    labels = _LABELS.ask(rows, {"experiment": experiment_id})
    if not labels:
        raise _no_experiment(experiment_id, known_experiments(rows))
    jobs = list(dict.fromkeys(label.job_id for label in labels))
    if job_id is not None and job_id not in jobs:
        raise unknown("job", job_id, f"experiment {experiment_id!r}", jobs)
    of_job = [label.policy_id for label in labels if job_id in {None, label.job_id}]
    there = sorted(set(of_job))
    for policy in policies:
        if policy not in there:
            where = f"job {job_id!r}" if job_id else f"experiment {experiment_id!r}"
            raise unknown("policy", policy, where, there)
    return Scope(
        experiment_id=experiment_id,
        job_id=job_id,
        policies=tuple(dict.fromkeys(policies)),
        as_of=as_of or now(rows),
    )


def now(rows: Rows) -> str:
    """The store's clock."""
    ((moment,),) = rows("SELECT toString(now64(6, 'UTC'))")
    return str(moment)


def unknown(kind: str, name: str, where: str, there: Sequence[str]) -> NotInStore:
    """An error about a name that is not there, with those that are."""
    like = difflib.get_close_matches(name, there, n=1)
    meant = f"did you mean {like[0]!r}? " if like else ""
    return NotInStore(f"{where} has no {kind} {name!r}", hint=meant + "there are: " + listed(there))


def listed(names: Sequence[str]) -> str:
    """Names in one line, the first dozen of them."""
    rest = len(names) - _SHOWN_MAX
    shown = ", ".join(names[:_SHOWN_MAX])
    return f"{shown} and {rest} more" if rest > 0 else shown


def _no_experiment(experiment_id: str, known: Sequence[KnownExperiment]) -> NotInStore:
    names = [each.experiment_id for each in known]
    if names:
        return unknown("experiment", experiment_id, "the store", names)
    return NotInStore(
        f"the store has no experiment {experiment_id!r}, and no other either",
        hint="`benchwire demo` makes one, `benchwire import PATH` brings one in",
    )
