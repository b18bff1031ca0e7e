"""Traces as recordings: each is one run, whatever files its spans are in."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchwire.producer.importers.document_hashes import redacted_hash
from benchwire.producer.importers.errors import ImportRefused, NothingFound, Unreadable, refusal
from benchwire.producer.importers.importer import Search, Translating
from benchwire.producer.importers.labels import LabelOverrides
from benchwire.producer.importers.otel import forms, run
from benchwire.producer.importers.otel.facts import facts_of
from benchwire.producer.importers.otel.identity import envelope_trace_id
from benchwire.producer.importers.otel.index import Trace, TraceIndex, content_sha256
from benchwire.producer.importers.otel.reading import read_items
from benchwire.producer.importers.otel.span import Span
from benchwire.producer.importers.otel.spool import Spool
from benchwire.producer.importers.otel.translate import TraceTranslator
from benchwire.producer.importers.source import identify
from benchwire.producer.importers.translated import TranslatedRun
from benchwire.schemas.run import Source

SYSTEM: Final = "otel"
TRANSLATOR_VERSION: Final = 1
"""Raised with every change of what the same bytes are translated to."""
_HINT: Final = "name a file of OTLP/JSON, of Langfuse or of a span exporter, or a directory of them"


@dataclass(frozen=True, slots=True)
class TraceRecording:
    """One trace, indexed but not translated."""

    path: Path
    """The file, or the directory of the files, that it was found in."""
    index: TraceIndex
    trace: Trace
    work_bytes: int
    """Every span is read once more."""
    overrides: LabelOverrides
    untranslated: Counter[str]
    """Records of its files that nothing is made of; the first trace of the files has them."""

    def translate(self, translating: Translating) -> TranslatedRun:
        """Lay out the trace and return its run; the events are made span by span."""
        facts = facts_of(self.index, self.trace)
        labels = self.overrides.over(run.derived_labels(facts))
        unidentified = Source(
            system=SYSTEM,
            source_id=self.trace.trace_id,
            content_sha256=content_sha256(facts.tree.entries),
            n_records=len(facts.tree.entries),
            translator_version=TRANSLATOR_VERSION,
        )
        run_id, source = identify(unidentified, labels, translating.lookup)
        config, environment = run.config_document(facts), run.environment_document(facts)
        translator = TraceTranslator(self.index, facts)
        return TranslatedRun(
            run_id=run_id,
            labels=labels,
            source=source,
            cfg_hash=redacted_hash(config),
            env_hash=redacted_hash(environment),
            trace_id=envelope_trace_id(self.trace.trace_id),
            unknown_types=self.untranslated,
            events=translator.events(labels, source, translating.on_bytes),
        )


class OtelImporter:
    """Imports files of spans."""

    def claims(self, path: Path) -> bool:
        """Claim a file that begins as one of spans does, unless a Copilot session has it."""
        if path.suffix not in forms.SUFFIXES or forms.belongs_to_session(path):
            return False
        return forms.form_of(path) is not None

    def find(self, paths: Sequence[Path], search: Search) -> Iterator[TraceRecording]:
        """Read the files at and below ``paths`` and yield their traces.

        The spans of a trace may be spread over the files of one directory; those of different
        directories are told apart.
        """
        by_folder: dict[Path, dict[Path, None]] = {}
        for path in paths:
            try:
                found = self._files(path)
            except OSError as error:
                search.refuse(refusal(path, error))
                continue
            if not found:
                reason = "no spans in it or below it" if path.exists() else "no such path"
                search.refuse(NothingFound(path, reason, hint=_HINT))
            for file in found:
                by_folder.setdefault(file.parent, {})[file] = None
        spool = Spool()
        for folder, files in by_folder.items():
            yield from _traces(folder, list(files), search, spool)

    def _files(self, path: Path) -> list[Path]:
        """The files of spans at and below a path; a file that is named need not be claimed."""
        if path.is_dir():
            return [one for one in sorted(path.rglob("*")) if one.is_file() and self.claims(one)]
        return [path] if path.is_file() and forms.form_of(path) is not None else []


def _traces(
    folder: Path, files: list[Path], search: Search, spool: Spool
) -> Iterator[TraceRecording]:
    """Index the files of a directory and yield their traces in the order in which they began."""
    index = TraceIndex(spool)
    for path in files:
        _read(path, index, search)
    where = files[0] if len(files) == 1 else folder
    found = index.traces()
    traces = [(trace, extent) for trace, extent in found if extent.is_genai]
    if len(traces) < len(found):
        text = f"{len(found) - len(traces)} traces without a model, a tool or an agent are left out"
        search.notices.add("other_traces", str(where), text)
    untranslated = index.untranslated
    for trace, extent in traces:
        yield TraceRecording(where, index, trace, extent.size_bytes, search.overrides, untranslated)
        untranslated = Counter[str]()


def _read(path: Path, index: TraceIndex, search: Search) -> None:
    n_spans = 0
    try:
        for item in read_items(path, search.notices, search.read):
            n_spans += isinstance(item, Span)
            index.add(item)
    except (ImportRefused, OSError) as error:
        if search.notices.strict:
            raise
        search.refuse(refusal(path, error))
        return
    if n_spans == 0:
        search.refuse(Unreadable(path, "no spans could be read in it"))
