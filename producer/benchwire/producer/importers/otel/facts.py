"""What must be known of a trace before its first event: who ran, on what, how it ended."""

from dataclasses import dataclass, field
from typing import Any, Final

from benchwire.producer.importers import fitting
from benchwire.producer.importers.buckets import Buckets
from benchwire.producer.importers.otel import content, naming, spellings, tokens
from benchwire.producer.importers.otel.entries import Entry
from benchwire.producer.importers.otel.index import Trace, TraceIndex
from benchwire.producer.importers.otel.span import Span
from benchwire.producer.importers.otel.spellings import first
from benchwire.producer.importers.otel.tree import TraceTree

_UNNAMED_SERVICE: Final = "unknown_service"
_SETTINGS: Final = (
    "gen_ai.request.temperature",
    "gen_ai.request.top_p",
    "gen_ai.request.top_k",
    "gen_ai.request.max_tokens",
    "gen_ai.request.frequency_penalty",
    "gen_ai.request.presence_penalty",
    "gen_ai.openai.request.reasoning_effort",
)


@dataclass(slots=True)
class TraceFacts:
    """What a trace says as a whole."""

    trace: Trace
    tree: TraceTree
    root: Span
    """The root that ended last."""
    said: dict[str, Any] = field(default_factory=dict[str, Any])
    """What resources, the source, and the root span say of the run; the root has the last word."""
    model: str | None = None
    """The model of the first call, as asked for."""
    provider: str | None = None
    agent: str | None = None
    agent_version: str | None = None
    session_id: str | None = None
    prompt: str | None = None
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    totals: Buckets = field(default_factory=Buckets)
    """What the outermost spans say that was used, where no model call says anything."""

    @property
    def first_us(self) -> int | None:
        """When the first span began."""
        begins = [entry.start_us for entry in self.tree.entries if entry.start_us is not None]
        return min(begins, default=None)

    @property
    def last_us(self) -> int | None:
        """When the last span ended."""
        ends = [entry.end_us for entry in self.tree.entries if entry.end_us is not None]
        return max(ends, default=self.first_us)

    @property
    def service(self) -> str | None:
        """The program, if it says its name."""
        name = fitting.name(self.said.get("service.name"))
        return None if name is None or name.startswith(_UNNAMED_SERVICE) else name


def facts_of(index: TraceIndex, trace: Trace) -> TraceFacts:
    """Read the few spans of a trace that tell about the whole."""
    tree = TraceTree(trace.entries())
    root = index.span(trace, tree.root)
    facts = TraceFacts(trace, tree, root)
    leading = [index.span(trace, entry) for entry in _leading(tree)]
    for span in leading:
        facts.said.update(span.resource)
    facts.said.update(trace.attributes)
    facts.said.update(root.attributes)
    _describe(facts, leading)
    if not any(entry.says_tokens for entry in _counted(tree)):
        for entry in _outermost_totals(tree):
            facts.totals.add(tokens.of_span(index.span(trace, entry).attributes))
    return facts


def _leading(tree: TraceTree) -> list[Entry]:
    """The spans that describe the run: first call, main agent, root, the inner ones first."""
    found: dict[str, Entry] = {}
    for entry in [*_counted(tree)[:1], *tree.acting[:1], *_agents(tree)[:1], tree.root]:
        found.setdefault(entry.span_id, entry)
    return list(found.values())


def _agents(tree: TraceTree) -> list[Entry]:
    return [entry for entry in tree.entries if entry.role == "agent"]


def _counted(tree: TraceTree) -> list[Entry]:
    return [entry for entry in tree.entries if entry.span_id in tree.counted]


def _outermost_totals(tree: TraceTree) -> list[Entry]:
    """Spans that say what was used, and lie in none that does."""
    saying = [entry for entry in tree.entries if entry.says_tokens]
    ids = {entry.span_id for entry in saying}
    return [
        entry for entry in saying if not any(outer.span_id in ids for outer in tree.around(entry))
    ]


def _describe(facts: TraceFacts, leading: list[Span]) -> None:
    agents = {entry.span_id for entry in _agents(facts.tree)}
    for span in leading:
        attributes = span.attributes
        facts.model = facts.model or fitting.name(first(attributes, spellings.REQUEST_MODEL))
        facts.provider = facts.provider or fitting.name(first(attributes, spellings.PROVIDER))
        facts.session_id = facts.session_id or fitting.name(
            first({**facts.trace.attributes, **span.resource, **attributes}, spellings.CONVERSATION)
        )
        if span.span_id in agents:
            facts.agent = facts.agent or naming.agent_name(span)
            version = fitting.name(attributes.get("gen_ai.agent.version"))
            facts.agent_version = facts.agent_version or version
        if not facts.settings:
            facts.settings = {key: attributes[key] for key in _SETTINGS if key in attributes}
    facts.agent = facts.agent or fitting.name(facts.said.get("copilot.agent"))
    for span in reversed(leading):
        facts.prompt = facts.prompt or content.prompt(span.attributes, span.events)
    facts.prompt = facts.prompt or content.prompt(facts.trace.attributes, [])
