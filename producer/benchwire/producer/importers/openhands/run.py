"""Words the two ends of an instance's run, and what it is called."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from benchwire.producer.importers import fitting, timestamps
from benchwire.producer.importers.labels import Labels
from benchwire.producer.importers.openhands import ending, tokens
from benchwire.producer.importers.openhands.scan import InstanceScan
from benchwire.producer.importers.openhands.steps import HistoryTranslator
from benchwire.producer.importers.swe_agent.evaluation import Grade
from benchwire.producer.importers.swe_agent.patch import changes_in
from benchwire.schemas.hashing import canonical_json
from benchwire.schemas.policy import Agent, Policy, RunConfig
from benchwire.schemas.run import EmitterRef, RunStart, RunStop, Source
from benchwire.schemas.task import Task
from benchwire.schemas.usage import Usage

AGENT: Final = "OpenHands"
_REWARD: Final = "resolved"
_BEGINNING_HEX: Final = 16
_SETTINGS: Final = ("max_iterations", "agent_config", "condenser_config", "details", "critic")
_SOFTWARE: Final = {"git_commit": "commit", "data_split": "split", "dataset_split": "split"}


def metadata_of(scan: InstanceScan, beside: Mapping[str, Any]) -> Mapping[str, Any]:
    """How the evaluation was set up: each instance says so, else a file beside them."""
    return fitting.mapping(scan.facts.get("metadata")) or beside


def llm_of(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings of the model, which newer versions call otherwise."""
    return fitting.mapping(metadata.get("llm_config")) or fitting.mapping(metadata.get("llm"))


def model_of(scan: InstanceScan, metadata: Mapping[str, Any]) -> str | None:
    """The model asked for, else the one that answered."""
    asked = fitting.name(llm_of(metadata).get("model"))
    return asked or fitting.name(metadata.get("model_name")) or scan.model


def labels_of(scan: InstanceScan, metadata: Mapping[str, Any], labels: Labels) -> Labels:
    """The labels of an instance; what only its place could tell stands in ``labels``."""
    agent, model = fitting.name(metadata.get("agent_class")) or AGENT, model_of(scan, metadata)
    policy = agent if model is None else f"{agent}/{model}"
    place = str(metadata.get("eval_output_dir") or "").replace("\\", "/").rstrip("/")
    dataset = fitting.identifier(metadata.get("dataset"))
    return Labels(
        experiment_id=dataset or labels.experiment_id,
        job_id=fitting.identifier(place.rpartition("/")[2]) or labels.job_id,
        policy_id=fitting.identifier(policy) or AGENT,
        task_id=labels.task_id,
        trial_no=labels.trial_no,
        attempt=labels.attempt,
    )


def source_id(scan: InstanceScan, metadata: Mapping[str, Any], labels: Labels) -> str:
    """The run's identity: its evaluation, instance and attempt.

    Directories of evaluations may be called alike, so how each began is part of it.
    """
    began = {
        "place": fitting.text(metadata.get("eval_output_dir")),
        "start": fitting.text(metadata.get("start_time")),
        "model": model_of(scan, metadata),
        "first": fitting.text(scan.first_at),
    }
    digest = hashlib.sha256(canonical_json(began)).hexdigest()[:_BEGINNING_HEX]
    return f"{labels.job_id}/{labels.task_id}/attempt-{labels.attempt}/{digest}"


def config_document(scan: InstanceScan, metadata: Mapping[str, Any]) -> dict[str, Any] | None:
    """How the agent was set up, without places and what is not set; None if nothing is known."""
    llm = {
        key: value
        for key, value in llm_of(metadata).items()
        if value not in (None, {}, []) and not key.endswith(("_folder", "_dir", "_path"))
    }
    known = {
        "agent": metadata.get("agent_class"),
        "model": model_of(scan, metadata),
        "llm": llm,
        **{name: metadata.get(name) for name in _SETTINGS},
    }
    return fitting.document({k: v for k, v in known.items() if v not in (None, {}, [])})


def environment_document(metadata: Mapping[str, Any]) -> dict[str, Any] | None:
    """The software and the data; None if nothing is known."""
    known = {ours: metadata.get(theirs) for theirs, ours in _SOFTWARE.items() if theirs in metadata}
    known["dataset"] = metadata.get("dataset")
    return fitting.document({key: value for key, value in known.items() if value is not None})


