"""Prices tokens in plain Python, by a book of its own, and says what the views must derive."""

from datetime import date, timedelta
from typing import Any

from tests.support.history_lines import START
from tests.support.oracle import OracleRun, Row, end_of, part, parts, start_of
from tests.support.oracle_summary import add_up, main_model, only, stated, steps, usage_of

from benchwire.consumer.price_file import Price

PRICED = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
CHANGED_ON: date = (START + timedelta(days=4)).date()
BOOK: dict[str, list[tuple[date | None, tuple[int | None, ...]]]] = {
    "gpt-5.5": [
        (None, (500_000, 50_000, None, 3_000_000)),
        (CHANGED_ON, (400_000, 40_000, 7, 2_000_000)),
    ],
    "claude-opus-4.7": [(None, (500_000, 50_000, 625_000, 2_500_000))],
}
"""Nano-AIU per token of input, cache reads, cache writes and output; one model has no price."""


def book_of_the_histories() -> list[Price]:
    """The same book, as the product loads it."""
    return [
        Price(
            # The hyphen is another spelling of the dot.
            model=model.replace("4.7", "4-7"),
            valid_from=since or date(1970, 1, 1),
            input_nano_aiu=amounts[0],
            cache_read_nano_aiu=amounts[1],
            cache_write_nano_aiu=amounts[2],
            output_nano_aiu=amounts[3],
        )
        for model, periods in BOOK.items()
        for since, amounts in periods
    ]


def derived(usage: Row, model: str | None, started_on: date | None) -> int | None:
    """What the tokens cost, if that is known."""
    if usage.get("input_tokens") is None or usage.get("output_tokens") is None:
        return None
    amounts = prices_on(model, started_on)
    cost = 0
    for name, amount in zip(PRICED, amounts, strict=True):
        tokens = usage.get(name) or 0
        if tokens and amount is None:
            return None
        cost += tokens * (amount or 0)
    return cost


def prices_on(model: str | None, started_on: date | None) -> tuple[int | None, ...]:
    """What a token of each of PRICED cost on that day."""
    periods = BOOK.get(model or "", [])
    if started_on is None or started_on == date(1970, 1, 1):
        held = periods if len(periods) == 1 else []
    else:
        held = [period for period in periods if period[0] is None or period[0] <= started_on]
    return held[-1][1] if held else (None,) * len(PRICED)


def started_on(run: OracleRun) -> date | None:
    """The day the run started, as far as anything says."""
    times = (
        start_of(run).get("started_at"),
        end_of(run).get("started_at"),
        run.start["ts"] if run.start else None,
    )
    known = [time for time in times if time is not None]
    return date.fromisoformat(known[0][:10]) if known else None


def totals_model(run: OracleRun) -> str | None:
    """The model whose price totals have that no model is named for."""
    answered = {step["model"] for step in steps(run) if step.get("model") is not None}
    if len(answered) > 1:
        return None
    start, end = start_of(run), end_of(run)
    asked = start.get("model") or part(start, "policy").get("model")
    return only(list(answered)) or asked or only([one["model"] for one in parts(end, "models")])


def costs(run: OracleRun) -> Row:
    """The columns of rpt_run_summary about cost."""
    usage, source, grain = usage_of(run)
    entries = _entries(run, usage, grain)
    amounts = [derived(entry, model, started_on(run)) for model, entry in entries]
    known = [amount for amount in amounts if amount is not None]
    made = sum(known) if amounts and len(known) == len(amounts) else None
    stated_cost = usage["nano_aiu"]
    cost = made if stated_cost is None else stated_cost
    return {
        "derived_nano_aiu": made,
        "cost_nano_aiu": cost,
        "cost_aiu": None if cost is None else cost / 1e9,
        "cost_source": _source(run, source)
        if stated_cost is not None
        else None
        if made is None
        else "derived",
    }


def _entries(run: OracleRun, usage: Row, grain: str | None) -> list[tuple[str | None, Row]]:
    """What is priced, each part with its model."""
    main = main_model(run)
    if grain == "model":
        return [(one["model"], part(one, "usage")) for one in parts(end_of(run), "models")]
    if grain == "run":
        return [(totals_model(run), usage)]
    by_model: dict[str | None, list[Row]] = {}
    for step in steps(run) if grain == "step" else []:
        if stated(add_up([part(step, "usage")])):
            by_model.setdefault(step.get("model"), []).append(part(step, "usage"))
    return [(model or main, add_up(usages)) for model, usages in by_model.items()]


def _source(run: OracleRun, source: str | None) -> str:
    end = end_of(run)
    places: list[Row]
    if source == "steps":
        places = [part(step, "usage") for step in steps(run)]
    elif part(end, "usage").get("nano_aiu") is not None:
        places = [part(end, "usage")]
    else:
        places = [part(entry, "usage") for entry in parts(end, "models")]
    said: set[Any] = {
        place.get("cost_source") for place in places if place.get("nano_aiu") is not None
    }
    return "derived" if "derived" in said else "declared"
