"""The page of a report: well-formed, self-contained, a table behind each plot, names inert."""

import re
from html.parser import HTMLParser
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.report_documents import a_report

from benchwire.analysis.report.page import report_page
from benchwire.analysis.report.plots.line_plot import trend_plot

VOID: Final = {"meta", "input"}
REPORTS: Final[dict[str, dict[str, Any]]] = {
    "nothing": {"n_policies": 0},
    "one_run": {"n_policies": 1, "n_tasks": 1, "n_trials": 1},
    "two": {"n_policies": 2, "n_jobs": 5},
    "eight": {"n_policies": 8, "n_tasks": 9, "n_jobs": 3},
    "thirty": {"n_policies": 30, "n_tasks": 5},
    "no_costs": {"with_costs": False},
    "all_solved": {"all_solved": True},
}
KINDS_OF_PLOT: Final = 10
BYTES_MAX: Final = 1_000_000
NAMES: Final = (
    "<script>alert(1)</script>",
    "' onmouseover='x",
    '"><img src=//evil.example>',
    "]]></style><svg onload=x>",
    "a\u202eb\x00c\x1b[31m",
    "\ud800",
    "日本語" * 80,
    "x" * 256,
    "\n# h\n| a | b |",
    "`benchwire rm`",
    "",
)


class Page(HTMLParser):
    """Reads a page and insists that every element is closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names))
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def ids(self) -> list[str]:
        return [str(a["id"]) for _, a in self.elements if "id" in a]


@pytest.fixture(scope="module", params=REPORTS)
def page(request: pytest.FixtureRequest) -> Page:
    return Page(report_page(a_report(**REPORTS[request.param])))


def test_every_plot_has_a_table_a_title_and_a_description(page: Page) -> None:
    ids = page.ids()
    assert len(ids) == len(set(ids))
    for figure in page.all("figure"):
        assert figure["data-table"] in ids
    for drawing in page.all("svg"):
        assert drawing["role"] == "img"
        assert set(str(drawing["aria-labelledby"]).split()) <= set(ids)
    for link in page.all("a"):
        assert str(link["href"]).removeprefix("#") in ids


def test_numbers_are_numbers(page: Page) -> None:
    for tag, attributes in page.elements:
        for name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height"):
            if tag != "svg" and name in attributes:
                assert re.fullmatch(r"-?\d+(\.\d+)?", str(attributes[name])), (tag, attributes)
        assert not re.search(r"nan|inf|none", str(attributes.get("d", "")), re.IGNORECASE)
    said = " ".join(page.texts)
    assert not re.search(r"\b(nan|inf|None)\b", said)


def test_marks_lie_on_their_plots(page: Page) -> None:
    size = (0.0, 0.0)
    for tag, attributes in page.elements:
        if tag == "svg":
            _, _, width, height = map(float, str(attributes["viewbox"]).split())
            size = (width, height)
        if tag == "rect":
            right = float(str(attributes["x"])) + float(str(attributes["width"]))
            low = float(str(attributes["y"])) + float(str(attributes["height"]))
            assert float(str(attributes["x"])) >= -1
            assert right <= size[0] + 1
            assert low <= size[1] + 1
        if tag == "circle":
            assert 0 <= float(str(attributes["cx"])) <= size[0]
            assert 0 <= float(str(attributes["cy"])) <= size[1]


def test_all_kinds_of_plots_are_drawn_where_there_is_something_to_draw() -> None:
    keys = {str(figure["id"]) for figure in Page(a_page(n_policies=3, n_jobs=2)).all("figure")}
    assert len(keys) == KINDS_OF_PLOT
    assert Page(a_page(n_policies=0)).all("figure") == []


def test_each_job_stands_once_on_the_axis_though_policies_begin_one_after_the_other() -> None:
    report = a_report(3, n_jobs=4)
    plot = trend_plot(report)
    assert plot is not None
    texts = Page(plot.draw(820).marks).texts
    jobs = [job.job_id for job in report.jobs]
    assert [text for text in texts if text in jobs] == jobs


def test_nothing_is_fetched_and_nothing_runs(page: Page) -> None:
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "use", "image", "base", "form"}
    for _, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes)
        assert not {"src", "style", "xlink:href"} & set(attributes)
        assert str(attributes.get("href", "#")).startswith("#")
    (policy,) = [a["content"] for a in page.all("meta") if a.get("http-equiv")]
    assert str(policy).startswith("default-src 'none'")
    (sheet,) = re.findall("<style>(.*?)</style>", a_page(), re.DOTALL)
    assert "url(" not in sheet
    assert "@import" not in sheet


@pytest.mark.parametrize("kind", REPORTS)
def test_the_page_is_always_the_same(kind: str) -> None:
    assert a_page(**REPORTS[kind]) == a_page(**REPORTS[kind])


def test_a_large_page_is_small_enough_to_be_sent() -> None:
    assert len(a_page(n_policies=30, n_tasks=60).encode()) < BYTES_MAX


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.sampled_from(NAMES) | st.text(max_size=40), min_size=11, max_size=11, unique=True),
    st.integers(min_value=1, max_value=4),
)
def test_names_stay_text_whatever_they_hold(names: list[str], n_policies: int) -> None:
    def hostile(number: int) -> str:
        return f"{names[number % len(names)]}{number}"

    def harmless(number: int) -> str:
        return f"name{number}"

    def outline(page: Page) -> set[tuple[str, ...]]:
        return {(tag, *sorted(attributes)) for tag, attributes in page.elements}

    text = a_page(n_policies=n_policies, n_tasks=4, n_jobs=2, name=hostile)
    text.encode()
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]", text)
    assert outline(Page(text)) <= outline(
        Page(a_page(n_policies=n_policies, n_tasks=4, n_jobs=2, name=harmless))
    ) | {("title",)}


def a_page(**given: Any) -> str:
    return report_page(a_report(**given))