def run_start(
    scan: InstanceScan, metadata: Mapping[str, Any], labels: Labels, source: Source
) -> RunStart:
    """Word the beginning."""
    facts, model = scan.facts, model_of(scan, metadata)
    llm = llm_of(metadata)
    effort = llm.get("reasoning_effort")
    instance = fitting.mapping(facts.get("instance"))
    asked = fitting.text(facts.get("instruction")) or fitting.text(scan.prompt)
    base = facts.get("base_commit") or instance.get("base_commit")
    return RunStart(
        trial_no=labels.trial_no,
        attempt=labels.attempt,
        policy=Policy(model=model, reasoning_effort=fitting.name(effort)),
        agent=Agent(name=fitting.name(metadata.get("agent_class")) or AGENT, adapter="openhands"),
        model=model,
        task=Task(
            name=labels.task_id,
            dataset=fitting.name(metadata.get("dataset")),
            prompt=asked,
            repo=fitting.text(instance.get("repo")) or _repo(facts),
            ref=fitting.name(base),
        ),
        config=config_document(scan, metadata),
        environment=environment_document(metadata),
        run_config=RunConfig(
            max_iterations=fitting.count(metadata.get("max_iterations")),
            temperature=fitting.real(llm.get("temperature")),
        ),
        source=source,
        git_base=fitting.name(base),
        started_at=timestamps.wire(scan.instants_us[0]) if scan.instants_us else None,
    )


def task_of_issue(issue: Mapping[str, Any]) -> str | None:
    """What a resolver's issue is called: ``owner/repo#5``."""
    repo = "/".join(str(issue[key]) for key in ("owner", "repo") if issue.get(key))
    return f"{repo}#{issue['number']}" if repo and issue.get("number") is not None else None


def run_stop(scan: InstanceScan, translator: HistoryTranslator, grade: Grade | None) -> RunStop:
    """Word the end: what the evaluation says, and what was spent."""
    facts, metrics = scan.facts, scan.metrics
    error = scan.error
    own = ending.is_resolved(facts)
    graded = None if grade is None or grade.outcome == "ungraded" else grade.outcome == "resolved"
    resolved = graded if own is None else own
    changes = changes_in(ending.patch_of(facts))
    lists = ("token_usages", "response_latencies", "costs")
    seconds = fitting.real(facts.get("duration_seconds"))
    return RunStop(
        status=ending.status_of(error),
        outcome="ungraded" if resolved is None else "resolved" if resolved else "unresolved",
        score=None if resolved is None else float(resolved),
        rewards=None if resolved is None else {_REWARD: float(resolved)},
        tests=None if grade is None else grade.tests,
        files_modified=None if changes is None else len(changes.files),
        files_modified_names=None if changes is None else fitting.names(changes.files),
        lines_added=None if changes is None else changes.n_added,
        lines_removed=None if changes is None else changes.n_removed,
        usage=usage_of(scan),
        total_tokens=fitting.tokens(fitting.mapping(facts.get("cost")).get("total_tokens")),
        api_time_ms=_api_time_ms(metrics),
        requests=max(len(fitting.items(metrics.get(name))) for name in lists) or None,
        turns=translator.n_turns,
        compactions=translator.n_condensations,
        error=fitting.text(error),
        error_type=None if error is None else ending.type_of(error),
        error_cause=ending.cause_of(error),
        duration_ms=timestamps.span_ms(scan.first_at, scan.last_at)
        if seconds is None
        else fitting.milliseconds(seconds),
        emitters=(EmitterRef(emitter="import", epoch=0),),
    )


def usage_of(scan: InstanceScan) -> Usage | None:
    """The declared totals; None leaves the sum of the steps to count.

    A cost of 0 for tokens means that nobody knew the price, and 0 tokens of a model that
    answered mean that nobody counted.
    """
    total = scan.declared_total
    if total is not None and total.is_nothing and scan.asked_models:
        total = None
    metrics = scan.metrics
    said = metrics.get(
        "accumulated_cost", fitting.mapping(scan.facts.get("cost")).get("total_cost")
    )
    cost = fitting.nano(said)
    cost = tokens.cost_of_calls(metrics) if cost is None else cost
    if cost == 0 and (scan.asked_models or not (total is None or total.is_nothing)):
        cost = None
    if total is None:
        total = tokens.total_of(scan.calls.values())
        if cost is None or (total is not None and total.is_nothing):
            total = None
    if total is None and cost is None:
        return None
    buckets = tokens.buckets_of(total or tokens.Call(), scan.inside)
    buckets.nano_usd = cost
    return buckets.usage()


def _api_time_ms(metrics: Mapping[str, Any]) -> float | None:
    waits = [
        seconds
        for one in fitting.items(metrics.get("response_latencies"))
        if (seconds := fitting.real(fitting.mapping(one).get("latency"))) is not None
    ]
    return fitting.milliseconds(sum(waits)) if waits else None


def _repo(facts: Mapping[str, Any]) -> str | None:
    issue = fitting.mapping(facts.get("issue"))
    return fitting.text("/".join(str(issue[key]) for key in ("owner", "repo") if issue.get(key)))
