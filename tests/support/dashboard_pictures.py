"""Draws docs/dashboards anew: `python -m tests.support.dashboard_pictures docs/dashboards`.

It runs the demo's experiment in a store of its own, asks what the dashboards ask, and draws the
answers: those of *Live* while the last job is held in the middle of a run, the others when all is
over.
"""

import json
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

from grafana.pictures.sheet import picture
from grafana.pictures.texts import Rows
from grafana.queries.documents import DOCUMENTS, queries_of
from grafana.queries.expansion import ALL, TimeRange, expanded
from grafana.queries.opening import opened

from benchwire.cli.demo_process import Experiment, new_job_id, runner_command
from benchwire.embedded.settings import EmbeddedSettings
from benchwire.embedded.stack import Stack, open_stack

LIVE = "live"
OVERVIEW_ENDS_WITH = "Comparisons"
"""The heading of Experiments above which the picture for the README ends."""
MOST_TELLING_RUN = """
SELECT toString(run_id)
FROM rpt_run_summary
ORDER BY context_decisions > 0 DESC, failures DESC, started_at DESC
LIMIT 1
"""
SEEDS = (1, 2, 3, 4)
"""A job for each, so that there is a trend."""
TRIALS = 3
HELD_AFTER = 24
"""Of the 36 runs of the last job."""
UNDER_WAY_SECONDS = 0.4
STORED_SECONDS = 2.0
STORED_SECONDS_MAX = 120.0
SHOWN = timedelta(minutes=10)
PAUSE_SECONDS = 50.0
"""Between jobs, so that the minutes differ."""


def main(target: Path) -> None:
    """Run, ask and draw."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        settings = EmbeddedSettings(data_dir=Path(scratch, "data"))
        with open_stack(settings) as stack:
            for seed in SEEDS:
                experiment = Experiment(
                    settings.data_dir, stack.nats_url, new_job_id(), seed, TRIALS
                )
                time.sleep(PAUSE_SECONDS if seed != SEEDS[0] else 0)
                hold_after = HELD_AFTER if seed == SEEDS[-1] else 0
                _run(stack, experiment, hold_after=hold_after, target=target)
            stack.wait_stored(STORED_SECONDS_MAX)
            for name in DOCUMENTS:
                if name != LIVE:
                    draw(stack, name, target)


def _run(stack: Stack, experiment: Experiment, *, hold_after: int, target: Path) -> None:
    """Run a job; after so many runs, hold it in the middle of one, and draw what is live."""
    command, environment = runner_command(experiment.arguments())
    environment["BENCHWIRE_NATS_URL"] = experiment.nats_url
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as runner:
        assert runner.stdout is not None
        for number, _ in enumerate(runner.stdout, 1):
            if number == hold_after:
                time.sleep(UNDER_WAY_SECONDS)
                runner.send_signal(signal.SIGSTOP)
                _wait_for_a_running_run(stack)
                draw(stack, LIVE, target)
                runner.send_signal(signal.SIGCONT)
    assert runner.returncode == 0


def _wait_for_a_running_run(stack: Stack) -> None:
    """Wait until reports show what is held: its events are stored, and then its row."""
    deadline = time.monotonic() + STORED_SECONDS_MAX
    while time.monotonic() < deadline and not stack.rows("SELECT run_id FROM rpt_live_runs"):
        time.sleep(STORED_SECONDS)


def draw(stack: Stack, name: str, target: Path) -> None:
    """Ask what a dashboard asks, and write its picture."""
    document = DOCUMENTS[name]
    until = datetime.now(UTC)
    times = TimeRange(until - SHOWN, until)
    chosen = opened(document, stack.rows, times, _preferred(stack, name))
    answers: dict[int, Rows] = {
        panel["id"]: _rows(stack, expanded(query, chosen, times))
        for panel in document["panels"]
        if "targets" in panel
        for query in queries_of(panel)
    }
    said = {key: "All" if value.written == ALL else value.written for key, value in chosen.items()}
    between = (times.since.timestamp(), times.until.timestamp())
    if not document["timepicker"].get("hidden"):
        said["time range"] = f"{times.since:%H:%M} to {times.until:%H:%M} UTC"
    drawn = picture(document, answers, said, between)
    (target / f"{name}.svg").write_text(drawn, encoding="utf-8")
    if name == "experiments":
        panels: list[dict[str, Any]] = document["panels"]
        above = {**document, "panels": list(takewhile(_is_overview, panels))}
        drawn = picture(above, answers, said, between)
        (target / "overview.svg").write_text(drawn, encoding="utf-8")


def _preferred(stack: Stack, name: str) -> dict[str, str]:
    """Choose a run in which much happened, where one is shown; else what is offered first."""
    found = stack.rows(MOST_TELLING_RUN) if name == "run" else []
    return {"run": str(found[0][0])} if found else {}


def _is_overview(panel: dict[str, Any]) -> bool:
    return bool(panel["title"] != OVERVIEW_ENDS_WITH)


def _rows(stack: Stack, sql: str) -> Rows:
    lines = stack.query(sql, "JSONEachRow").splitlines()
    return [json.loads(line) for line in lines]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
