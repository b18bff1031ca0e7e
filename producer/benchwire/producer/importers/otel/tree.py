"""Tells which spans of a trace count, and for which agent.

Rules:

- A model call counts once. One that lies in another model call's span, with no tool or agent
  between the two, is the same call: the inner one counts if it says its tokens, else the outer.
- A tool call counts once: a tool's span directly in another one for the same call is left out.
- An agent that calls models itself is at work. The first one is the main agent; others are
  sub-agents, unless they bear its name.
- An error is a failure where it began: in the innermost span that reports it, not in those
  around it. What lies inside a model call or a tool is part of it, and a tool's error is its own.
"""

from collections.abc import Iterable, Iterator

from benchwire.producer.importers.otel.entries import Entry
from benchwire.producer.importers.otel.operations import MODEL_ROLES


class TraceTree:
    """The spans of a trace as a forest; spans whose parent is missing or remote are roots."""

    def __init__(self, by_id: dict[str, Entry]) -> None:
        self.entries = sorted(by_id.values(), key=_in_time)
        """All spans in the order in which they began."""
        self._parents = _parents(self.entries, by_id)
        self._downwards = list(self._walk())
        self._nearest = self._nearest_of_note()
        """The model call, tool or agent around each span."""
        self.counted = self._counted_calls()
        """Ids of the spans that are model calls."""
        self.tools = {entry.span_id for entry in self.entries if self._is_tool_call(entry)}
        """Ids of the spans that are tool calls."""
        self.failures = self._failures()
        """Ids of the spans where an error began."""
        self.acting = self._agents_at_work()
        """Agents that call models themselves, in the order in which they began."""
        self._agents: dict[str, Entry | None] = {}
        self._calls: dict[str, Entry | None] = {}
        self._inherit()
        self.wanted = self.counted | self.tools | self.failures
        """Ids of the spans that something is made of."""

    @property
    def root(self) -> Entry:
        """The span without a parent that ended last: it says how the trace ended."""
        roots = (entry for entry in self.entries if self.parent(entry) is None)
        return max(roots, key=lambda entry: (entry.end_us or 0, entry.rank))

    def parent(self, entry: Entry) -> Entry | None:
        """The span around ``entry``."""
        return self._parents[entry.span_id]

    def around(self, entry: Entry) -> Iterator[Entry]:
        """The spans around ``entry``, from the inside to the outside."""
        parent = self.parent(entry)
        while parent is not None:
            yield parent
            parent = self.parent(parent)

    def agent(self, entry: Entry) -> Entry | None:
        """The agent at work that ``entry`` belongs to; None is the main agent."""
        agent = self._agents[entry.span_id]
        return None if agent is None or is_same_agent(agent, self.acting[0]) else agent

    def call_around(self, entry: Entry) -> Entry | None:
        """The model call in whose span ``entry`` lies, no agent between."""
        return self._calls[entry.span_id]

    def _inherit(self) -> None:
        """Hand down what spans have from those around them."""
        acting = {one.span_id for one in self.acting}
        for entry in self._downwards:
            parent = self.parent(entry)
            agent = call = None
            if parent is not None:
                agent = self._agents[parent.span_id]
                call = None if parent.role == "agent" else self._calls[parent.span_id]
                call = parent if parent.span_id in self.counted else call
            self._agents[entry.span_id] = entry if entry.span_id in acting else agent
            self._calls[entry.span_id] = call

    def _walk(self) -> Iterator[Entry]:
        """All spans, parents before their children."""
        children: dict[str, list[Entry]] = {}
        ready: list[Entry] = []
        for entry in self.entries:
            parent = self.parent(entry)
            below = ready if parent is None else children.setdefault(parent.span_id, [])
            below.append(entry)
        while ready:
            entry = ready.pop()
            yield entry
            ready.extend(children.get(entry.span_id, ()))

    def _nearest_of_note(self) -> dict[str, Entry | None]:
        nearest: dict[str, Entry | None] = {}
        for entry in self._downwards:
            parent = self.parent(entry)
            is_plain = parent is not None and parent.role == "other"
            nearest[entry.span_id] = nearest[parent.span_id] if parent and is_plain else parent
        return nearest

    def _counted_calls(self) -> set[str]:
        not_counted: set[str] = set()
        """Spans around calls that say their tokens."""
        says_below: set[str] = set()
        for entry in reversed(self._downwards):
            is_model, below = entry.role in MODEL_ROLES, entry.span_id in says_below
            if is_model and (entry.says_tokens or entry.span_id in not_counted):
                outer = self._inside(entry, MODEL_ROLES)
                not_counted.update(() if outer is None else (outer.span_id,))
            if entry.role == "model_outer" and below:  # agents may stand between
                not_counted.add(entry.span_id)
            parent = self.parent(entry)
            if parent is not None and entry.role != "tool":  # the calls of a tool are its own
                says_below.update((parent.span_id,) if below or self._says(entry) else ())
        return self._outermost(not_counted)

    @staticmethod
    def _says(entry: Entry) -> bool:
        return entry.role in MODEL_ROLES and entry.says_tokens

    def _outermost(self, not_counted: set[str]) -> set[str]:
        counted: set[str] = set()
        covered: set[str] = set()
        for entry in self._downwards:
            if entry.role not in MODEL_ROLES:
                continue
            outer = self._inside(entry, MODEL_ROLES)
            if outer is not None and (outer.span_id in counted or outer.span_id in covered):
                covered.add(entry.span_id)
            elif entry.span_id not in not_counted:
                counted.add(entry.span_id)
        return counted

    def _inside(self, entry: Entry, roles: Iterable[str]) -> Entry | None:
        """The span of one of ``roles`` around ``entry``, no other model, tool or agent between."""
        outer = self._nearest[entry.span_id]
        return outer if outer is not None and outer.role in roles else None

    def _is_tool_call(self, entry: Entry) -> bool:
        if entry.role != "tool":
            return False
        outer = self._inside(entry, {"tool"})
        return outer is None or not _is_same_call(entry, outer)

    def _failures(self) -> set[str]:
        reported: set[str] = set()
        """Spans in which an error is reported."""
        failures: set[str] = set()
        for entry in reversed(self._downwards):
            outer = self._inside(entry, MODEL_ROLES | {"tool"}) if entry.role == "other" else None
            if outer is None and entry.errored:
                if entry.span_id not in reported and entry.role != "tool":
                    failures.add(entry.span_id)
                reported.add(entry.span_id)
            parent = self.parent(entry)
            if parent is not None and entry.span_id in reported:
                reported.add(parent.span_id)
        return failures

    def _agents_at_work(self) -> list[Entry]:
        nearest: dict[str, Entry | None] = {}
        acting: set[str] = set()
        for entry in self._downwards:
            parent = self.parent(entry)
            agent = None if parent is None else nearest[parent.span_id]
            nearest[entry.span_id] = entry if entry.role == "agent" else agent
            if agent is not None and entry.span_id in self.counted:
                acting.add(agent.span_id)
        return [entry for entry in self.entries if entry.span_id in acting]


