"""Prints what an import brought."""

from collections import Counter
from typing import Any

from benchwire.cli import output
from benchwire.cli.import_run import ImportRequest, ImportResult
from benchwire.cli.shown_commands import as_typed
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.producer.importers.importing import ImportReport
from benchwire.producer.importers.labels import Labels
from benchwire.producer.importers.tally import TOKEN_BUCKETS, ImportedRun, RunTally

SHOW = 'benchwire sql "SELECT * FROM rpt_run_summary"'
DRAIN = "benchwire drain --timeout 60"
RUNS_SHOWN_MAX = 25
NOTICES_SHOWN_MAX = 20
NANO_AIU_PER_AIU = NANO_USD_PER_USD = 1_000_000_000
COLUMNS = (
    "task",
    "trial",
    "policy",
    "status",
    "outcome",
    "turns",
    "calls",
    "failed",
    "nonzero",
    "input",
    "cache_read",
    "cache_write",
    "output",
    "aiu",
)
TASK_CHARS_SHOWN = 24


def as_document(request: ImportRequest, result: ImportResult, seconds: float) -> dict[str, Any]:
    """The whole result as one JSON document."""
    report = result.report
    return {
        "dry_run": request.dry_run,
        "stored": result.stored,
        "seconds": round(seconds, 3),
        "recordings": result.n_recordings,
        "recognised": [
            {
                "path": str(found.asked),
                "kind": found.kind.name,
                "recordings": len(found.recordings),
            }
            for found in result.recognised
        ],
        "total": report.total.as_document(),
        "runs": [_run_document(imported) for imported in report.runs],
        "refused": [{"error": str(error), "hint": error.hint} for error in report.refused],
        "warnings": dict(sorted(report.notices.counts.items())),
        "warning_texts": [str(notice) for notice in report.notices.kept],
        "unknown_record_types": dict(sorted(_unknown_types(report).items())),
    }


def show(request: ImportRequest, result: ImportResult) -> None:
    """Print runs and totals for people; what was odd goes to standard error."""
    report = result.report
    _show_notices(report)
    if not report.runs:
        return
    output.table(COLUMNS, [_row(imported) for imported in report.runs[:RUNS_SHOWN_MAX]])
    if len(report.runs) > RUNS_SHOWN_MAX:
        output.note(f"and {len(report.runs) - RUNS_SHOWN_MAX} more runs (--json lists them)")
    output.facts(_totals(report.total))
    output.note(_ending(request, result))


def _ending(request: ImportRequest, result: ImportResult) -> str:
    if request.dry_run:
        return "dry run: nothing was stored"
    if result.stored is None:
        return "delivered to the stream; its consumer stores it"
    data_dir = EmbeddedSettings().data_dir
    if result.stored:
        return f"stored; to see it: {as_typed(SHOW, data_dir)}"
    return f"not all of it is stored yet; {as_typed(DRAIN, data_dir)} goes on"


def _totals(total: RunTally) -> list[tuple[str, Any]]:
    nano_aiu = total.usage["nano_aiu"]
    nano_usd = total.usage["nano_usd"]
    costs = ("nano_aiu", "nano_usd")
    buckets = [(bucket, total.usage[bucket]) for bucket in TOKEN_BUCKETS if bucket not in costs]
    return [
        ("runs", total.runs),
        ("  still open", total.runs - total.n_stopped),
        ("events", total.events),
        ("steps", total.steps),
        ("turns", total.turns),
        ("tool calls", total.tool_calls),
        ("  failed", total.tool_failures),
        ("  with a non-zero exit", total.nonzero_exits),
        ("failures", total.failures),
        *((bucket.replace("_", " "), amount) for bucket, amount in buckets),
        ("AIU", None if nano_aiu is None else f"{nano_aiu / NANO_AIU_PER_AIU:.9f}"),
        ("USD", None if nano_usd is None else f"{nano_usd / NANO_USD_PER_USD:.9f}"),
        ("outcomes", _counted(total.outcomes)),
        ("statuses", _counted(total.statuses)),
    ]


def _show_notices(report: ImportReport) -> None:
    notices = report.notices
    for notice in notices.kept[:NOTICES_SHOWN_MAX]:
        output.note(f"warning: {notice}")
    left = notices.counts.total() - min(len(notices.kept), NOTICES_SHOWN_MAX)
    if left > 0:
        output.note(f"and {left} more warnings: {_counted(notices.counts)}")
    unknown = _unknown_types(report)
    if unknown:
        output.note(f"record types without a translation: {_counted(unknown)}")


def _row(imported: ImportedRun) -> list[Any]:
    """One line of the table; ids are shortened, --json has them whole."""
    tally, run = imported.tally, imported.run
    nano_aiu = tally.usage["nano_aiu"]
    return [
        run.labels.task_id[:TASK_CHARS_SHOWN],
        _trial(run.labels),
        run.labels.policy_id,
        ", ".join(tally.statuses) or "open",
        ", ".join(tally.outcomes) or None,
        tally.turns,
        tally.tool_calls,
        tally.tool_failures,
        tally.nonzero_exits,
        tally.usage["input_tokens"],
        tally.usage["cache_read_tokens"],
        tally.usage["cache_write_tokens"],
        tally.usage["output_tokens"],
        None if nano_aiu is None else round(nano_aiu / NANO_AIU_PER_AIU, 3),
    ]


def _trial(labels: Labels) -> str | None:
    """Number of the trial, and of its attempt where that is not the first."""
    if labels.trial_no is None:
        return None
    return f"{labels.trial_no}" if labels.attempt == 1 else f"{labels.trial_no}.{labels.attempt}"


def _run_document(imported: ImportedRun) -> dict[str, Any]:
    run = imported.run
    return {
        "run_id": run.run_id,
        "system": run.source.system,
        "source_id": run.source.source_id,
        "content_sha256": run.source.content_sha256,
        "revision": run.source.revision or 0,
        "experiment_id": run.labels.experiment_id,
        "job_id": run.labels.job_id,
        "policy_id": run.labels.policy_id,
        "task_id": run.labels.task_id,
        "trial_no": run.labels.trial_no,
        "attempt": run.labels.attempt,
        **imported.tally.as_document(),
    }


def _unknown_types(report: ImportReport) -> Counter[str]:
    unknown = Counter[str]()
    for imported in report.runs:
        unknown.update(imported.run.unknown_types)
    return unknown


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.most_common())
