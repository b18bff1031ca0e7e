"""Imports OpenTelemetry traces that a test has made."""

import json
from pathlib import Path
from typing import Any

from tests.support import otel_traces as made
from tests.support.otel_traces import TraceMaker
from tests.support.translations import Translation, translations

from benchwire.producer.importers.labels import LabelOverrides


def imported(
    folder: Path, maker: TraceMaker, overrides: LabelOverrides | None = None
) -> Translation:
    text = made.lines(map(made.copilot_record, maker.spans))
    path = made.write(folder / "spans.jsonl", text)
    (found,) = translations("otel", path, overrides=overrides)
    return found


def langfuse(folder: Path, document: dict[str, Any]) -> Translation:
    (found,) = translations("otel", made.write(folder / "trace.json", json.dumps(document)))
    return found
