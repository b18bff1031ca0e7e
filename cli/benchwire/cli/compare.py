"""`benchwire compare`: two policies of an experiment against each other."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from benchwire.cli import output
from benchwire.cli.options import AsJson

if TYPE_CHECKING:
    from benchwire.analysis.comparison.document import Comparison


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        rich_help_panel="Answers",
        epilog="Example: benchwire compare scripted-hasty scripted-steady",
    )(compare)


def compare(
    policy_a: Annotated[
        str, typer.Argument(metavar="A", help="The policy to compare with: its policy_id.")
    ],
    policy_b: Annotated[
        str, typer.Argument(metavar="B", help="The policy in question; differences are B - A.")
    ],
    *,
    experiment: Annotated[
        str | None, typer.Option(help="Of this experiment, if several have both policies.")
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown instead of tables for a terminal.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare two policies on the trials that both have, and say what that shows.

    Trials are matched by task and seed, else by trial number. Said are the
    difference in success with its intervals and tests, the ratio of AIU and
    tokens, who solves what, what differs between configurations and
    environments, and, in words, what may be concluded and what not.

    The numbers come from the views rpt_policy_comparison, rpt_task_comparison
    and rpt_policy_differences.
    """
    # They load the HTTP client and the read side; `--help` must not.
    from benchwire.analysis.asked_together import AT_ONCE  # noqa: PLC0415
    from benchwire.analysis.comparison.document import compare as compared  # noqa: PLC0415
    from benchwire.analysis.comparison.pair import find_pair  # noqa: PLC0415
    from benchwire.embedded.settings import EmbeddedSettings  # noqa: PLC0415
    from benchwire.embedded.stack import open_stack  # noqa: PLC0415

    if markdown and as_json:
        raise typer.BadParameter("--markdown or --json, not both")
    with open_stack(EmbeddedSettings(), announce=output.note) as stack:
        pair = find_pair(stack.rows, policy_a, policy_b, experiment)
        found = compared(stack.rows, pair, at_once=AT_ONCE)
    if as_json:
        output.as_json(asdict(found))
    else:
        _print(found, as_markdown=markdown)


def _print(found: "Comparison", *, as_markdown: bool) -> None:
    from benchwire.analysis.comparison.sections import (  # noqa: PLC0415
        comparison_markdown,
        sections_of,
    )
    from benchwire.cli.report_tables import heading, print_section, prose  # noqa: PLC0415

    if as_markdown:
        sys.stdout.write(comparison_markdown(found))
        return
    output.facts(
        [
            ("experiment", found.experiment_id),
            ("A", found.comparison.policy_a),
            ("B", found.comparison.policy_b),
        ]
    )
    for title, texts in (
        ("What may be concluded", found.conclusion),
        ("With care", found.cautions),
    ):
        if texts:
            heading(title)
            for text in texts:
                prose(text, indent="- ")
    for section in sections_of(found):
        print_section(section)
