"""How equal the notes are in level."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.metric import Metric
from practiceear.metrics.reliability import (
    FEWEST_FOR_NUMBER,
    Spread,
    lag_one,
    mean_count,
    mean_interval,
    measured,
    spread_of,
    too_few,
    without_trend,
)
from practiceear.rhythm.alignment import Alignment
from practiceear.rhythm.grid import BoolArray, MetronomeGrid
from practiceear.units import FloatArray

OFF_IN_A_ROOM = 1.5
"""Times the error of one level: a room and a microphone make a spread of levels by so much larger
or smaller, as squares, in at most one rendered take of twenty."""


def loudness_evenness(
    level_dbfs: FloatArray, onset_s: FloatArray, floor_db: float = math.nan
) -> Metric:
    """Measure the standard deviation of note levels around their trend, in dB.

    A steady crescendo is not unevenness, so the straight line over time is taken out.
    Pianists notice differences of 0.7 to 1.2 dB between two tones (Slade et al. 2022).

    ``level_dbfs``: float64, shape (n_notes,): the level of each note; NaN where it has none.
    ``onset_s``: float64, shape (n_notes,): when notes begin. ``floor_db``: what the level
    measurement alone would show for equal notes.
    """
    key, things = MetricKey.LOUDNESS_SD, "notes with a level"
    is_known = np.isfinite(level_dbfs)
    level_dbfs = np.asarray(level_dbfs[is_known], dtype=np.float64)
    onset_s = onset_s[is_known]
    n = int(level_dbfs.size)
    if n < FEWEST_FOR_NUMBER:
        return Metric.unavailable(key, n, too_few(n, things))
    residual = without_trend(level_dbfs, onset_s)
    return spread_of(residual, n_fitted=2).metric(key, things, detector_error=floor_db)


def loudness_in_any_room(metric: Metric, floor_db: float) -> Metric:
    """Count what a room and a microphone do to levels into the interval of ``loudness_evenness``.

    Some notes are lifted and some lowered: neither is known of a take, and the value stays.
    """
    if metric.is_unavailable or math.isnan(floor_db):
        return metric
    off_db = OFF_IN_A_ROOM * floor_db
    low = math.sqrt(max(0.0, metric.low**2 - off_db**2))
    high = math.hypot(metric.high, off_db)
    return replace(metric, low=low, high=high, detector_error=floor_db, is_floor_out=True)


_THINGS = "accents between other notes"


@dataclass(frozen=True, slots=True)
class Accents:
    """How accents stand out.

    ``clarity``: the contrast over the spread of single levels, d' of signal detection (Green &
    Swets 1966): at 1 an accent is louder than another note 3 times in 4, at 2 12 times in 13. The
    detector's error of levels makes it smaller.
    """

    contrast: Metric  # mean level of the accented notes less that of the others around them, in dB
    clarity: Metric


def accents(
    level_dbfs: FloatArray,
    alignment: Alignment,
    is_accented: BoolArray,
    floor_db: float = math.nan,
) -> Accents:
    """Measure how much louder the accented notes are.

    Each accent is compared with the mean of the others before it, since the accent before,
    and of those after it, up to the next one, so that a crescendo is no accent.

    Parameters
    ----------
    level_dbfs
        float64, shape (n_notes,): the level of each note; NaN where it has none.
    alignment
        The same notes beside their slots; extra ones do not count.
    is_accented
        bool, shape (n_notes,): which notes are meant to be louder, such as
        ``accented_notes`` finds.
    floor_db
        The detector's own error of one level; what it does to the contrast is the floor.

    Returns
    -------
    Accents
        Unavailable below 8 accents that stand between other notes.
    """
    is_known = alignment.is_matched & np.isfinite(level_dbfs)
    level_dbfs = np.asarray(level_dbfs[is_known], dtype=np.float64)
    is_accented = is_accented[is_known]
    slots = alignment.slot[is_known].astype(np.float64)
    louder_db = _above_neighbours(level_dbfs, is_accented)
    n = int(louder_db.size)
    if n < FEWEST_FOR_NUMBER:
        return _unavailable(n, too_few(n, _THINGS))
    n_others = int(np.count_nonzero(~is_accented))
    contrast = _mean(louder_db, floor_db * math.sqrt(1.0 / n + 1.0 / n_others))
    spread = _spread(level_dbfs, is_accented, slots)
    return Accents(contrast, _clarity(contrast, spread))


def accented_notes(alignment: Alignment, grid: MetronomeGrid) -> BoolArray:
    """Which notes stand on a slot that begins a group of beats, shape (n_notes,)."""
    return np.asarray(alignment.is_matched & grid.is_accent(alignment.slot), dtype=np.bool_)


def _unavailable(n: int, reason: str) -> Accents:
    return Accents(
        Metric.unavailable(MetricKey.ACCENT_CONTRAST, n, reason),
        Metric.unavailable(MetricKey.ACCENT_CLARITY, n, reason),
    )


def _above_neighbours(level_dbfs: FloatArray, is_accented: BoolArray) -> FloatArray:
    """How far each accent is above the others on both sides; none where a side is empty."""
    where = np.flatnonzero(is_accented)
    before = [level_dbfs[start + 1 : stop] for start, stop in pairwise(where)]
    sides = [level_dbfs[: where[0]], *before, level_dbfs[where[-1] + 1 :]] if where.size else []
    return np.array(
        [
            level_dbfs[note] - (left.mean() + right.mean()) / 2.0
            for note, left, right in zip(where, sides[:-1], sides[1:], strict=True)
            if left.size and right.size
        ]
    )


def _mean(louder_db: FloatArray, floor_db: float) -> Metric:
    n, mean = int(louder_db.size), float(louder_db.mean())
    count = min(float(n), mean_count(n, lag_one(louder_db - mean)))
    interval = mean_interval(mean, float(louder_db.std(ddof=1)), n, count)
    return measured(MetricKey.ACCENT_CONTRAST, mean, n, interval, detector_error=floor_db)


def _spread(level_dbfs: FloatArray, is_accented: BoolArray, slots: FloatArray) -> Spread:
    """How far levels spread about their kind's mean and a common line over time."""
    design = np.column_stack((is_accented, ~is_accented, slots - slots.mean()))
    fitted = design @ np.linalg.lstsq(design, level_dbfs, rcond=None)[0]
    return spread_of(np.asarray(level_dbfs - fitted, dtype=np.float64), n_fitted=3)


def _clarity(contrast: Metric, spread: Spread) -> Metric:
    """A ratio of two numbers that are both uncertain (Zou & Donner 2008)."""
    n = contrast.n
    if spread.sd < 1e-9 or spread.n_more:
        return Metric.unavailable(MetricKey.ACCENT_CLARITY, n, "the spread of levels is not known")
    value = contrast.value / spread.sd
    wider, narrower = (
        abs(value) * (1.0 - spread.sd / spread.high),
        abs(value) * (spread.sd / spread.low - 1.0),
    )
    down, up = (wider, narrower) if value > 0 else (narrower, wider)
    interval = (
        value - math.hypot((contrast.value - contrast.low) / spread.sd, down),
        value + math.hypot((contrast.high - contrast.value) / spread.sd, up),
    )
    return measured(MetricKey.ACCENT_CLARITY, value, n, interval)
