"""`benchwire prices`: what a token of each model costs, and the user's own prices over it."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchwire.cli import output
from benchwire.cli.options import AsJson

if TYPE_CHECKING:
    from benchwire.analysis.prices import PriceInEffect

NANO_AIU_PER_USD_PER_MTOK = 100_000
COLUMNS = ("model", "valid_from", "input", "cache_read", "cache_write", "output", "origin")
ABOUT = """\
Show what a token of each model costs, or give prices of your own.

Runs whose source states no AIU get a cost derived from their tokens, at the
price of the day they started (rpt_run_summary: derived_nano_aiu,
cost_nano_aiu, cost_source). A model without a price has no derived cost.

\b
  benchwire prices                     what is in effect
  benchwire prices apply FILE.csv      your prices go before the shipped ones
  benchwire prices reset               the shipped ones again

\b
FILE is CSV with a header, in US dollars per million tokens:
  model,input_usd_per_mtok,output_usd_per_mtok,valid_from,source
  my-model,1.25,10,2026-05-01,our contract
and as far as known cache_read_usd_per_mtok, cache_write_usd_per_mtok.

A model that FILE names has FILE's prices only. Changed prices apply to all
runs, past ones included, as soon as their rows are computed anew (`benchwire
status` says how many lag); valid_from keeps earlier runs at an earlier
price. BENCHWIRE_PRICE_BOOK=FILE does the same at every start of the engines.
"""


def register(app: typer.Typer) -> None:
    """Add the group and its commands."""
    group = typer.Typer(name="prices", help=ABOUT, invoke_without_command=True)
    group.callback(epilog="Example: benchwire prices --json")(show)
    group.command(epilog="Example: benchwire prices apply my-prices.csv")(apply)
    group.command(epilog="Example: benchwire prices reset")(reset)
    app.add_typer(group, rich_help_panel="Answers")


def show(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show the prices in effect, in US dollars per million tokens."""
    if context.invoked_subcommand is not None:
        return
    from dataclasses import asdict  # noqa: PLC0415

    from benchwire.cli.price_desk import prices  # noqa: PLC0415

    found = prices()
    if as_json:
        output.as_json([asdict(price) for price in found])
        return
    output.table(COLUMNS, [_row(price) for price in found])
    output.note("US dollars per million tokens; 1 is 100,000 nano-AIU per token")


def apply(
    file: Annotated[Path, typer.Argument(help="CSV file of prices.", exists=True, dir_okay=False)],
    *,
    as_json: AsJson = False,
) -> None:
    """Put FILE's prices before the shipped ones, in the place of an earlier FILE.

    Nothing changes if any line is wrong. Applying it again changes nothing.
    """
    from benchwire.cli.price_desk import apply_file  # noqa: PLC0415

    n_prices, changed = apply_file(file)
    _report(n_prices, changed=changed, as_json=as_json)


def reset(*, as_json: AsJson = False) -> None:
    """End an override: the shipped prices hold again, for past runs, too."""
    from benchwire.cli.price_desk import end_override  # noqa: PLC0415

    _report(0, changed=end_override(), as_json=as_json)


def _report(n_prices: int, *, changed: bool, as_json: bool) -> None:
    if as_json:
        output.as_json({"prices": n_prices, "changed": changed})
    elif not changed:
        output.note("nothing to change")
    elif n_prices:
        output.note(f"{n_prices} {'price' if n_prices == 1 else 'prices'} applied")
    else:
        output.note("the shipped prices hold again")


def _row(price: "PriceInEffect") -> list[str | None]:
    amounts = (
        price.input_nano_aiu,
        price.cache_read_nano_aiu,
        price.cache_write_nano_aiu,
        price.output_nano_aiu,
    )
    return [price.model, price.valid_from, *map(_usd_per_mtok, amounts), price.origin]


def _usd_per_mtok(nano_aiu: int | None) -> str | None:
    if nano_aiu is None:
        return None
    return f"{(Decimal(nano_aiu) / NANO_AIU_PER_USD_PER_MTOK).normalize():f}"
