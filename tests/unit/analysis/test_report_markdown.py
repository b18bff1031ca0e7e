"""The report as Markdown and in words: names mean nothing, tables stay tables, notes are true."""

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.report_documents import a_report

from benchwire.analysis.report.markdown import plain, report_markdown, sentence
from benchwire.analysis.report.notes import notes_on
from benchwire.analysis.report.run_rows import Integrity

CELL = re.compile(r"(?<!\\)\|")


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=30), min_size=5, max_size=5, unique=True))
def test_tables_stay_tables_whatever_names_hold(names: list[str]) -> None:
    report = a_report(2, n_tasks=3, name=lambda number: f"{names[number % 5]}{number}")
    n_cells = 0
    for line in report_markdown(report).splitlines():
        if not line.startswith("| "):
            n_cells = 0
            continue
        found = len(CELL.findall(line))
        assert n_cells in {0, found}, line
        n_cells = found


def test_names_are_no_markup() -> None:
    assert plain("a|b*c*[d](e)<f>\n`g`") == r"a\|b\*c\*\[d\](e)\<f\> \`g\`"
    assert plain("gpt_5_high pass@1") == "gpt_5_high pass@1"
    assert plain("@someone https://evil.example") == ("&#64;someone https&#8203;://evil.example")
    assert sentence("see `benchwire report` or `rm *`") == r"see `benchwire report` or \`rm \*\`"


def test_a_report_without_runs_says_so() -> None:
    text = report_markdown(a_report(0))
    assert "there is nothing to report yet" in text
    assert "| " not in text
    assert "None" not in text


def test_every_lack_is_said() -> None:
    report = a_report(3)
    assert {note.kind for note in notes_on(report)} == {"reading"}
    lacking = replace(
        report,
        overview=replace(
            report.overview,
            n_incomplete=1,
            n_excluded=2,
            n_graded=0,
            n_errored=3,
            n_abandoned=4,
            nano_usd=3_000_000_000,
        ),
        integrity=[
            Integrity("complete", False, 8, 0, 0, 0),
            Integrity("gaps", False, 1, 5, 0, 0),
            Integrity("unsequenced", False, 1, 0, 0, 0),
            Integrity("complete", True, 7, 0, 0, 0),
        ],
        tasks=report.tasks[1:],
        comparisons=[
            replace(pair, environment_differs=True, differing_environment_keys=["os"])
            for pair in report.comparisons
        ],
        spending=[
            replace(spent, n_cost_derived=1, n_runs_with_cost=1) for spent in report.spending
        ],
        left_out=["tools"],
        too_expensive=["phases", "recoveries"],
    )
    lacking = replace(lacking, overview=replace(lacking.overview, n_complete=8, n_superseded=7))
    said = [note.text for note in notes_on(lacking) if note.kind == "warning"]
    for words in (
        "1 trial is not over",
        "2 trials were excluded",
        "ended without a verdict",
        "3 trials did not end in status ok",
        "The record of 1 run of 10 is not provably complete",
        "1 run came from a source that does not number its events",
        "4 runs fell silent",
        "7 imports of recordings",
        "not tried on the same tasks",
        "environments that differ in os",
        "is derived from tokens",
        "costs of 3.000 USD",
        "Tools are left out",
        "Phases and recoveries are left out: to read",
    ):
        assert any(words in text for text in said), words
    assert "smallest detectable" in " ".join(note.text for note in notes_on(report))


def test_unknown_costs_are_said() -> None:
    said = " ".join(note.text for note in notes_on(a_report(2, with_costs=False)))
    assert "No run states what it cost in AIU" in said
