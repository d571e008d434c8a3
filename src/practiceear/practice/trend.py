"""How a measure went over weeks: better beyond chance, or not; three points draw no line.

Takes of one day share how the day was, so days, not notes, are what a trend rests on.
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
from practiceear.metrics.quantiles import stdtrit
from practiceear.practice.day_to_day import DayLine, fit_line

FEWEST_DAYS = 4
FALSE_CALL = 0.05


class Change(Enum):
    """What became of a measure whose smaller values are better."""

    BETTER = "better"
    WORSE = "worse"
    WITHIN_CHANCE = "within chance"
    TOO_FEW = "too few"


@dataclass(frozen=True, slots=True)
class DayPoint:
    """A measure on one day.

    Attributes
    ----------
    value
        Geometric mean of its takes: spreads are compared by their ratios.
    low, high
        Of the day's takes together: 95 % interval.
    n_takes
        How many.
    """

    day: date
    value: float
    low: float
    high: float
    n_takes: int


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through the logarithms of the days' values.

    Attributes
    ----------
    change
        What it says, beside all the others that it is shown with.
    percent_a_week
        Below 0 is more even; NaN where there are too few days.
    low, high
        Interval of it. Of all intervals that are shown together one misses in 5 % of cases.
    n_days
        What it rests on.
    may_be_worse
        Whether it is less even beyond chance if nothing else is looked at: a reason not to
        praise, not enough to call it worse.
    """

    change: Change
    percent_a_week: float
    low: float
    high: float
    n_days: int
    may_be_worse: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of a day's evenness was left in the first take of the next day.

    Attributes
    ----------
    ratio
        Geometric mean: 1 is all of it; below 1 the first take was more uneven than the last of
        the day before. NaN without a pair.
    low, high
        Interval; NaN from fewer than four pairs.
    n
        Pairs of days.
    """

    ratio: float
    low: float
    high: float
    n: int


def day_points(takes: Sequence[MeasuredTake]) -> tuple[DayPoint, ...]:
    """Join the takes of each day.

    Parameters
    ----------
    takes
        Of one drill at one tempo: nothing else can be compared.
    """
    told = [one for one in takes if one.measure.value > 0.0]
    points = []
    for day, members in groupby(sorted(told, key=lambda one: one.day), key=lambda one: one.day):
        points.append(_joined(date.fromisoformat(day), list(members)))
    return tuple(points)


def _joined(day: date, members: list[MeasuredTake]) -> DayPoint:
    value = np.array([one.measure.value for one in members])
    low = np.array([max(one.measure.low, 1e-9) for one in members])
    high = np.array([max(one.measure.high, 1e-9) for one in members])
    error = np.nan_to_num(np.log(high / low) / (2 * 1.96), nan=0.5)  # unknown: half as much again
    joined = math.sqrt(float(np.sum(error**2))) / len(members)
    centre = float(np.exp(np.mean(np.log(value))))
    return DayPoint(
        day=day,
        value=centre,
        low=centre * math.exp(-1.96 * joined),
        high=centre * math.exp(1.96 * joined),
        n_takes=len(members),
    )


def trend(points: Sequence[DayPoint], n_shown: int = 1) -> Trend:
    """Fit the line; its interval comes from how days scatter about it and hang together.

    Parameters
    ----------
    points
        One a day, in order.
    n_shown
        How many trends are shown together. Each has its share of the 5 % of false calls
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
    week = np.array([one.day.toordinal() for one in points]) / 7.0
    return fit_line(week, np.log([one.value for one in points]))


def change_within(low: float, high: float) -> Change:
    """Return what an interval of a difference says; below 0 is better."""
    if high < 0.0:
        return Change.BETTER
    return Change.WORSE if low > 0.0 else Change.WITHIN_CHANCE


def _percent(log_slope: float) -> float:
    return 100.0 * math.expm1(float(np.clip(log_slope, -20.0, 20.0)))


def kept_overnight(pairs: Sequence[tuple[MeasuredTake, MeasuredTake]], n_shown: int = 1) -> Kept:
    """Compare the first takes of days with the last takes of the days before.

    Parameters
    ----------
    pairs
        The last take of a day, and the first of the next day, of one drill at one tempo.
    n_shown
        How many drills are shown together: each has its share of the 5 % of false calls.
    """
    ratios = [
        math.log(last.measure.value / first.measure.value)
        for last, first in pairs
        if last.measure.value > 0.0 and first.measure.value > 0.0
    ]
    n = len(ratios)
    if not n:
        return Kept(math.nan, math.nan, math.nan, 0)
    centre = float(np.mean(ratios))
    reach = math.nan
    if n >= FEWEST_DAYS:
        error = float(np.std(ratios, ddof=1)) / math.sqrt(n)
        reach = float(stdtrit(n - 1, 1.0 - FALSE_CALL / n_shown / 2.0)) * error
    return Kept(math.exp(centre), math.exp(centre - reach), math.exp(centre + reach), n)
