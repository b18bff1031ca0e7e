"""SciPy and statsmodels, for oracles: they ship no types, so they are `Any`, and only here.

Loaded when something of them is asked for: whoever collects the tests asks for nothing.
"""

from importlib import import_module
from typing import Any


class _Loaded:
    """A module that is imported by the first who asks something of it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._name), name)


distributions: Any = _Loaded("scipy.stats")
special: Any = _Loaded("scipy.special")
optimize: Any = _Loaded("scipy.optimize")
proportion: Any = _Loaded("statsmodels.stats.proportion")
contingency: Any = _Loaded("statsmodels.stats.contingency_tables")
multiple_testing: Any = _Loaded("statsmodels.stats.multitest")
linear_models: Any = _Loaded("statsmodels.regression.linear_model")
