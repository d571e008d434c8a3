"""How far a number can be trusted: smallest counts, 95 % intervals, detector floors.

Successive notes are not independent. Inter-onset intervals share an onset, so the
errors of single onsets (the player's hand, the detector) make neighbours alternate,
lag-1 correlation -0.5, while an uneven inner clock leaves them uncorrelated (Wing &
Kristofferson 1973). Deviations from a click wander, because only part of each error is
corrected on the next note (Repp 2005). Both make a series tell less than its n says.
The intervals here count that as far as n allows: the lag-1 correlation is estimated,
and n is divided by what it costs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.metric import Metric
from practiceear.metrics.quantiles import chdtri, stdtrit
from practiceear.rhythm.grid import BoolArray
from practiceear.units import FloatArray

FEWEST_FOR_NUMBER = 8
"""Below this a spread is not known to within a factor of two: no number."""

FEWEST_FOR_MEAN = 16
FEWEST_FOR_SLOPE = 24
"""From fewer wandering notes a mean or slope claims more than it knows. Measured on simulated
takes: of those with few notes that are left once too wide intervals are rejected, down to
80 % hold the truth; from here on 92 % and more where neighbours are correlated by 0.3."""

WIDEST_RATIO = 4.0
"""A positive number whose interval is wider from end to end is rejected: it is not known to
within a factor of two either way. Eight independent notes give 3.1, and 4 is reached below
5 degrees of freedom (chi-square): where few notes wander, or a median is taken of few."""

FEWEST_FOR_FIRM = 32
"""From here on the 95 % interval of a spread is within about a quarter of it."""

CONFIDENCE = 0.95
_TAIL = (1.0 - CONFIDENCE) / 2.0

_STRONGEST = 0.9
_FEWEST_DOF, _MOST_DOF = 0.5, 1e7
_MOST_NEEDED = 10_000
_ROUNDING = 1e-9  # a nanosecond, a thousand-millionth of a dB: no pattern of a player's

MAD_TO_SD = 1.4826
"""For normal errors the SD is this many median absolute deviations."""

MAD_EFFICIENCY = 0.37
"""A MAD tells as much as an SD of 37 % as many values (Rousseeuw & Croux 1993)."""

Interval = tuple[float, float]


def too_few(n: int, things: str, fewest: int = FEWEST_FOR_NUMBER) -> str:
    """Say how many more notes or intervals are needed, in words for the player."""
    return f"too few {things} ({n} of the {fewest} needed, {fewest - n} more)"


def too_vague(n: int, things: str, n_more: int) -> str:
    """Say that ``n`` notes or intervals tell too little, and about how many would."""
    return f"too uncertain from {n} {things}, about {n_more} more needed"


def is_narrow(interval: Interval) -> bool:
    """Whether a positive number is known to within a factor of two either way."""
    low, high = interval
    return high <= WIDEST_RATIO * low


def more_needed(n: int, is_enough: Callable[[int], bool]) -> int:
    """Count about how many more values like the ``n`` there are would be enough.

    ``n``: how many there are. ``is_enough``: whether so many values would be.

    Returns
    -------
    int
        0 where there are enough; else to within 2 %, which is more than the guess is worth.
    """
    count = n
    while not is_enough(count) and count < _MOST_NEEDED:
        count += max(1, count // 50)
    return count - n


def lag_one(residual: FloatArray, n_fitted: int = 1, is_adjacent: BoolArray | None = None) -> float:
    """Estimate the lag-1 correlation of what is left after a mean or more is taken out.

    ``residual``: float64, shape (n,). ``n_fitted``: how many means and slopes were taken out.
    ``is_adjacent``: bool, shape (n,): whether each value follows the one before it without a break;
    all of them where None. The first is never counted.

    Returns
    -------
    float
        Between -0.9 and 0.9; the small-sample bias, -(1 + 3r)/n for a mean (Kendall
        1954), is taken out. 0 where nothing can be said.
    """
    power = float(np.sum(residual * residual))
    n = residual.size
    if n < 3 or power <= n * _ROUNDING**2:
        return 0.0
    products = residual[:-1] * residual[1:]
    pairs = np.ones(n - 1, dtype=np.bool_) if is_adjacent is None else is_adjacent[1:]
    n_pairs = int(np.count_nonzero(pairs))
    if n_pairs == 0:
        return 0.0
    correlation = float(products[pairs].sum()) / power * n / n_pairs
    correlation += (n_fitted + (n_fitted + 2) * correlation) / n
    return float(np.clip(correlation, -_STRONGEST, _STRONGEST))


def sd_dof(dof: float, correlation: float, adjacent_share: float = 1.0) -> float:
    """Degrees of freedom that a standard deviation really rests on.

    The variance of a variance grows by the sum of squared correlations (Bartlett 1946):
    1 + 2 r² where only neighbours are correlated, as intervals are that share an onset,
    and (1 + r²) / (1 - r²) where a wandering series forgets by r a note.
    """
    squared = correlation * correlation
    cost = 1.0 + 2.0 * squared if correlation < 0 else (1.0 + squared) / (1.0 - squared)
    return max(1.0, dof / (1.0 + adjacent_share * (cost - 1.0)))


def mean_count(n: int, correlation: float) -> float:
    """How many independent values a mean over correlated ones is worth.

    n (1 - r) / (1 + r): alternating errors cancel, wandering ones add up. An estimated r
    is moved half to three quarters of its standard error towards the fewer.
    """
    if correlation > 0:
        correlation = _cautious(correlation, n)
    else:
        correlation = min(0.0, correlation + 0.75 / math.sqrt(n))
    return max(2.0, n * (1.0 - correlation) / (1.0 + correlation))


def _cautious(correlation: float, n: int) -> float:
    """Half a standard error more than a correlation that makes n worth less."""
    return min(_STRONGEST, correlation + 0.5 / math.sqrt(n))


def sd_interval(sd: float, dof: float) -> Interval:
    """Give the 95 % interval of a standard deviation of normal errors (chi-square)."""
    low = sd * math.sqrt(dof / float(chdtri(dof, _TAIL)))
    high = sd * math.sqrt(dof / float(chdtri(dof, 1.0 - _TAIL)))
    return low, high


def interval_dof(ratio: float) -> float:
    """Read the degrees of freedom of a 95 % interval of a standard deviation, high over low."""
    low, high = math.log(_FEWEST_DOF), math.log(_MOST_DOF)
    for _ in range(60):
        middle = (low + high) / 2.0
        dof = math.exp(middle)
        is_wider = float(chdtri(dof, _TAIL)) / float(chdtri(dof, 1.0 - _TAIL)) > ratio**2
        low, high = (middle, high) if is_wider else (low, middle)
    return dof


def mean_interval(mean: float, sd: float, n: int, count: float) -> Interval:
    """Give the 95 % interval of a mean of ``n`` values worth ``count`` (Student)."""
    reach = float(stdtrit(min(n, count) - 1.0, 1.0 - _TAIL)) * sd / math.sqrt(count)
    return mean - reach, mean + reach


def slope_interval(slope: float, standard_error: float, dof: float) -> Interval:
    """Give the 95 % interval of a least squares slope (Student)."""
    reach = float(stdtrit(max(1.0, dof), 1.0 - _TAIL)) * standard_error
    return slope - reach, slope + reach


def sd_ioi_floor(s_det_s: float) -> float:
    """Return the SD-IOI of a perfectly even player, for a detector error of ``s_det_s``.

    Each interval holds the errors of two onsets.
    """
    return math.sqrt(2.0) * s_det_s


def without_trend(value: FloatArray, time_s: FloatArray) -> FloatArray:
    """Return what is left of a series after its straight line over time is taken out."""
    off_middle = time_s - time_s.mean()
    power = float(np.sum(off_middle * off_middle))
    slope = float(np.sum(off_middle * value)) / power if power > 0 else 0.0
    return np.asarray(value - value.mean() - slope * off_middle, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Spread:
    """A standard deviation with its 95 % interval, in the unit of its values.

    ``sd``, ``low``, ``high``: the estimate and its interval. ``n``: how many values it rests on.
    ``n_more``: about how many more are needed where the interval is too wide to be informative;
    else 0.
    """

    sd: float
    low: float
    high: float
    n: int
    n_more: int = 0

    def metric(
        self,
        key: MetricKey,
        things: str,
        *,
        scale: float = 1.0,
        detector_error: float = math.nan,
    ) -> Metric:
        """Return it as a metric, all numbers times ``scale``; ``things`` are what n counts."""
        if self.n_more:
            return Metric.unavailable(key, self.n, too_vague(self.n, things, self.n_more))
        interval = (scale * self.low, scale * self.high)
        return measured(
            key, scale * self.sd, self.n, interval, detector_error=scale * detector_error
        )


def spread_of(
    residual: FloatArray,
    n_fitted: int = 1,
    *,
    is_adjacent: BoolArray | None = None,
    robust: bool = False,
) -> Spread:
    """Measure how far values spread about the means and slopes that were fitted to them.

    ``residual``: float64, shape (n,): what is left of the values, in playing order. ``n_fitted``:
    how many means and slopes were taken out. ``is_adjacent``: as in ``lag_one``. ``robust``: use
    1.4826 times the median absolute deviation.
    """
    n = int(residual.size)
    sd = math.sqrt(float(np.sum(residual * residual)) / (n - n_fitted))
    if robust:
        median = np.median(residual)
        # Means and slopes that were fitted make residuals too small.
        sd = MAD_TO_SD * float(np.median(np.abs(residual - median))) * math.sqrt(n / (n - n_fitted))
    correlation = lag_one(residual, n_fitted, is_adjacent)
    share = 1.0 if is_adjacent is None else float(np.mean(is_adjacent))

    def interval(count: int) -> Interval:
        """The interval expected of n values like these."""
        strength = _cautious(correlation, count) if correlation > 0 else correlation
        dof = sd_dof(float(count - n_fitted), strength, share)
        return sd_interval(sd, max(1.0, MAD_EFFICIENCY * dof) if robust else dof)

    n_more = more_needed(n, lambda count: is_narrow(interval(count)))
    return Spread(sd, *interval(n), n, n_more)


def mean_metric(
    key: MetricKey,
    values: FloatArray,
    things: str,
    *,
    is_informative: Callable[[Interval], bool] = is_narrow,
    detector_error: float = math.nan,
) -> Metric:
    """Measure the mean of a series, or refuse it where that would tell nothing.

    ``values``: float64, shape (n,), in playing order. ``things``: what n counts, in words for the
    player. ``is_informative``: whether an interval still tells something. ``detector_error``: what
    the detector alone would show.
    """
    n = int(values.size)
    if n < FEWEST_FOR_MEAN:
        return Metric.unavailable(key, n, too_few(n, things, FEWEST_FOR_MEAN))
    mean = float(values.mean())
    sd, correlation = float(values.std(ddof=1)), lag_one(values - mean)

    def interval(count: int) -> Interval:
        """The interval expected of n values like these."""
        return mean_interval(mean, sd, count, mean_count(count, correlation))

    if n_more := more_needed(n, lambda count: is_informative(interval(count))):
        return Metric.unavailable(key, n, too_vague(n, things, n_more))
    return measured(key, mean, n, interval(n), detector_error=detector_error)


def with_detector_bias(mean: Metric, off_by: float) -> Metric:
    """Let the interval of a mean hold the detector's own error besides what chance does.

    ``off_by`` is how far the detector's mean is off in one take of twenty at most; NaN: not known.
    """
    if mean.is_unavailable or math.isnan(off_by):
        return mean
    chance_reach = mean.value - mean.low
    reach = math.hypot(chance_reach, off_by)
    return replace(
        mean,
        low=mean.value - reach,
        high=mean.value + reach,
        detector_error=off_by,
        is_floor_out=True,
        chance_reach=chance_reach,
    )


def measured(
    key: MetricKey,
    value: float,
    n: int,
    interval: Interval,
    *,
    detector_error: float = math.nan,
) -> Metric:
    """Build a metric, marked as rough below ``FEWEST_FOR_FIRM``."""
    low, high = interval
    is_rough = n < FEWEST_FOR_FIRM
    return Metric(key, value, n, low, high, detector_error=detector_error, is_rough=is_rough)
