"""Whether a reassessment differs from the baseline by more than days differ anyway.

Ten runs on one day tell that day well, and the player hardly better than one run would: two
days of an unchanged player differ by much more than the takes of one day do. So the difference
is judged by how much this player's days of practice scatter about their trend, beginning with a
guess that a handful of days soon outweighs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from practiceear.metrics.quantiles import stdtrit
from practiceear.practice.day_to_day import DayLine, day_variance
from practiceear.practice.trend import FALSE_CALL, Change, DayPoint, change_within

USUAL_VARIATION = 0.2
"""How much days differ, before a player's own are known: SD of the logarithm of their evenness.
A guess on the cautious side, no measurement: it makes an unchanged player's false calls rarer."""

GUESS_DAYS = 4
"""The guess counts as much as so many days of the player's own."""

CHANGE_TO_SEE = math.log(1.0 / 0.8)
"""A fifth less uneven: the change for which the days that are needed are given."""

POWER = 0.8
"""It is to be seen in four cases of five."""

MOST_DAYS = 30


@dataclass(frozen=True, slots=True)
class Variation:
    """How much a player's days differ by themselves.

    Attributes
    ----------
    sd
        SD of the logarithm of a day's evenness: 0.15 is about 15 %.
    n_free
        Degrees of freedom that it rests on, those of the guess among them.
    is_guess
        Whether none of the player's own days are in it.
    """

    sd: float
    n_free: int
    is_guess: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """A reassessment against the baseline; below 0 is more even.

    Attributes
    ----------
    change
        What it says, beside all the others that it is shown with.
    percent, low, high
        The difference, and its interval with the days' own variation in it.
    variation
        How much days differ anyway.
    n_days
        Days of the baseline, and of this reassessment.
    n_days_to_see
        So many days at either end would show a fifth less unevenness in four cases of five;
        None where more than `MOST_DAYS` would be needed.
    """

    change: Change
    percent: float
    low: float
    high: float
    variation: Variation
    n_days: tuple[int, int]
    n_days_to_see: int | None


def usual_variation(lines: Sequence[DayLine]) -> Variation:
    """Return how much days differ.

    Parameters
    ----------
    lines
        Lines through the player's own days, one for each tempo of the drill; may be empty.
    """
    n_own = sum(one.n_free for one in lines)
    power = GUESS_DAYS * USUAL_VARIATION**2
    if n_own:
        power += n_own * day_variance(lines)
    n_free = GUESS_DAYS + n_own
    return Variation(math.sqrt(power / n_free), n_free, is_guess=not n_own)


def compare_stages(
    stages: Sequence[Sequence[DayPoint]], variation: Variation, n_shown: int
) -> tuple[Verdict, ...]:
    """Compare each reassessment with the baseline.

    Parameters
    ----------
    stages
        Days of the baseline, of the first reassessment, and so on.
    variation
        Of the player's days.
    n_shown
        How many comparisons are shown together: each has its share of the 5 % of false calls.
    """
    return tuple(_compare(stages[0], one, variation, n_shown) for one in stages[1:])


def _compare(
    before: Sequence[DayPoint], after: Sequence[DayPoint], variation: Variation, n_shown: int
) -> Verdict:
    difference = _mean_log(after) - _mean_log(before)
    error = math.sqrt(_variance(before, variation) + _variance(after, variation))
    reach = _t(1.0 - FALSE_CALL / n_shown / 2.0, variation) * error
    low, high = difference - reach, difference + reach
    return Verdict(
        change=change_within(low, high),
        percent=100.0 * math.expm1(difference),
        low=100.0 * math.expm1(low),
        high=100.0 * math.expm1(high),
        variation=variation,
        n_days=(len(before), len(after)),
        n_days_to_see=_days_to_see([*before, *after], variation, n_shown),
    )


def as_any_day(day: DayPoint, variation: Variation) -> DayPoint:
    """Return a day with the interval of what it tells of the player: other days differ."""
    error = math.sqrt(_variance([day], variation))
    reach = _t(1.0 - FALSE_CALL / 2.0, variation) * error
    return replace(day, low=day.value * math.exp(-reach), high=day.value * math.exp(reach))


def _t(below: float, variation: Variation) -> float:
    return float(stdtrit(variation.n_free, below))


def _mean_log(days: Sequence[DayPoint]) -> float:
    return float(np.mean([math.log(one.value) for one in days]))


def _variance(days: Sequence[DayPoint], variation: Variation) -> float:
    """Of the mean of some days: they differ, and each is known only so well."""
    return (variation.sd**2 + _take_variance(days)) / len(days)


def _take_variance(days: Sequence[DayPoint]) -> float:
    """Of one day's value by its takes alone."""
    return float(np.mean([(math.log(one.high / one.low) / (2 * 1.96)) ** 2 for one in days]))


def _days_to_see(days: Sequence[DayPoint], variation: Variation, n_shown: int) -> int | None:
    each = variation.sd**2 + _take_variance(days)
    reach = _t(1.0 - FALSE_CALL / n_shown / 2.0, variation) + _t(POWER, variation)
    needed = math.ceil(2.0 * each * (reach / CHANGE_TO_SEE) ** 2)
    return needed if needed <= MOST_DAYS else None
