"""Two takes compared: how far apart they are, and whether that is chance.

What is compared are two measures with their intervals; how much each rests on is read
back from its interval, so that whatever made it wide (few notes, notes that resemble
their neighbours) counts here as well:

* standard deviations by their ratio: a chi-square interval tells its degrees of freedom,
  and two of them give an F interval of the ratio;
* means and slopes, whose intervals are symmetric, by their difference (Welch 1947);
* all else, shares and spreads that had the detector's floor taken out, by their
  difference too, put together from the four bounds (Zou & Donner 2008).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.metric import Metric
from practiceear.metrics.quantiles import chdtri, fdtri, ndtri, stdtrit
from practiceear.metrics.reliability import CONFIDENCE, Interval, interval_dof

POWER = 0.8
"""Notes needed are counted so that four takes in five would show the difference."""

MOST_NEEDED = 100_000
"""Beyond so many notes a number would only be noise."""

_TAIL = (1.0 - CONFIDENCE) / 2.0
_NOTHING = 1e-6  # of the other take's: a rounding error, not a spread
_SAME_SHAPE = 0.02
_SYMMETRIC = 1e-6


class Scale(Enum):
    """How two values are compared with each other."""

    RATIO = "ratio"
    """The second over the first: 1 is alike."""

    DIFFERENCE = "difference"
    """The second less the first: 0 is alike."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same measure of two takes.

    Attributes
    ----------
    first, second
        The measures, as each take gave them.
    scale
        Whether ``value`` is a ratio or a difference (in the unit of the measures).
    value, low, high
        How far apart they are, with an interval; NaN where unavailable.
    confidence
        Of that interval: 0.95, or more where several questions share the chance.
    n_needed
        How many of what n counts each take would need so that a true difference of this
        size is found four times in five; NaN where unavailable, infinite beyond 100,000.
    detectable
        The smallest ratio above 1, or the smallest difference, that takes like these
        would show four times in five; NaN where unavailable.
    reason
        Empty, or why the two cannot be compared, in words for the player.
    """

    first: Metric
    second: Metric
    scale: Scale
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    confidence: float = CONFIDENCE
    n_needed: float = math.nan
    detectable: float = math.nan
    reason: str = ""

    def __post_init__(self) -> None:
        if self.first.key != self.second.key:
            raise ValueError(f"{self.first.key} cannot be compared with {self.second.key}")
        if bool(self.reason) == math.isfinite(self.value):
            raise ValueError(f"comparing {self.key} needs either a value or a reason")

    @property
    def key(self) -> MetricKey:
        """What is compared."""
        return self.first.key

    @property
    def is_unavailable(self) -> bool:
        """Whether there is a reason instead of a comparison."""
        return bool(self.reason)

    @property
    def is_different(self) -> bool:
        """Whether chance does not explain it."""
        alike = 1.0 if self.scale is Scale.RATIO else 0.0
        return not self.is_unavailable and not self.low <= alike <= self.high

    @property
    def is_within_floor(self) -> bool:
        """Whether another room or another place of the microphone could have made it.

        Only what the detector's floor says of means; spreads that are at the floor in
        both takes are not compared.
        """
        floors = [
            metric.detector_error
            for metric in (self.first, self.second)
            if math.isfinite(metric.detector_error)
        ]
        is_mean = _is_mean(self.first) and _is_mean(self.second)
        return is_mean and bool(floors) and abs(self.value) <= max(floors)


def compare(first: Metric, second: Metric, confidence: float = CONFIDENCE) -> Comparison:
    """Compare the same measure of two takes.

    ``first``, ``second``: measures of one key. ``confidence``: of the interval: above 0.95 where
    several comparisons share the chance.

    ValueError where the keys or units differ, or the confidence is not between 0 and 1.
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must be between 0 and 1, not {confidence}")
    for take, metric in (("the first take", first), ("the second take", second)):
        if metric.is_unavailable:
            reason = f"{take} gives no number: {metric.reason}"
            return Comparison(first, second, Scale.DIFFERENCE, confidence=confidence, reason=reason)
    dofs = spread_dof(first), spread_dof(second)
    if first.is_at_detector_error and second.is_at_detector_error and not _is_mean(first):
        reason = "both are at the floor: the detector alone explains them"
        return Comparison(first, second, Scale.DIFFERENCE, confidence=confidence, reason=reason)
    smaller, larger = sorted((first.value, second.value))
    is_ratio = smaller >= _NOTHING * larger
    if is_ratio and dofs[0] is not None and dofs[1] is not None:
        return _by_ratio(first, second, (dofs[0], dofs[1]), confidence)
    return _by_difference(first, second, confidence)


def shared_confidence(n_questions: int, chance: float = 1.0 - CONFIDENCE) -> float:
    """Confidence of each of several intervals that may fail together at most so often."""
    if n_questions < 1:
        raise ValueError(f"there must be a question to share among, not {n_questions}")
    return 1.0 - chance / n_questions


