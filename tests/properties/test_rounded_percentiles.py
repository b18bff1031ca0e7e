"""Percentiles of rounded values, as rpt_tool_calls states them, stay close to the exact ones."""

from hypothesis import given
from hypothesis import strategies as st
from tests.support.oracle_policies import percentile
from tests.support.oracle_tools import rounded

ERROR_MAX = 1 / 256
FLOAT32_ERROR_MAX = 2**-24
"""A 64-bit number becomes the nearest 32-bit float first."""

VALUES = st.lists(st.just(0.0) | st.floats(1e-30, 3e38) | st.integers(0, 2**63), min_size=1)


@given(values=VALUES, share=st.sampled_from((0.5, 0.9, 0.99)))
def test_percentiles_are_wrong_by_less_than_one_in_256(values: list[float], share: float) -> None:
    exact, found = percentile(values, share), percentile(rounded(values), share)
    assert exact is not None
    assert found is not None
    assert abs(found - exact) <= (ERROR_MAX + 2 * FLOAT32_ERROR_MAX) * exact + 1e-30


@given(st.lists(st.integers(0, 256)))
def test_small_whole_numbers_are_exact(values: list[int]) -> None:
    assert rounded(list(values)) == values


@given(VALUES)
def test_rounding_keeps_the_order(values: list[float]) -> None:
    assert rounded(sorted(values)) == sorted(rounded(values))
