"""Straight lines through days that hang together, and how much such days differ by themselves.

A player who slept badly plays worse today and, a little, tomorrow. A line whose errors are taken
to be independent then finds improvement where there is none, and a handful of days cannot show
how strongly they hang together. So the errors are taken to be autoregressive from one day of
practice to the next, and every correlation from 0 to 0.9 is kept with the weight that the days
themselves give it (restricted likelihood, before the days equally likely: Patterson & Thompson
1971, doi 10.1093/biomet/58.3.545).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from practiceear.metrics.quantiles import stdtr, stdtrit
from practiceear.units import FloatArray

CORRELATIONS = np.linspace(0.0, 0.9, 10)
FEWEST_FOR_LINE = 3
_LEAST_POWER = 1e-18
_HALVINGS = 24


@dataclass(frozen=True, slots=True, eq=False)
class DayLine:
    """A straight line through the values of some days, fitted once for each correlation.

    Attributes
    ----------
    slope
        float64, shape (10,): one for each of ``CORRELATIONS``, per unit of time.
    slope_error
        float64, shape (10,): standard error of the slope for days of variance 1.
    power
        float64, shape (10,): sum of the squared residuals, made independent.
    log_scale
        float64, shape (10,): the part of the log likelihood without the residuals.
    n_free
        Degrees of freedom of the residuals: days less two.
    """

    slope: FloatArray
    slope_error: FloatArray
    power: FloatArray
    log_scale: FloatArray
    n_free: int

    @property
    def most_likely_slope(self) -> float:
        """The slope, the correlations weighted as the days tell."""
        return float(weights((self,)) @ self.slope)

    def share_below(self, slope: float) -> float:
        """Return how likely the true slope is below ``slope``, 0 to 1."""
        error = np.sqrt(self.power / self.n_free) * self.slope_error
        return float(stdtr(self.n_free, (slope - self.slope) / error) @ weights((self,)))

    def interval(self, miss: float) -> tuple[float, float]:
        """Return the ends of the slope's interval.

        Parameters
        ----------
        miss
            How often the true slope may lie outside, such as 0.05.
        """
        weight = weights((self,))
        error = np.sqrt(self.power / self.n_free) * self.slope_error
        below = np.array([[miss / 2.0], [1.0 - miss / 2.0]])
        each = self.slope + error * stdtrit(self.n_free, below)
        # Where so much lies below a mixture is between where it does for each of its parts.
        low, high = each.min(axis=1), each.max(axis=1)
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            share = stdtr(self.n_free, (middle[:, None] - self.slope) / error) @ weight
            is_low = share < below[:, 0]
            low, high = np.where(is_low, middle, low), np.where(is_low, high, middle)
        return float(low[0]), float(high[1])


def fit_line(time: FloatArray, value: FloatArray) -> DayLine:
    """Fit a line through days, in order.

    Parameters
    ----------
    time
        float64, shape (n_days,): when, rising.
    value
        float64, shape (n_days,): of each day.

    Raises
    ------
    ValueError
        Where there are fewer than three days.
    """
    n_days = len(time)
    if n_days < FEWEST_FOR_LINE:
        raise ValueError(f"{n_days} days make no line with an error")
    columns = np.column_stack([np.ones(n_days), time - np.mean(time), value])
    left = np.sqrt(1.0 - CORRELATIONS**2)
    # Each day less its share of the day before; one matrix for each correlation.
    white = np.repeat(columns[None], len(CORRELATIONS), axis=0)
    white[:, 1:] -= CORRELATIONS[:, None, None] * columns[:-1]
    white[:, 1:] /= left[:, None, None]
    products = white.transpose(0, 2, 1) @ white
    normal, moment = products[:, :2, :2], products[:, :2, 2:]
    line = np.linalg.solve(normal, moment)
    residual = white[:, :, 2:] - white[:, :, :2] @ line
    determinant = np.linalg.det(normal)
    return DayLine(
        slope=line[:, 1, 0],
        slope_error=np.sqrt(normal[:, 0, 0] / determinant),
        power=np.maximum(np.sum(residual**2, axis=(1, 2)), _LEAST_POWER),
        log_scale=-(n_days - 1) * np.log(left) - 0.5 * np.log(determinant),
        n_free=n_days - 2,
    )


def weights(lines: Sequence[DayLine]) -> FloatArray:
    """Return how likely each of ``CORRELATIONS`` is, shape (10,), given days of one player."""
    n_free = sum(one.n_free for one in lines)
    power = np.sum([one.power for one in lines], axis=0)
    log_weight = np.sum([one.log_scale for one in lines], axis=0) - 0.5 * n_free * np.log(power)
    weight = np.exp(log_weight - np.max(log_weight))
    return np.asarray(weight / np.sum(weight), dtype=np.float64)


def day_variance(lines: Sequence[DayLine]) -> float:
    """Return the variance of single days about their lines; NaN without a line."""
    if not lines:
        return math.nan
    power = np.sum([one.power for one in lines], axis=0)
    return float(weights(lines) @ power) / sum(one.n_free for one in lines)
