"""Turns a launch into its rehearsal: every cell once, with an agent that calls no model.

Workspaces, setup and verify commands are the real ones; agents, their environment and their keys
are not touched. What a rehearsed trial leaves on disk is read back by the importers' own readers.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchwire.producer.importers.buckets import Buckets
from benchwire.producer.importers.copilot.otel import OtelReader
from benchwire.producer.runner.adapters.scripted_log import LOG_NAME, OTEL_NAME
from benchwire.producer.runner.experiment import VariantSpec
from benchwire.producer.runner.launch import Launch
from benchwire.producer.runner.limits import Retries
from benchwire.producer.runner.plan import PlannedTrial


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a trial left on disk."""

    n_log_events: int = 0
    """Events in the agent's session log."""
    n_model_calls: int = 0
    """Model calls in its OTel file …"""
    model_tokens: int = 0
    """… and the tokens they used."""
    diff_bytes: int = 0


def rehearsal(launch: Launch) -> Launch:
    """The first trial of every cell, by the scripted agent, without a second try."""
    firsts = [_stand_in(trial) for trial in launch.trials if trial.trial_no == 1]
    retries = Retries(max=0, backoff_seconds=0.0)
    experiment = launch.experiment.model_copy(update={"retries": retries})
    return replace(launch, experiment=experiment, trials=firsts, keep=False)


def _stand_in(trial: PlannedTrial) -> PlannedTrial:
    said = trial.variant
    arguments = said.extra_args if said.adapter == "scripted" else ()
    variant = VariantSpec(name=said.name, adapter="scripted", extra_args=arguments)
    return replace(trial, variant=variant, trials=1)


def read_kept(folder: Path | None) -> Kept:
    """What a rehearsed trial left behind; nothing where it has no directory."""
    if folder is None:
        return Kept()
    otel = OtelReader(None)
    for record in _records(folder / "agent" / OTEL_NAME):
        otel.add(record)
    used = Buckets()
    calls = otel.facts().calls
    for call in calls:
        used.add(call.buckets)
    diff = folder / "artifacts" / "workspace.diff"
    return Kept(
        n_log_events=sum(1 for _ in _records(folder / "agent" / LOG_NAME)),
        n_model_calls=len(calls),
        model_tokens=sum(
            tokens or 0
            for tokens in (used.input_tokens, used.cache_read_tokens, used.output_tokens)
        ),
        diff_bytes=diff.stat().st_size if diff.is_file() else 0,
    )


def _records(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        return
    with path.open("rb") as file:
        for line in file:
            yield json.loads(line)
