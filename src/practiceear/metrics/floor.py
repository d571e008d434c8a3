"""What is left of a spread once the detector's own error is taken out.

The errors of the ear and of the hand do not know of each other, so their variances add:
measured² = true² + floor². For intervals the floor is √2 times the error of one onset,
because each holds two. Published floors are those of the median take, and a single take's own
is not known: rooms, microphones and players make it several times larger or smaller. So a
true spread is believed where, over all floors that takes have, it would show as much as was
measured, and no more, often enough: a test by chi-square, turned into an interval.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy.special import chdtrc, ndtri

from practiceear.metrics.metric import Metric
from practiceear.metrics.reliability import CONFIDENCE, Interval, interval_dof

SURER, LESS_SURE = 0.8, 0.53
"""Standard deviations of the logarithm of a take's own floor below and above the published one.
Of 672 rendered takes, missed notes and gross errors included, 95 % lay between 0.17 and 2.8 times
the published floor, half between 0.58 and 1.34, their median at 0.91: nearly these."""

LEAST_FLOOR, MOST_FLOOR = math.exp(-1.96 * SURER), math.exp(1.96 * LESS_SURE)
"""A take's own floor over the published one: about 95 % of takes are in between."""

_CHANCES = ndtri((np.arange(31) + 0.5) / 31)
_FLOORS = np.where(_CHANCES < 0.0, SURER, LESS_SURE) * _CHANCES  # as many equally likely ones
_N_TRUE = 65
_TAIL = (1.0 - CONFIDENCE) / 2.0


def without_floor(metric: Metric, floor: float | None = None, scatter: float = 1.0) -> Metric:
    """Take the detector's own error out of a measured standard deviation.

    Parameters
    ----------
    metric
        A standard deviation with its 95 % interval, or a refusal, which is passed on.
    floor
        What the detector alone would show as a rule, in the unit of the metric; its own
        ``floor`` where None. Where that is not known the metric is returned as it is.
    scatter
        How far single takes' floors lie from that: 1 as far as they were found to, 0 where the
        floor is this take's own.

    Returns
    -------
    Metric
        Same key, unit and n, marked ``is_floor_out``. The value is 0 where no more was measured
        than the floor, the lower bound where some takes' floors would explain it: then the take
        is *at the floor*, and the upper bound is what counts. Where less was measured than the
        floor, the ear was surer than as a rule, and as much as it measured may have been true.

    Raises
    ------
    ValueError
        Where the floor is taken out already, or floor or scatter is below 0.
    """
    floor = metric.floor if floor is None else floor
    if floor < 0.0 or scatter < 0.0:
        raise ValueError(f"floor and scatter must be 0 or more, not {floor} and {scatter}")
    if metric.is_floor_out:
        raise ValueError(f"the floor of {metric.key} is taken out already")
    if metric.is_refused or math.isnan(floor):
        return metric
    value = math.sqrt(max(0.0, metric.value**2 - floor**2))
    if metric.low <= 0.0:  # nothing was measured: there is no interval to be moved
        return replace(metric, value=value, floor=floor, is_floor_out=True)
    low, high = _interval(metric, floor, scatter)
    if floor > metric.value:  # a floor far above what was measured is not this take's
        _, high = _interval(metric, metric.value, scatter)
    low, high = min(low, value), max(high, value)
    return replace(metric, value=value, low=low, high=high, floor=floor, is_floor_out=True)


def _interval(metric: Metric, floor: float, scatter: float) -> Interval:
    """The true spreads that would show less, or more, than was measured too seldom."""
    dof = interval_dof(metric.high / metric.low)
    true = np.linspace(0.0, metric.high, _N_TRUE)
    floors = floor * np.exp(scatter * _FLOORS)
    shown = true[:, None] ** 2 + floors[None, :] ** 2
    as_much = np.mean(chdtrc(dof, dof * metric.value**2 / np.maximum(shown, 1e-30)), axis=1)
    low, high = np.interp((_TAIL, 1.0 - _TAIL), as_much, true)
    return float(low), float(high)