def agent_key(agent: Entry) -> str:
    """What an agent goes by."""
    return agent.identity or agent.name or agent.span_id


def is_same_agent(one: Entry, other: Entry) -> bool:
    """Tell whether two spans are work of one agent."""
    if one.identity is not None and other.identity is not None:
        return one.identity == other.identity
    return one.name == other.name


def _is_same_call(inner: Entry, outer: Entry) -> bool:
    if inner.identity is not None and outer.identity is not None:
        return inner.identity == outer.identity
    return inner.name == outer.name


def _in_time(entry: Entry) -> tuple[int, int, str]:
    return entry.began_us, -(entry.end_us or 0), entry.span_id


def _parents(entries: Iterable[Entry], by_id: dict[str, Entry]) -> dict[str, Entry | None]:
    """The parent of each span. A circle, which no program makes, is cut open."""
    parents = {entry.span_id: by_id.get(entry.parent_id or "") for entry in entries}
    done: set[str] = set()
    for entry in entries:
        path: dict[str, None] = {}
        last, at = entry, parents[entry.span_id]
        path[entry.span_id] = None
        while at is not None and at.span_id not in done:
            if at.span_id in path:
                parents[last.span_id] = None
                break
            path[at.span_id] = None
            last, at = at, parents[at.span_id]
        done.update(path)
    return parents
