"""Habit against wander: what repeats from run to run, and what does not.

*Irregularity* is how far the notes of a pattern lie from an even row on average over its
runs: habit, fingering, phrasing. *Instability* is how much each note moves from run to
run: chance (van Vugt, Jabusch & Altenmüller 2012, doi 10.3389/fpsyg.2012.00495). *Medial
SD-IOI* is the median over directions of the mean over runs of the SD of inter-onset
intervals (Jabusch, Vauth & Altenmüller 2004, doi 10.1002/mds.10671).

All three take runs, not notes, to be independent: within a run notes may wander as they
like (``run_wander.py``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.metric import Metric
from practiceear.metrics.quantiles import stdtrit
from practiceear.metrics.reliability import (
    CONFIDENCE,
    Interval,
    is_narrow,
    more_needed,
    sd_interval,
    too_few,
    too_vague,
)
from practiceear.metrics.runs.alignment import AlignedRuns
from practiceear.metrics.runs.finding import FEWEST_RUNS
from practiceear.metrics.runs.wander import habit_interval, pooled_wander
from practiceear.units import FloatArray

FEWEST_FOR_FIRM_RUNS = 10
"""Ten to fifteen runs are what the protocol of Jabusch, Vauth & Altenmüller asks for."""

_TAIL = (1.0 - CONFIDENCE) / 2.0
_THINGS = "runs of one pattern"
_NO_PATTERN = "no scale or pattern was played again and again"
_UNEQUAL = "the notes of the pattern have several lengths"
_FEWEST_INTERVALS = 4
_N_FITTED = 3  # line and alternation


def measurable_patterns(patterns: Sequence[AlignedRuns]) -> tuple[AlignedRuns, ...]:
    """Patterns with even notes, and with runs enough to tell habit from wander."""
    return tuple(
        pattern for pattern in patterns if pattern.is_even and pattern.n_runs >= FEWEST_RUNS
    )


def instability(patterns: Sequence[AlignedRuns], floor_s: float = math.nan) -> Metric:
    """Measure how much notes move from run to run, in seconds.

    ``patterns``: from ``align_runs``. All those of at least five runs count, each for its notes.
    ``floor_s``: what the detector alone would show: its error of one onset.
    """
    key = MetricKey.INSTABILITY
    measurable = measurable_patterns(patterns)
    if not measurable:
        return _unavailable(key, patterns)
    wander = pooled_wander(measurable)
    n_runs = _n_runs(measurable)

    def interval(count: int) -> Interval:
        """The interval expected of n runs like these."""
        return sd_interval(math.sqrt(wander.variance), wander.dof * count / n_runs)

    if n_more := more_needed(n_runs, lambda count: is_narrow(interval(count))):
        return Metric.unavailable(key, n_runs, too_vague(n_runs, _THINGS, n_more))
    return _metric(key, math.sqrt(wander.variance), n_runs, interval(n_runs), floor_s)


def irregularity(patterns: Sequence[AlignedRuns], floor_s: float = math.nan) -> Metric:
    """Measure how far notes are off an even row in every run alike, in seconds.

    The mean over K runs still holds 1/K of what moves by chance; that is taken out. 0
    where chance explains all there is.

    ``patterns``: as for ``instability``. ``floor_s``: what the detector alone would show at most:
    its error of one onset, were it the same every time that note is played.
    """
    key = MetricKey.IRREGULARITY
    measurable = measurable_patterns(patterns)
    if not measurable:
        return _unavailable(key, patterns)
    wander = pooled_wander(measurable)
    value = math.sqrt(max(0.0, wander.mean_square - wander.chance))
    low, high = habit_interval(wander)
    return _metric(key, value, _n_runs(measurable), (math.sqrt(low), math.sqrt(high)), floor_s)


def medial_sd_ioi(patterns: Sequence[AlignedRuns], floor_s: float = math.nan) -> Metric:
    """Measure the median over directions of the mean over runs of the SD-IOI, in seconds.

    Runs up and runs down are averaged apart; patterns that go both ways count only where
    nothing goes one way. Needs five runs of each direction that counts.

    ``patterns``: from ``align_runs``. ``floor_s``: what the detector alone would show:
    ``sd_ioi_floor(s_det_s)``.
    """
    key = MetricKey.MEDIAL_SD_IOI
    by_direction = {
        direction: np.concatenate([np.zeros(0), *(run_sds(pattern) for pattern in some)])
        for direction in ("up", "down", "")
        if (
            some := [
                pattern
                for pattern in patterns
                if pattern.direction == direction and pattern.is_even
            ]
        )
    }
    groups = [sds for sds in by_direction.values() if sds.size >= FEWEST_RUNS]
    if len(groups) > 1 and by_direction.get("", np.zeros(0)).size >= FEWEST_RUNS:
        groups = groups[:-1]
    if not groups:
        return _unavailable(key, patterns)
    # The median of one or two directions is their mean.
    squares = np.array([sds.var(ddof=1) / sds.size for sds in groups])
    value = float(np.mean([sds.mean() for sds in groups]))
    dofs = np.array([sds.size - 1.0 for sds in groups])
    total = float(squares.sum())
    dof = total**2 / float(np.sum(squares**2 / dofs)) if total > 0 else float(dofs.sum())
    reach = float(stdtrit(dof, 1.0 - _TAIL)) * math.sqrt(total) / len(groups)
    interval = (value - reach, value + reach)
    return _metric(key, value, sum(sds.size for sds in groups), interval, floor_s)


def alternate_offset(patterns: Sequence[AlignedRuns], floor_s: float = math.nan) -> Metric:
    """Measure how much later every second note is than the others, in seconds.

    Where bow, pick or sticking alternate, this is one stroke against the other. Positive:
    the second, fourth ... note of a run is late. The interval (Student) is of notes, each
    averaged over its runs, so that a single late note is not taken for a late stroke.

    ``patterns``: from ``align_runs``. ``floor_s``: how far off it may be by the detector's doing,
    at most.
    """
    key = MetricKey.ALTERNATE_OFFSET
    measurable = measurable_patterns(patterns)
    if not measurable:
        return _unavailable(key, patterns)
    share = np.array([pattern.n_places for pattern in measurable]) / sum(
        pattern.n_places for pattern in measurable
    )
    each = [
        _alternation(np.nanmean(pattern.late_s, axis=0), pattern.place) for pattern in measurable
    ]
    value = float(np.sum(share * [alternation.offset_s for alternation in each]))
    error = math.sqrt(float(np.sum(share**2 * [alternation.square_s2 for alternation in each])))
    dof = sum(pattern.n_places - _N_FITTED for pattern in measurable)
    reach = float(stdtrit(dof, 1.0 - _TAIL)) * error
    return _metric(key, value, _n_runs(measurable), (value - reach, value + reach), floor_s)


@dataclass(frozen=True, slots=True)
class _Alternation:
    """How much later every second note is, and the square of that figure's error."""

    offset_s: float
    square_s2: float


