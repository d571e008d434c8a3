"""What is left of a spread once the detector's own error is taken out.

The errors of the detector and of the hand are independent, so their variances add:
measured² = true² + error². For intervals the error is √2 times the error of one onset,
because each holds two. Not all notes are timed equally well: where the error of each is known,
the sure ones count for more, for the mean as for the spread about it, as in an analysis of many
studies (Paule and Mandel 1982). The lower limit is the least true spread under which so much
would have been measured not too seldom (Viechtbauer, "Confidence intervals for the amount of
heterogeneity in meta-analysis", 2007). The expected errors are themselves off, by more in some
takes than in others: the test goes over all that they may be. The upper limit is that of
what was heard: errors can hide unevenness too, because a note is not heard independently of its
neighbours. With a limit below that, as of independent errors, 12 of 77 fast runs were more
uneven than their interval allowed, and none less (``benchmarks/rendered_players.py``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from practiceear.metrics.metric import Metric
from practiceear.metrics.quantiles import chdtrc, ndtri
from practiceear.metrics.reliability import CONFIDENCE, interval_dof
from practiceear.units import FloatArray

SURER, LESS_SURE = 0.5, 0.55
"""Standard deviations of the logarithm of a take's own errors below and above the expected
ones. Of 276 rendered takes 90 % made between 0.54 and 1.95 times the expected errors, the
median one 0.99 times (``benchmarks/typical_errors.py``), which is 0.37 and 0.41; exercises, in
which one gross error counts for more, are held by these as often as promised
(``benchmarks/rendered_players.py``, seed 7070)."""

LEAST_FLOOR, MOST_FLOOR = math.exp(-1.96 * SURER), math.exp(1.96 * LESS_SURE)
"""A take's own error over what was said of it: about 95 % of takes are in between."""

_N_TRUE = 65
_TAIL = (1.0 - CONFIDENCE) / 2.0
_ERROR_STEP = 0.05  # of a logarithm: errors as alike as that are taken for one
_N_HALVINGS = 50

MOST_TIMES_USUAL = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Errors:
    """Measured values about their mean, and how far off the detector may be with each.

    ``residual``: float64, shape (n,), in the unit of the metric. ``error``: float64, shape (n,):
    standard deviations, in the same unit, above 0.
    """

    residual: FloatArray
    error: FloatArray


def known_errors_s(error_s: FloatArray, unknown_s: float) -> FloatArray:
    """How far off each onset may be, shape (n,): ``unknown_s`` where that is NaN or nothing."""
    return np.where(error_s > 0.0, error_s, unknown_s)


def usual_error_s(error_s: FloatArray, of_none_s: float = math.nan) -> float:
    """One error for all onsets, shape (n,), of a take: the root of their mean square.

    The few that may be far off count for three times the usual one: nearly all of them are not.
    ``of_none_s`` where there are none.
    """
    if not error_s.size:
        return of_none_s
    most_s = MOST_TIMES_USUAL * float(np.median(error_s))
    return float(np.sqrt(np.mean(np.square(np.minimum(error_s, most_s)))))


def errors_against_mean(error: FloatArray) -> FloatArray:
    """Return how far off each of several values may be against the mean of all, shape (n,).

    A value that is far off draws the mean with it, so that the others look off the other way.
    """
    of_mean = math.sqrt(float(np.sum(np.square(error)))) / max(1, error.size)
    return np.asarray(np.hypot(error, of_mean))


def without_errors(metric: Metric, errors: Errors, scatter: float = 1.0) -> Metric:
    """Remove the detector's error, known note by note, from a measured standard deviation.

    ``metric``: a standard deviation with its 95 % interval, or a reason, which is passed on.
    ``errors``: the values that it was measured on. ``scatter``: spread of true errors about the
    expected ones: 1 as was found on rendered takes, 0 where they are exact.

    Returns
    -------
    Metric
        Same key, n and detector_error, marked ``is_floor_out``. The value is 0 where no more was
        measured than the detector alone shows, and the lower bound where some takes' errors would
        explain it: then only the upper bound, which stays as it was, counts.

    ValueError where the detector's error is taken out already, or an error is not above 0.
    """
    if metric.is_unavailable:
        return metric
    if metric.is_floor_out:
        raise ValueError(f"the detector's error of {metric.key} is taken out already")
    if not np.all(errors.error > 0.0):
        raise ValueError("errors must be above 0")
    squares, variances = np.square(errors.residual), np.square(errors.error)
    total = float(squares.sum())
    dof = total / metric.value**2 if metric.value > 0.0 else float(squares.size)
    group = np.round(np.log(variances) / (2.0 * _ERROR_STEP)).astype(np.int64)
    _, group = np.unique(group, return_inverse=True)

    def sums(values: FloatArray) -> FloatArray:
        return np.bincount(group, weights=values).astype(np.float64)

    counts = sums(np.ones(squares.size))
    measured = _Measured(
        metric, counts, sums(errors.residual), sums(squares), sums(variances) / counts, dof
    )
    value = measured.likeliest()
    low = metric.low
    if low > 0.0:  # else nothing was measured: there is no interval to be moved
        low = min(measured.lowest(scatter), value)
    return replace(metric, value=value, low=low, is_floor_out=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """Values in groups of like errors: counts, sums, squares, the errors' variances."""

    metric: Metric
    counts: FloatArray
    sums: FloatArray
    squares: FloatArray
    variances: FloatArray
    dof: float

    def over_expected(self, true: FloatArray, scale: FloatArray) -> FloatArray:
        """What was measured over what true spreads and errors times ``scale`` would show.

        About the mean that is the likeliest then: the vaguely heard must not draw it to them.
        """
        shown = true[:, None, None] ** 2 + scale[None, :, None] ** 2 * self.variances
        weight = 1.0 / np.maximum(shown, 1e-30)
        about_mean = (weight @ self.sums) ** 2 / (weight @ self.counts)
        return np.asarray((weight @ self.squares - about_mean) / self.dof)

    def likeliest(self) -> float:
        """The true spread that would show just what was measured; 0 where errors explain it."""
        low, high = 0.0, math.sqrt(float(self.squares.sum()) / self.dof)
        one = np.ones(1)
        if self.over_expected(np.zeros(1), one)[0, 0] <= 1.0:
            return 0.0
        for _ in range(_N_HALVINGS):
            middle = (low + high) / 2.0
            is_more = self.over_expected(np.array([middle]), one)[0, 0] > 1.0
            low, high = (middle, high) if is_more else (low, middle)
        return low

    def lowest(self, scatter: float) -> float:
        """The least true spread that would show as much as was measured not too seldom."""
        dof = interval_dof(self.metric.high / self.metric.low)
        true = np.linspace(0.0, self.metric.high, _N_TRUE)
        floors = np.exp(scatter * _equally_likely())
        as_much = np.mean(chdtrc(dof, dof * self.over_expected(true, floors)), axis=1)
        return float(np.interp(_TAIL, as_much, true))


@cache
def _equally_likely() -> FloatArray:
    """Logarithms of equally likely floors over the expected one, shape (31,)."""
    chances = ndtri((np.arange(31) + 0.5) / 31)
    return np.asarray(np.where(chances < 0.0, SURER, LESS_SURE) * chances)
