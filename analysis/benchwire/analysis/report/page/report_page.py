"""Puts the page together: head, plots, tables and notes in the order in which they are read."""

from importlib.resources import files

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.document import Report
from benchwire.analysis.report.markup import Markup, joined, tag
from benchwire.analysis.report.page.parts import figure, folded, notes_list, sentence
from benchwire.analysis.report.plots.latency_plot import latency_plot
from benchwire.analysis.report.plots.line_plot import pass_at_k_plot, trend_plot
from benchwire.analysis.report.plots.matrix_plot import matrix_plot
from benchwire.analysis.report.plots.pareto_plot import pareto_plot
from benchwire.analysis.report.plots.plot import Plot
from benchwire.analysis.report.plots.stacked_plot import failure_plot, token_plot
from benchwire.analysis.report.plots.success_plot import success_plot
from benchwire.analysis.report.plots.task_plot import task_plot
from benchwire.analysis.report.plots.timeline_plot import timeline_plot
from benchwire.analysis.report.runs_section import timeline_table
from benchwire.analysis.report.section import Section
from benchwire.analysis.report.sections import facts_of, sections_of

PLOTS = (
    success_plot,
    matrix_plot,
    pareto_plot,
    token_plot,
    task_plot,
    pass_at_k_plot,
    latency_plot,
    failure_plot,
    trend_plot,
    timeline_plot,
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""No script and no address is ever followed, whatever a name may hold."""
THEMES = ("auto", "light", "dark")


def report_page(report: Report) -> str:
    """The whole page."""
    plots = {plot.key: plot for make in PLOTS if (plot := make(report)) is not None}
    sections = sections_of(report)
    title = f"Report on {report.experiment_id}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="generator", content="benchwire report"),
        tag("title", title),
        # A style sheet is not escaped as text is; ours holds nothing that strangers wrote.
        Markup(f"<style>{_style()}</style>"),
    )
    body = tag(
        "body",
        tag("a", "Skip to the report", href="#report", class_="skip"),
        _header(report, sections),
        tag("main", *_main(report, sections, plots), id="report"),
        tag(
            "footer",
            tag(
                "p",
                "Written by ",
                tag("code", "benchwire report"),
                f", as of {w.moment(report.as_of)}. All numbers come from the views rpt_…; --json "
                "gives them unrounded.",
            ),
        ),
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _style() -> str:
    folder = files("benchwire.analysis.report.page")
    colours = (folder / "colours.css").read_text(encoding="utf-8")
    dark = (folder / "colours_dark.css").read_text(encoding="utf-8")
    sheet = (folder / "page.css").read_text(encoding="utf-8")
    # One set of dark colours for those whose system is dark, the same for those who ask for it.
    return (
        f"{colours}\n"
        f"@media screen and (prefers-color-scheme: dark) "
        f"{{ :root:not(:has(#theme-light:checked)) {{ {dark} }} }}\n"
        f"@media screen {{ :root:has(#theme-dark:checked) {{ {dark} }} }}\n{sheet}"
    )


def _header(report: Report, sections: list[Section]) -> Markup:
    themes = joined(
        joined(
            [
                tag(
                    "input",
                    type="radio",
                    name="theme",
                    id=f"theme-{name}",
                    checked="" if name == "auto" else None,
                ),
                tag("label", name, for_=f"theme-{name}"),
            ]
        )
        for name in THEMES
    )
    chosen = tag("fieldset", tag("legend", "Colours"), themes, class_="themes")
    links = [
        tag("li", tag("a", section.title, href=f"#{section.key}"))
        for section in sections
        if section.tables
    ]
    named = [tag("h1", tag("bdi", report.experiment_id))]
    if report.job_id is not None:
        named.append(tag("p", "Job ", tag("bdi", report.job_id), class_="sub"))
    contents = tag("nav", tag("ul", *links), aria_label="Sections")
    return tag("header", tag("div", *named), chosen, contents)


def _main(report: Report, sections: list[Section], plots: dict[str, Plot]) -> list[Markup]:
    parts = [_head_facts(report), notes_list(report.notes, "warning")]
    parts += [_section(report, section, plots) for section in sections]
    reading = notes_list(report.notes, "reading")
    if reading:
        parts.append(tag("section", tag("h2", "How to read this"), reading, id="reading"))
    return parts


def _head_facts(report: Report) -> Markup:
    pairs = [
        tag("div", tag("dt", name), tag("dd", tag("bdi", value)))
        for name, value in facts_of(report)
        if name not in {"experiment", "job"}
    ]
    return tag("dl", *pairs, class_="facts")


def _section(report: Report, section: Section, plots: dict[str, Plot]) -> Markup:
    parts = [tag("h2", section.title)]
    if section.tables:
        parts.append(tag("p", sentence(section.about), class_="about"))
    else:
        parts.append(tag("p", section.empty, class_="empty"))
    tables = list(section.tables)
    if section.key == "runs" and "timeline" in plots:
        tables.append(timeline_table(report))
    for table in tables:
        if table.key in plots:
            parts.append(figure(plots[table.key]))
        parts.append(folded(table))
    return tag("section", *parts, id=section.key)