def _alternation(late_s: FloatArray, place: FloatArray) -> _Alternation:
    """Fit line and alternation together, for the line has taken some of it."""
    design = np.column_stack((np.ones(place.size), place, np.arange(place.size) % 2))
    inverse = np.linalg.pinv(design)
    fitted = inverse @ late_s
    power = float(np.sum((late_s - design @ fitted) ** 2)) / (place.size - _N_FITTED)
    return _Alternation(float(fitted[2]), power * float(np.sum(inverse[2] ** 2)))


def run_sds(pattern: AlignedRuns) -> FloatArray:
    """The SD of the equal inter-onset intervals of each run that has at least four, s."""
    ioi_s = np.diff(pattern.onset_s, axis=1)
    is_equal = (np.diff(pattern.place) == 1.0) & np.isfinite(ioi_s)
    is_equal &= ~pattern.is_after_breath[:, 1:]
    return np.array(
        [
            row[counts].std(ddof=1)
            for row, counts in zip(ioi_s, is_equal, strict=True)
            if np.count_nonzero(counts) >= _FEWEST_INTERVALS
        ]
    )


def _n_runs(patterns: Sequence[AlignedRuns]) -> int:
    return sum(pattern.n_runs for pattern in patterns)


def _metric(
    key: MetricKey, value: float, n_runs: int, interval: Interval, floor_s: float
) -> Metric:
    low, high = interval
    is_rough = n_runs < FEWEST_FOR_FIRM_RUNS
    return Metric(key, value, n_runs, low, high, detector_error=floor_s, is_rough=is_rough)


def _unavailable(key: MetricKey, patterns: Sequence[AlignedRuns]) -> Metric:
    """Say what is missing: a pattern, even notes, or more runs."""
    if not patterns:
        return Metric.unavailable(key, 0, _NO_PATTERN)
    even = [pattern.n_runs for pattern in patterns if pattern.is_even]
    if not even:
        return Metric.unavailable(key, patterns[0].n_runs, _UNEQUAL)
    return Metric.unavailable(key, max(even), too_few(max(even), _THINGS, FEWEST_RUNS))
