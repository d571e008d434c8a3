"""Distributions and their quantiles, by SciPy's names; SciPy is imported when one is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = float | npt.NDArray[np.float64]


def ndtri(share: Numbers) -> Any:
    """Quantile of the standard normal distribution below which ``share`` lies."""
    return _scipy("ndtri", share)


def stdtr(dof: Numbers, value: Numbers) -> Any:
    """Share of Student's t distribution below ``value``."""
    return _scipy("stdtr", dof, value)


def stdtrit(dof: Numbers, share: Numbers) -> Any:
    """Quantile of Student's t distribution below which ``share`` lies."""
    return _scipy("stdtrit", dof, share)


def fdtri(dof_above: Numbers, dof_below: Numbers, share: Numbers) -> Any:
    """Quantile of the F distribution below which ``share`` lies."""
    return _scipy("fdtri", dof_above, dof_below, share)


def chdtri(dof: Numbers, share: Numbers) -> Any:
    """Quantile of the chi-square distribution above which ``share`` lies."""
    return _scipy("chdtri", dof, share)


def chdtrc(dof: Numbers, value: Numbers) -> Any:
    """Share of the chi-square distribution above ``value``."""
    return _scipy("chdtrc", dof, value)


def chndtr(value: Numbers, dof: Numbers, centre: Numbers) -> Any:
    """Share of the noncentral chi-square distribution below ``value``."""
    return _scipy("chndtr", value, dof, centre)


def chndtrinc(value: Numbers, dof: Numbers, share: Numbers) -> Any:
    """Noncentrality with which ``share`` of a chi-square distribution lies below ``value``."""
    return _scipy("chndtrinc", value, dof, share)


def _scipy(name: str, *arguments: Numbers) -> Any:
    from scipy import special

    return getattr(special, name)(*arguments)
