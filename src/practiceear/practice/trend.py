"""Trends of a measure over weeks: better beyond chance, or not; three points draw no line.

Takes of one day share how the day was, so days, not notes, are what a trend rests on. Days are
correlated too: a player who slept badly plays worse today and, a little, tomorrow. A line whose
errors are taken to be independent then finds improvement where there is none, and a handful of
days cannot show how strong the correlation is. So the errors are autoregressive from one day of
practice to the next, and every correlation from 0 to 0.9 is weighted by its restricted
likelihood, all being equally likely before (Patterson & Thompson 1971,
doi 10.1093/biomet/58.3.545).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import groupby

import numpy as np

from practiceear.journal.reading import MeasuredTake
from practiceear.metrics.quantiles import stdtr, stdtrit
from practiceear.units import FloatArray

FEWEST_DAYS = 4
FEWEST_FOR_LINE = 3
FALSE_CALL = 0.05
CORRELATIONS = np.linspace(0.0, 0.9, 10)
_Z = 1.96
_LEAST_POWER = 1e-18
_HALVINGS = 24


class Change(Enum):
    """Change of a measure whose smaller values are better."""

    BETTER = "better"
    WORSE = "worse"
    WITHIN_CHANCE = "within chance"
    TOO_FEW = "too few"


@dataclass(frozen=True, slots=True)
class DayPoint:
    """A measure on one day; spreads are compared by their ratios."""

    day: date
    value: float  # geometric mean of the takes
    low: float  # 95 % interval from the day's takes
    high: float
    n_takes: int

    @property
    def log_error(self) -> float:
        """Standard error of the logarithm of the value."""
        return math.log(self.high / self.low) / (2 * _Z)


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through the logarithms of the days' values.

    Of all intervals that are shown together one misses in 5 % of cases.
    """

    change: Change
    percent_a_week: float  # below 0 is more even; NaN where there are too few days
    low: float
    high: float
    n_days: int
    may_be_worse: bool = False  # less even beyond chance if nothing else is looked at: no praise


@dataclass(frozen=True, slots=True)
class OvernightRetention:
    """Evenness of the first take of a day relative to the last take of the day before.

    Below 1 the first take was more uneven. NaN without a pair; the interval, from fewer than four.
    """

    ratio: float  # geometric mean
    low: float
    high: float
    n: int  # pairs of days


@dataclass(frozen=True, slots=True, eq=False)
class DayLine:
    """A straight line through the values of some days, fitted once for each of `CORRELATIONS`.

    All arrays are float64 of shape (10,).
    """

    slope: FloatArray  # per unit of time
    slope_error: FloatArray  # standard error for days of variance 1
    power: FloatArray  # sum of the squared decorrelated residuals
    log_scale: FloatArray  # the part of the log likelihood without the residuals
    n_free: int  # degrees of freedom: days less two

    @property
    def most_likely_slope(self) -> float:
        """Mean slope, weighted by the likelihood of the correlations."""
        return float(weights((self,)) @ self.slope)

    def _error(self) -> FloatArray:
        return np.sqrt(self.power / self.n_free) * self.slope_error

    def share_below(self, slope: float) -> float:
        """Return the probability that the true slope is below ``slope``."""
        share = stdtr(self.n_free, (slope - self.slope) / self._error())
        return float(share @ weights((self,)))

    def interval(self, miss: float) -> tuple[float, float]:
        """Return the interval that misses the true slope with probability ``miss``."""
        weight, error = weights((self,)), self._error()
        below = np.array([[miss / 2.0], [1.0 - miss / 2.0]])
        each = self.slope + error * stdtrit(self.n_free, below)
        # A quantile of a mixture is between those of its parts.
        low, high = each.min(axis=1), each.max(axis=1)
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            share = stdtr(self.n_free, (middle[:, None] - self.slope) / error) @ weight
            is_low = share < below[:, 0]
            low, high = np.where(is_low, middle, low), np.where(is_low, high, middle)
        return float(low[0]), float(high[1])


