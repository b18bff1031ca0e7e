"""How a report writes numbers, and where its plots put them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwire.analysis.report import wording as w
from benchwire.analysis.report.plots.scales import Scale, logarithmic, spread, zero_based
from benchwire.analysis.report.plots.text_size import squeezed, text_width

POSITIVE = st.floats(min_value=1e-6, max_value=1e12)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (w.short(0), "0"),
        (w.short(999), "999"),
        (w.short(999.6), "1k"),
        (w.short(12_345), "12.3k"),
        (w.short(1_234_567_890), "1.23G"),
        (w.percent(1 / 3), "33.3 %"),
        (w.percent(-0.0), "0.0 %"),
        (w.interval(0.0, 0.995), "0 to 100 %"),
        (w.points(-0.25), "-25.0"),
        (w.points(0.0), "0.0"),
        (w.points_interval(-0.001, 0.5), "0 to +50"),
        (w.aiu(0.00012), "0.00012"),
        (w.aiu(0.0), "0.000"),
        (w.aiu(1234.56), "1,234.6"),
        (w.milliseconds(0.25), "0.25 ms"),
        (w.milliseconds(90_000), "1.5 min"),
        (w.milliseconds(7_200_000), "2 h"),
        (w.p_value(0.0004), "< 0.001"),
        (w.p_value(1.0), "1.000"),
        (w.number(0.00001234), "0.000012"),
        (w.moment("2026-11-01T12:30:45.678901Z"), "2026-11-01 12:30:45 UTC"),
        (w.things(1, "policy", "policies"), "1 policy"),
        (w.things(2000, "run"), "2,000 runs"),
    ],
)
def test_numbers_are_written_for_people(written: str, text: str) -> None:
    assert written == text


def test_what_is_unknown_is_a_dash() -> None:
    unknown = (w.short, w.percent, w.points, w.aiu, w.ratio, w.number, w.milliseconds, w.p_value)
    assert {write(None) for write in unknown} == {"-"}
    assert w.interval(None, 0.5) == w.points_interval(0.5, None) == w.count(None) == "-"


@given(st.lists(POSITIVE, min_size=1, max_size=20))
def test_scales_hold_all_values_between_their_ticks(values: list[float]) -> None:
    for scale in (
        zero_based(values, 10, 110),
        spread(values, 10, 110),
        logarithmic(values, 10, 110),
    ):
        assert all(10 <= scale.at(value) <= 110 for value in values)
        assert scale.low <= min(values)
        assert scale.high >= max(values) * (1 - 1e-9)
        ticks = scale.ticks(6)
        assert 1 <= len(ticks) <= 12
        assert ticks == sorted(set(ticks))
        assert all(math.isfinite(scale.at(tick)) for tick in ticks)


@given(st.lists(POSITIVE, min_size=2, max_size=20))
def test_scales_keep_order(values: list[float]) -> None:
    scale = spread(values, 0, 100)
    pixels = [scale.at(value) for value in sorted(values)]
    assert pixels == sorted(pixels)


def test_a_scale_of_nothing_is_a_scale() -> None:
    assert zero_based([], 0, 100).ticks(5)[0] == 0
    assert spread([0.0, 0.0], 0, 100).at(0.0) == 0
    upward = Scale(low=0, high=1, start=100, end=0)
    assert upward.at(0.25) == 75


@given(st.text(max_size=300), st.floats(min_value=20, max_value=300))
def test_squeezed_names_fit_and_keep_both_ends(name: str, pixels: float) -> None:
    short = squeezed(name, pixels)
    assert text_width(short) <= pixels
    if short != name and len(short) > 2:
        begin, _, end = short.partition("…")
        assert name.startswith(begin)
        assert name.endswith(end)