def spread_dof(metric: Metric) -> float | None:
    """Read the degrees of freedom of a standard deviation from its interval.

    None where the interval is not of the chi-square kind.
    """
    if not 0.0 < metric.low < metric.value < metric.high or _is_symmetric(metric):
        return None
    dof = interval_dof(metric.high / metric.low)
    expected = metric.low * math.sqrt(float(chdtri(dof, _TAIL)) / dof)
    return dof if abs(expected / metric.value - 1.0) < _SAME_SHAPE else None


def _by_ratio(
    first: Metric, second: Metric, dofs: tuple[float, float], confidence: float
) -> Comparison:
    ratio, tail = second.value / first.value, (1.0 - confidence) / 2.0
    low = ratio / math.sqrt(float(fdtri(dofs[1], dofs[0], 1.0 - tail)))
    high = ratio / math.sqrt(float(fdtri(dofs[1], dofs[0], tail)))
    # The logarithm of an SD is known to 1 / (2 dof).
    squares = [1.0 / (2.0 * dof) for dof in dofs]
    effect = abs(math.log(ratio))
    return Comparison(
        first,
        second,
        Scale.RATIO,
        ratio,
        low,
        high,
        confidence,
        n_needed=_needed(effect, (first, second), squares, confidence),
        detectable=math.exp(_quantiles(confidence) * math.sqrt(sum(squares))),
    )


def _by_difference(first: Metric, second: Metric, confidence: float) -> Comparison:
    if _is_mean(first) and _is_mean(second):
        interval, squares = _welch(first, second, confidence)
    else:
        interval, squares = _from_bounds(first, second, confidence)
    difference = second.value - first.value
    return Comparison(
        first,
        second,
        Scale.DIFFERENCE,
        difference,
        *interval,
        confidence,
        n_needed=_needed(abs(difference), (first, second), squares, confidence),
        detectable=_quantiles(confidence) * math.sqrt(sum(squares)),
    )


def _welch(first: Metric, second: Metric, confidence: float) -> tuple[Interval, list[float]]:
    """Interval of a difference of means, and their squared standard errors."""
    dofs = [max(1.0, metric.n - 1.0) for metric in (first, second)]
    squares = [
        (_chance_reach(metric) / float(stdtrit(dof, 1.0 - _TAIL))) ** 2
        for metric, dof in zip((first, second), dofs, strict=True)
    ]
    total = sum(squares)
    parts = sum(square**2 / dof for square, dof in zip(squares, dofs, strict=True))
    dof = total**2 / parts if parts > 0.0 else sum(dofs)
    reach = float(stdtrit(dof, (1.0 + confidence) / 2.0)) * math.sqrt(total)
    difference = second.value - first.value
    return (difference - reach, difference + reach), squares


def _chance_reach(mean: Metric) -> float:
    """How far a mean may be off by chance: what a room does, it does to both takes."""
    return mean.chance_reach if _holds_bias(mean) else (mean.high - mean.low) / 2.0


def _holds_bias(metric: Metric) -> bool:
    return math.isfinite(metric.chance_reach)


def _is_mean(metric: Metric) -> bool:
    return _holds_bias(metric) or _is_symmetric(metric)


def _from_bounds(first: Metric, second: Metric, confidence: float) -> tuple[Interval, list[float]]:
    """Interval of a difference from the bounds of both, and about their squared errors."""
    usual = float(ndtri(1.0 - _TAIL))
    wider = float(ndtri((1.0 + confidence) / 2.0)) / usual
    difference = second.value - first.value
    below = math.hypot(second.value - second.low, first.high - first.value)
    above = math.hypot(second.high - second.value, first.value - first.low)
    squares = [((metric.high - metric.low) / 2.0 / usual) ** 2 for metric in (first, second)]
    return (difference - wider * below, difference + wider * above), squares


def _is_symmetric(metric: Metric) -> bool:
    below, above = metric.value - metric.low, metric.high - metric.value
    return abs(above - below) <= _SYMMETRIC * (above + below)


def _quantiles(confidence: float) -> float:
    """How many standard errors an effect must have to be found with the power wanted."""
    return float(ndtri((1.0 + confidence) / 2.0)) + float(ndtri(POWER))


def _needed(
    effect: float, takes: tuple[Metric, Metric], squares: list[float], confidence: float
) -> float:
    """How many notes a side make an effect as many standard errors as it must have."""
    by_note = sum(metric.n * square for metric, square in zip(takes, squares, strict=True))
    if effect <= 0.0:
        return math.inf
    needed = math.ceil((_quantiles(confidence) / effect) ** 2 * by_note)
    return float(needed) if needed <= MOST_NEEDED else math.inf