def fit_line(time: FloatArray, value: FloatArray) -> DayLine:
    """Fit a line through days, float64 of shape (n_days,); ValueError for fewer than three.

    Times are ascending.
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
    """Return the likelihood of each of `CORRELATIONS`, shape (10,), given days of one player."""
    n_free = sum(line.n_free for line in lines)
    power = np.sum([line.power for line in lines], axis=0)
    log_weight = np.sum([line.log_scale for line in lines], axis=0) - 0.5 * n_free * np.log(power)
    weight = np.exp(log_weight - np.max(log_weight))
    return np.asarray(weight / np.sum(weight), dtype=np.float64)


def day_variance(lines: Sequence[DayLine]) -> float:
    """Return the variance of single days about their lines; NaN without a line."""
    if not lines:
        return math.nan
    power = np.sum([line.power for line in lines], axis=0)
    return float(weights(lines) @ power) / sum(line.n_free for line in lines)


def day_points(takes: Sequence[MeasuredTake]) -> tuple[DayPoint, ...]:
    """Join the takes of each day, all of one drill at one tempo."""
    usable = sorted((take for take in takes if take.measure.value > 0.0), key=_day)
    return tuple(
        _joined(date.fromisoformat(day), list(members))
        for day, members in groupby(usable, key=_day)
    )


def _day(take: MeasuredTake) -> str:
    return take.day


def _joined(day: date, members: list[MeasuredTake]) -> DayPoint:
    value = np.array([take.measure.value for take in members])
    low = np.array([max(take.measure.low, 1e-9) for take in members])
    high = np.array([max(take.measure.high, 1e-9) for take in members])
    error = np.nan_to_num(np.log(high / low) / (2 * _Z), nan=0.5)  # unknown: half as much again
    joined = math.sqrt(float(np.sum(error**2))) / len(members)
    centre = float(np.exp(np.mean(np.log(value))))
    low_high = centre * math.exp(-_Z * joined), centre * math.exp(_Z * joined)
    return DayPoint(day, centre, *low_high, len(members))


def trend(points: Sequence[DayPoint], n_shown: int = 1) -> Trend:
    """Fit a line; its interval comes from the scatter of the days and their correlation.

    Each of ``n_shown`` trends that are shown together has its share of the 5 % of false calls
    (Bonferroni), so that twelve unchanged drills are no more often praised than one.
    """
    n_days = len(points)
    if n_days < FEWEST_DAYS:
        return Trend(Change.TOO_FEW, math.nan, math.nan, math.nan, n_days)
    line = day_line(points)
    low, high = line.interval(FALSE_CALL / n_shown)
    return Trend(
        change_within(low, high),
        _percent(line.most_likely_slope),
        _percent(low),
        _percent(high),
        n_days,
        may_be_worse=line.share_below(0.0) < FALSE_CALL / 2.0,
    )


def day_line(points: Sequence[DayPoint]) -> DayLine:
    """Fit a line through the logarithms of the days' values; time is in weeks."""
    week = np.array([point.day.toordinal() for point in points]) / 7.0
    return fit_line(week, np.log([point.value for point in points]))


def change_within(low: float, high: float) -> Change:
    """Return the verdict of an interval of a difference; below 0 is better."""
    if high < 0.0:
        return Change.BETTER
    return Change.WORSE if low > 0.0 else Change.WITHIN_CHANCE


def _percent(log_slope: float) -> float:
    return 100.0 * math.expm1(float(np.clip(log_slope, -20.0, 20.0)))


def overnight_retention(
    pairs: Sequence[tuple[MeasuredTake, MeasuredTake]], n_shown: int = 1
) -> OvernightRetention:
    """Compare the first takes of days with the last takes of the days before.

    A pair is the last take of a day and the first of the next day, of one drill at one tempo. Each
    of ``n_shown`` drills has its share of the 5 % of false calls.
    """
    ratios = [
        math.log(last.measure.value / first.measure.value)
        for last, first in pairs
        if last.measure.value > 0.0 and first.measure.value > 0.0
    ]
    n = len(ratios)
    if not n:
        return OvernightRetention(math.nan, math.nan, math.nan, 0)
    centre, reach = float(np.mean(ratios)), math.nan
    if n >= FEWEST_DAYS:
        error = float(np.std(ratios, ddof=1)) / math.sqrt(n)
        reach = float(stdtrit(n - 1, 1.0 - FALSE_CALL / n_shown / 2.0)) * error
    low, high = math.exp(centre - reach), math.exp(centre + reach)
    return OvernightRetention(math.exp(centre), low, high, n)
