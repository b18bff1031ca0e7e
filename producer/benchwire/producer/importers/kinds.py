"""The register of kinds: which systems' recordings can be imported, and by which module."""

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from benchwire.producer.importers.importer import Importer

TokenSemantics = Literal["subset", "additive", "per record"]
"""How a system counts its input tokens. The buckets we store are disjoint, whatever it does:

- ``subset``: its input contains what was read from and written to the cache; we subtract.
- ``additive``: its input excludes them; they stand beside it, and we take all as they are.
- ``per record``: versions or fields of it differ; the importer tells from each record.
"""


AGAIN: Final = (
    "Importing again changes nothing; a recording that has grown replaces its earlier import, "
    "and so do other labels."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of recording; its importer is loaded when it is needed."""

    name: str
    """What the command line calls it."""
    title: str
    """What it imports, in a few words."""
    reads: str
    """How its recordings are recognised, in one line."""
    module: str
    """The module whose ``IMPORTER`` does it."""
    token_semantics: TokenSemantics
    """Whether the system's input tokens contain the cached ones."""
    example: str
    """A path as its help shows it."""
    has_otel: bool = False
    """True if a recording may have an OTel file that lies elsewhere."""
    again: str = AGAIN
    """What becomes of a recording that is imported once more."""

    def importer(self) -> "Importer":
        """Load the importer."""
        importer: Importer = importlib.import_module(self.module).IMPORTER
        return importer


KINDS: Final = (
    Kind(
        name="harbor",
        title="Harbor and Pier job trees",
        reads="a job, launch or trial: what it has of results, rewards, trajectories, sessions",
        module="benchwire.producer.importers.harbor",
        token_semantics="subset",
        example="jobs/2026-08-12__17-33-49",
    ),
    Kind(
        name="copilot-experiments",
        title="result trees of copilot-experiments",
        reads="a run with run.json or variants/, or a single directory below trials/",
        module="benchwire.producer.importers.copilot_experiments",
        token_semantics="per record",
        example="results/fix-the-bug",
    ),
    Kind(
        name="openhands",
        title="evaluation and resolver outputs of OpenHands, and its trajectories",
        reads="an output.jsonl with an instance a line, its directory, or a JSON list of events",
        module="benchwire.producer.importers.openhands",
        token_semantics="per record",
        example="evaluation_outputs/claude-sonnet-4_maxiter_100_N_v0.40.0",
    ),
    Kind(
        name="terminal-bench",
        title="results of terminal-bench 0.x",
        reads='a run with results.json, or a JSON file of rows with "is_resolved"',
        module="benchwire.producer.importers.terminal_bench",
        token_semantics="subset",
        example="runs/2025-09-24__00-32-51",
    ),
    Kind(
        name="swe-agent",
        title="trajectories of SWE-agent and mini-swe-agent",
        reads="a batch's directory, or a file .traj or .traj.json, with SWE-bench's reports",
        module="benchwire.producer.importers.swe_agent",
        token_semantics="per record",
        example="trajectories/me/default__gpt-4o",
    ),
    Kind(
        name="inspect",
        title="logs of Inspect AI",
        reads='a file .eval, or a JSON file with "version", "status" and "eval"',
        module="benchwire.producer.importers.inspect",
        token_semantics="per record",
        example="logs/",
    ),
    Kind(
        name="copilot",
        title="sessions of the GitHub Copilot CLI and its SDK",
        reads='a session directory with events.jsonl, or a file of events ("type", "data", "id")',
        module="benchwire.producer.importers.copilot",
        token_semantics="per record",
        example="~/.copilot/session-state",
        has_otel=True,
    ),
    Kind(
        name="trajectory-recorder",
        title="episodes of the trajectory recorder",
        reads='a JSON file whose first object has "episode_id" and steps, or its task and variant',
        module="benchwire.producer.importers.trajectory_recorder",
        token_semantics="additive",
        example="episodes/",
    ),
    Kind(
        name="atif",
        title="single ATIF trajectories",
        reads='a JSON file whose "schema_version" begins with "ATIF-v"',
        module="benchwire.producer.importers.atif",
        token_semantics="subset",
        example="trajectories/",
    ),
    Kind(
        name="smith",
        title="events of the Smith protocol",
        reads='a JSON file whose first object has "run_id", "step_id", "policy_id", "event_type"',
        module="benchwire.producer.importers.smith",
        token_semantics="subset",
        example="smith-events.ndjson",
        again="A run keeps Smith's run_id, imported or received on bench.smith.>: importing "
        "again changes nothing, a run that has grown gets the events it lacks, and under "
        "another experiment or job it is refused.",
    ),
    Kind(
        name="otel",
        title="OpenTelemetry traces of generative AI",
        reads="OTLP/JSON, a Langfuse export, or a span exporter's file, with spans in it",
        module="benchwire.producer.importers.otel",
        token_semantics="per record",
        example="traces.jsonl",
    ),
)
"""All kinds; the first one that claims a path gets it, so wholes stand before their parts."""

NAME_CHARS: Final = max(len(kind.name) for kind in KINDS)
"""Width of a column of names."""


def kind_named(name: str) -> Kind:
    """The kind of this name.

    Raises:
        KeyError: There is none.
    """
    return {kind.name: kind for kind in KINDS}[name]
