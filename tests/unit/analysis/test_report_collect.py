"""What a report does with answers that are empty, and with questions that take too much."""

from collections.abc import Mapping
from typing import Any

import pytest

from benchwire.analysis.report.collect import collect
from benchwire.analysis.report.markdown import report_markdown
from benchwire.analysis.report.page import report_page
from benchwire.analysis.report.scope import Scope
from benchwire.schemas.errors import BenchwireError

SCOPE = Scope(experiment_id="e", as_of="2026-11-01 12:00:00.000000")


class RefusedError(BenchwireError):
    def __init__(self, code: int) -> None:
        super().__init__("refused")
        self.code = code


def refusing(view: str, code: int) -> Any:
    """An empty store that cannot answer one question."""

    def rows(sql: str, _params: Mapping[str, str] | None = None, /) -> list[tuple[Any, ...]]:
        if view in sql:
            raise RefusedError(code)
        return []

    return rows


def test_an_empty_store_has_a_report() -> None:
    report = collect(refusing("nothing", 0), SCOPE)
    assert report.overview.n_runs == 0
    assert report.overview.cost_aiu is None
    for text in (report_markdown(report), report_page(report)):
        assert "there is nothing to report yet" in text


@pytest.mark.parametrize("code", [159, 241])
def test_what_takes_too_much_is_left_out_and_said(code: int) -> None:
    report = collect(refusing("rpt_phase_economics", code), SCOPE)
    assert report.too_expensive == ["phases"]
    assert any("Phases are left out" in note.text for note in report.notes)


@pytest.mark.parametrize(("view", "code"), [("rpt_phase_economics", 60), ("rpt_tool_calls", 241)])
def test_every_other_refusal_ends_the_report(view: str, code: int) -> None:
    with pytest.raises(RefusedError):
        collect(refusing(view, code), SCOPE)
