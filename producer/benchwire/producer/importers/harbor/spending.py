"""Decides which account of what a trial used counts: the session's, the harness's, the log's."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from benchwire.producer.importers.atif import TrajectoryTranslator
from benchwire.producer.importers.atif import tokens as atif_tokens
from benchwire.producer.importers.buckets import Buckets, buckets_of
from benchwire.producer.importers.copilot.run import declared_usage
from benchwire.producer.importers.copilot.state import SessionState
from benchwire.producer.importers.harbor import usage
from benchwire.producer.importers.harbor.documents import AgentContext
from benchwire.producer.importers.harbor.logs import TrajectoryLog
from benchwire.schemas.usage import ModelUsage, Usage


@dataclass(slots=True)
class Spent:
    """The declared totals of a trial. Without ``usage`` the steps speak for themselves."""

    usage: Usage | None = None
    models: tuple[ModelUsage, ...] | None = None


def of_sessions(sessions: Sequence[SessionState], contexts: Sequence[AgentContext]) -> Spent:
    """The sessions' own totals; without them their model calls, else what the harness noted."""
    declared = [declared_usage(one.totals, one.counts) for one in sessions]
    if None not in declared:
        total = Buckets()
        for one in declared:
            total.add(buckets_of(one))
        models = _merged([one.totals.model_usage() or () for one in sessions])
        if total.nano_usd is None:  # sessions count in AIU; dollars are the harness's to know
            total.nano_usd = usage.declared_total(contexts).nano_usd
            models = _with_dollars(models, total.nano_usd)
        return Spent(total.usage(), models)
    if all(one.scan.otel.calls for one in sessions):
        return Spent()
    total = usage.declared_total(contexts)
    return Spent(total.usage(), usage.by_model(contexts, total))


def of_trajectories(
    contexts: Sequence[AgentContext],
    logs: Sequence[TrajectoryLog],
    translator: TrajectoryTranslator,
) -> Spent:
    """What the harness noted; the trajectories add what it has no word for, AIU and reasoning.

    Where the harness lost the tokens, the trajectories' own totals count.
    """
    noted, told = usage.declared_total(contexts), Buckets()
    totals = [log.scan.total for log in logs]
    if len({_has_tokens(one) for one in totals}) == 1:  # else one broke off: the steps know more
        for one in totals:
            told.add(one)
    if not _has_tokens(noted):
        told.nano_aiu = told.nano_aiu if noted.nano_aiu is None else noted.nano_aiu
        told.nano_usd = told.nano_usd if noted.nano_usd is None else noted.nano_usd
        total = atif_tokens.declared(told, translator.used)
        return Spent(None if total is None else total.usage())
    for name in ("reasoning_tokens", "nano_aiu", "nano_usd"):
        if getattr(noted, name) is None:
            setattr(noted, name, getattr(told, name))
    return Spent(noted.usage(), usage.by_model(contexts, noted))


def _has_tokens(buckets: Buckets) -> bool:
    return (buckets.input_tokens, buckets.output_tokens) != (None, None)


def _with_dollars(
    models: tuple[ModelUsage, ...] | None, nano_usd: int | None
) -> tuple[ModelUsage, ...] | None:
    """Give the only model the trial's cost; that of several is not known by model."""
    if models is None or len(models) != 1 or nano_usd is None:
        return models
    buckets = buckets_of(models[0].usage)
    buckets.nano_usd = nano_usd
    return (models[0].model_copy(update={"usage": buckets.usage()}),)


@dataclass(slots=True)
class _Share:
    buckets: Buckets = field(default_factory=Buckets)
    requests: int | None = None


def _merged(parts: Sequence[Sequence[ModelUsage]]) -> tuple[ModelUsage, ...] | None:
    """Each model's share over all sessions."""
    shares: dict[str, _Share] = {}
    for one in (share for part in parts for share in part):
        share = shares.setdefault(one.model, _Share())
        share.buckets.add(buckets_of(one.usage))
        if one.requests is not None:
            share.requests = (share.requests or 0) + one.requests
    return (
        tuple(
            ModelUsage(model=model, requests=share.requests, usage=share.buckets.usage())
            for model, share in sorted(shares.items())
        )
        or None
    )
