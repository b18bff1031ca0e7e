"""`benchwire demo`: a real experiment whose tables agree with what was seen while it ran."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import benchwire, daemon, environment, json_of, rows_of

from benchwire.cli.demo_answers import EXPERIMENT_ID, MOST_EXPENSIVE_SQL

ROOT = Path(__file__).resolve().parents[2]
N_POLICIES, N_TASKS = 3, 4
LINE = re.compile(
    r"^(?P<policy>\S+) +(?P<task>\S+) +trial (?P<trial>\d+) +(?P<outcome>\w+) +\d+ of \d+ tests"
    r" +(?P<turns>\d+) turns +(?P<tokens>\d+) tokens",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Demo:
    """A demo that was run: where, and what it printed."""

    data_dir: Path
    results: str
    seen: list[dict[str, str]]

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return rows_of(self.data_dir, sql)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    data_dir = tmp_path_factory.mktemp("data")
    with daemon(data_dir):
        done = benchwire(data_dir, "demo", "--trials", "1", "--seed", "5")
        seen = [match.groupdict() for match in LINE.finditer(done.stderr.decode())]
        yield Demo(data_dir, done.stdout.decode(), seen)


def test_every_policy_tries_every_task(demo: Demo) -> None:
    assert len(demo.seen) == N_POLICIES * N_TASKS
    assert len({(run["policy"], run["task"]) for run in demo.seen}) == N_POLICIES * N_TASKS


def test_the_views_agree_with_what_was_seen(demo: Demo) -> None:
    rows = demo.rows("SELECT * FROM rpt_run_summary")
    assert len(rows) == len(demo.seen)
    stored = {
        (row["policy_id"], row["task_id"], row["outcome"], row["turns"], row["total_tokens"])
        for row in rows
    }
    assert stored == {
        (run["policy"], run["task"], run["outcome"], int(run["turns"]), int(run["tokens"]))
        for run in demo.seen
    }


def test_the_report_agrees_with_what_was_seen(demo: Demo, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    done = benchwire(demo.data_dir, "report", "--html", str(page))
    assert b"written" in done.stderr
    for run in demo.seen:
        said = f"<title>{run['task']}, {run['policy']}: {int(run['outcome'] == 'resolved')} of 1<"
        assert said in page.read_text(encoding="utf-8")


def test_two_policies_are_compared_on_what_was_seen(demo: Demo) -> None:
    a, b = "scripted-hasty", "scripted-steady"
    found = json_of(demo.data_dir, "compare", a, b)
    solved = {(run["policy"], run["task"]) for run in demo.seen if run["outcome"] == "resolved"}
    for task in found["tasks"]:
        assert task["n_resolved_a"] == ((a, task["task_id"]) in solved)
        assert task["n_resolved_b"] == ((b, task["task_id"]) in solved)
    assert found["comparison"]["n_pairs"] == len(found["tasks"]) == N_TASKS


def test_totals_of_the_runs_equal_the_sums_of_their_steps_and_compactions(demo: Demo) -> None:
    differing = demo.rows(
        """
        SELECT runs.run_id
        FROM rpt_run_summary AS runs
        INNER JOIN
        (
            SELECT run_id, sum(input_tokens) AS i, sum(cache_read_tokens) AS r,
                sum(cache_write_tokens) AS w, sum(output_tokens) AS o, sum(nano_aiu) AS n
            FROM
            (
                SELECT run_id, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens,
                    nano_aiu
                FROM stg_steps
                UNION ALL
                SELECT run_id, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens,
                    nano_aiu
                FROM stg_context_decisions
            )
            GROUP BY run_id
        ) AS steps ON steps.run_id = runs.run_id
        WHERE (input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, nano_aiu)
            != (i, r, w, o, n)
        """
    )
    assert differing == []


def test_every_record_is_complete_and_has_its_three_emitters(demo: Demo) -> None:
    rows = demo.rows("SELECT DISTINCT state, telemetry, n_emitters FROM rpt_run_integrity")
    assert rows == [{"state": "stopped", "telemetry": "complete", "n_emitters": 3}]


def test_tools_really_run(demo: Demo) -> None:
    """Tests really fail before they pass, and calls take time."""
    (row,) = demo.rows(
        "SELECT countIf(nonzero_exit) AS red, countIf(exit_code = 0) AS green,"
        " min(latency_ms) > 0 AS timed FROM stg_tool_calls"
    )
    assert row["red"] > 0
    assert row["green"] > 0
    assert row["timed"] == 1


def test_something_fails_and_work_goes_on_after_some_of_it(demo: Demo) -> None:
    (row,) = demo.rows(
        "SELECT sum(n_recovered) AS went_on, sum(n_recovery_known) AS known"
        f" FROM rpt_failure_recovery(experiment = '{EXPERIMENT_ID}')"
    )
    assert 0 < int(row["went_on"]) < int(row["known"])


def test_a_context_is_pruned_and_another_compacted(demo: Demo) -> None:
    rows = demo.rows("SELECT DISTINCT kind, isNull(nano_aiu) AS free FROM stg_context_decisions")
    assert {(row["kind"], row["free"]) for row in rows} == {("pruning", 1), ("compaction", 0)}


def test_runs_say_how_many_trials_are_planned(demo: Demo) -> None:
    rows = demo.rows("SELECT DISTINCT trials FROM stg_run_starts")
    assert [row["trials"] for row in rows] == [1]


def test_agents_are_labelled_as_scripts(demo: Demo) -> None:
    rows = demo.rows("SELECT DISTINCT model, agent FROM rpt_run_summary")
    assert {row["model"] for row in rows} == {"scripted-no-llm"}
    assert all(row["agent"].startswith("scripted-") for row in rows)


def test_each_answer_stands_beside_the_sql_that_gives_it(demo: Demo) -> None:
    statements = re.findall(r"^  SELECT\n(?:  .*\n)+", demo.results, re.MULTILINE)
    assert len(statements) == 3
    for statement in statements:
        rows = demo.rows(statement)
        assert len(rows) == N_POLICIES
        for row in rows:
            assert row["policy_id"] in demo.results
    for view in ("rpt_success_rates", "rpt_token_economics", "rpt_run_integrity"):
        assert view in demo.results


def test_what_to_try_next_works_as_printed(demo: Demo, tmp_path: Path) -> None:
    assert EXPERIMENT_ID in MOST_EXPENSIVE_SQL
    commands = re.findall(r"^  (\S*benchwire .*)$", demo.results, re.MULTILINE)
    assert len(commands) == 7
    page = tmp_path / "report.html"
    for command in commands[:4]:
        assert str(demo.data_dir) in shlex.split(command)
        elsewhere = command.replace("report.html", str(page))
        done = subprocess.run(
            ["/bin/sh", "-c", elsewhere], capture_output=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
    assert page.exists()


def test_the_same_seed_makes_the_same_runs_with_or_without_engines(
    demo: Demo, tmp_path: Path
) -> None:
    """The experiment is a program of its own; without a stream its events wait in the journal."""
    words = ("--trials", "1", "--seed", "5", "--json", "--deliver-seconds", "0")
    done = subprocess.run(
        [sys.executable, "-m", "examples.demo", "--data-dir", str(tmp_path), *words],
        capture_output=True,
        check=False,
        timeout=120,
        cwd=ROOT,
        env=environment(tmp_path, PYTHONPATH=os.pathsep.join([str(ROOT), *sys.path])),
    )
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    assert {
        (r["policy_id"], r["task_id"], r["outcome"], r["turns"], r["tokens"]) for r in runs
    } == {
        (run["policy"], run["task"], run["outcome"], int(run["turns"]), int(run["tokens"]))
        for run in demo.seen
    }
    assert len(list((tmp_path / "journal").iterdir())) == len(runs)
