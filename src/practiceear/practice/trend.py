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
from scipy.special import stdtrit

from practiceear.journal.reading import MeasuredTake

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
        What it says.
    percent_a_week
        Below 0 is more even; NaN where there are too few days.
    low, high
        95 % interval of it.
    n_days
        What it rests on.
    """

    change: Change
    percent_a_week: float
    low: float
    high: float
    n_days: int


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


def trend(points: Sequence[DayPoint]) -> Trend:
    """Fit the line; its interval comes from how days scatter about it.

    A player whose days drift up and down slowly is called better too often by a line whose
    errors are taken to be independent; so the days' own lag-one correlation widens it (as for
    an autoregressive series: n is multiplied by (1 - r) / (1 + r)).
    """
    n_days = len(points)
    if n_days < FEWEST_DAYS:
        return Trend(Change.TOO_FEW, math.nan, math.nan, math.nan, n_days)
    week = np.array([one.day.toordinal() for one in points]) / 7.0
    log_value = np.log([one.value for one in points])
    slope, offset = np.polyfit(week, log_value, 1)
    left_over = log_value - (slope * week + offset)
    n_independent = n_days * _independent_share(left_over)
    dof = max(1.0, n_independent - 2.0)
    variance = float(np.sum(left_over**2)) / max(dof * n_days / max(n_independent, 1.0), 1e-9)
    spread = float(np.sum((week - week.mean()) ** 2)) * n_independent / n_days
    error = math.sqrt(max(variance, 1e-12) / spread)
    reach = float(stdtrit(dof, 1.0 - FALSE_CALL / 2.0)) * error
    low, high = _percent(slope - reach), _percent(slope + reach)
    change = Change.WITHIN_CHANCE
    if high < 0.0:
        change = Change.BETTER
    elif low > 0.0:
        change = Change.WORSE
    return Trend(change, _percent(slope), low, high, n_days)


def _percent(log_slope: float) -> float:
    return 100.0 * math.expm1(float(np.clip(log_slope, -20.0, 20.0)))


def _independent_share(left_over: np.ndarray) -> float:
    """Share of the days that count as independent, 1 where they do not hang together."""
    power = float(np.sum(left_over**2))
    if power <= 0.0:
        return 1.0
    r = float(np.sum(left_over[1:] * left_over[:-1])) / power
    # The residuals of a line over n days have r of about -2/n by themselves.
    r = float(np.clip(r + 2.0 / len(left_over), 0.0, 0.9))
    return (1.0 - r) / (1.0 + r)


def retention(last: MeasuredTake, first_next_day: MeasuredTake) -> float:
    """How much of a day's evenness was left in the first take of the next day, as a ratio.

    1 is all of it; below 1 the first take was more uneven than the last of the day before.
    """
    if not (last.measure.value > 0.0 and first_next_day.measure.value > 0.0):
        return math.nan
    return last.measure.value / first_next_day.measure.value
