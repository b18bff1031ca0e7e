"""Gather and print what `benchwire status` says."""

from typing import Any

from benchwire.cli import output
from benchwire.cli.journal_backlog import journal_backlog
from benchwire.embedded.client import EndpointClient
from benchwire.embedded.daemon import running_daemon
from benchwire.embedded.settings import EmbeddedSettings

_DISK_PARTS = ("journal", "stream", "store", "free")


def read_status(settings: EmbeddedSettings) -> dict[str, Any]:
    """Return the report: of the engines if they run, of the journal in any case."""
    found = running_daemon(settings)
    report: dict[str, Any] = {"running": found is not None, "data_dir": str(settings.data_dir)}
    if found is not None:
        report |= EndpointClient(found).status()
    report["journal"] = journal_backlog(settings.data_dir / "journal")
    return report


def print_status(report: dict[str, Any]) -> None:
    """Print the report for people."""
    journal = report["journal"]
    backlog = (
        f"{journal['segments_open']} segments, {output.size(journal['bytes_open'])} not yet "
        f"acknowledged"
    )
    if not report["running"]:
        output.facts(
            (
                ("engines", "not running (benchwire up --detach starts them)"),
                ("data directory", report["data_dir"]),
                ("journal", backlog),
            )
        )
        return
    stream, stored = report["stream"], report["stored"]
    output.facts(
        (
            ("engines", _owner(report)),
            ("data directory", report["data_dir"]),
            ("nats", _nats(report)),
            ("sql", f"{report['sql_url']}  (ClickHouse {report['engines']['store']['version']})"),
            ("consumer", _consumer(report["engines"]["consumer"])),
            ("stream", _stream(stream)),
            ("stored", f"{_count(stored['events'])} events of {_count(stored['runs'])} runs"),
            ("dead letters", f"{_count(stored['dead_letters_open'])} open"),
            ("journal", backlog),
            ("disk", _disk(report["disk"])),
        )
    )


def _disk(disk: dict[str, Any]) -> str:
    parts = (f"{name} {output.size(disk[f'{name}_bytes'])}" for name in _DISK_PARTS)
    return ", ".join(parts)


def _owner(report: dict[str, Any]) -> str:
    who = "daemon" if report["role"] == "daemon" else "another command's, until it ends"
    return (
        f"{who}, pid {report['pid']}, benchwire {report['version']}, since {report['started_at']}"
    )


def _nats(report: dict[str, Any]) -> str:
    nats = report["engines"]["nats"]
    restarts = f", restarted {nats['restarts']} times" if nats["restarts"] else ""
    away = "" if nats["ready"] else "  NOT ANSWERING"
    return (
        f"{report['nats_url']}  (nats-server {nats['version']}, pid {nats['pid']}{restarts}){away}"
    )


def _consumer(consumer: dict[str, Any]) -> str:
    if consumer["ready"]:
        due = consumer.get("runs_due")
        return f"storing; reports lag by {due:,} runs" if due else "storing"
    waits = ", ".join(f"{need} ({why})" for need, why in consumer["missing"].items())
    return f"waiting for {waits or 'its start'}" + (
        f"; last error: {consumer['error']}" if consumer["error"] else ""
    )


def _stream(stream: dict[str, Any]) -> str:
    if not stream["available"]:
        return "not available"
    return (
        f"{stream['messages']} messages, {output.size(stream['bytes'])}; pending "
        f"{_count(stream['pending'])}, being stored {_count(stream['ack_pending'])}"
    )


def _count(number: int | None) -> str:
    return "unknown" if number is None else f"{number:,}"
