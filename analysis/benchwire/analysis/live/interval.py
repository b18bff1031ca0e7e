"""How sure a rate is."""

import math
from typing import Final

Z: Final = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution, as in rpt_success_rates."""


def wilson_interval(resolved: int, graded: int) -> tuple[float, float] | None:
    """Ends of the 95 % interval of a rate; None without a graded trial.

    E. B. Wilson, Probable Inference, JASA 22, 1927; the same numbers as rpt_success_rates.
    """
    if graded == 0:
        return None
    rate, shrinkage = resolved / graded, Z**2 / graded
    centre = (rate + shrinkage / 2) / (1 + shrinkage)
    half_width = math.sqrt(rate * (1 - rate) * shrinkage + shrinkage**2 / 4) / (1 + shrinkage)
    return max(0.0, centre - half_width), min(1.0, centre + half_width)
