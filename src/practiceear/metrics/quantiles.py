"""Distributions and their quantiles, by SciPy's names; SciPy is imported when one is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from practiceear.units import FloatArray


def _of_scipy(name: str) -> Callable[..., Any]:
    """A function of SciPy: of numbers a number, of arrays an array."""

    @cache
    def function() -> Callable[..., object]:
        from scipy import special

        found: Callable[..., object] = getattr(special, name)
        return found

    def call(*arguments: float | FloatArray) -> object:
        return function()(*arguments)

    return call


ndtri = _of_scipy("ndtri")
"""Of ``share``: quantile of the standard normal distribution below which it lies."""

stdtr = _of_scipy("stdtr")
"""Of ``dof, value``: share of Student's t distribution below the value."""

stdtrit = _of_scipy("stdtrit")
"""Of ``dof, share``: quantile of Student's t distribution below which the share lies."""

fdtri = _of_scipy("fdtri")
"""Of ``dof_above, dof_below, share``: quantile of the F distribution below which it lies."""

chdtri = _of_scipy("chdtri")
"""Of ``dof, share``: quantile of the chi-square distribution above which the share lies."""

chdtrc = _of_scipy("chdtrc")
"""Of ``dof, value``: share of the chi-square distribution above the value."""

chndtr = _of_scipy("chndtr")
"""Of ``value, dof, centre``: share of the noncentral chi-square distribution below the value."""

chndtrinc = _of_scipy("chndtrinc")
"""Of ``value, dof, share``: noncentrality with which the share lies below the value."""
