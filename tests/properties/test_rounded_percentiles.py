"""Percentiles of rounded values, as rpt_tool_calls states them, stay close below the exact ones."""

from hypothesis import given
from hypothesis import strategies as st
from tests.support.oracle_policies import percentile
from tests.support.oracle_tools import rounded

SHORT_MAX = 1 / 128
EXCESS_MAX = 2**-24
"""A 64-bit number becomes the nearest 32-bit float first, which may lie above it."""

VALUES = st.lists(st.just(0.0) | st.floats(1e-30, 3e38) | st.integers(0, 2**63), min_size=1)


@given(values=VALUES, share=st.sampled_from((0.5, 0.9, 0.99)))
def test_percentiles_fall_short_by_less_than_one_in_128(values: list[float], share: float) -> None:
    exact, found = percentile(values, share), percentile(rounded(values), share)
    assert exact is not None
    assert found is not None
    assert (1 - SHORT_MAX) * exact - 1e-30 <= found <= (1 + 2 * EXCESS_MAX) * exact


@given(st.lists(st.integers(0, 256)))
def test_small_whole_numbers_are_exact(values: list[int]) -> None:
    assert rounded(list(values)) == values


@given(VALUES)
def test_rounding_keeps_the_order(values: list[float]) -> None:
    assert rounded(sorted(values)) == sorted(rounded(values))
