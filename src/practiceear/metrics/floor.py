"""What is left of a spread once the detector's own error is taken out.

The errors of the ear and of the hand do not know of each other, so their variances add:
measured² = true² + floor². For intervals the floor is √2 times the error of one onset,
because each holds two. The true spread is the difference of two variances that are both
known only so well; its interval is put together from theirs (Zou & Donner 2008, the
method of variance estimates recovery): each bound is as far from the estimate as the
bounds of the two that pull it that way, added as squares.
"""

from __future__ import annotations

import math
from dataclasses import replace

from practiceear.metrics.metric import Metric
from practiceear.metrics.reliability import Interval

FLOOR_ERROR = 0.1
"""How far off, as a share, a floor may be: half its 95 % interval. Of some hundred rendered
notes a standard deviation is known to 7 %; the rest is for rooms unlike the rendered ones."""


def without_floor(
    metric: Metric, floor: float | None = None, floor_error: float = FLOOR_ERROR
) -> Metric:
    """Take the detector's own error out of a measured standard deviation.

    Parameters
    ----------
    metric
        A standard deviation with its 95 % interval, or a refusal, which is passed on.
    floor
        What the detector alone would show, in the unit of the metric; its own ``floor``
        where None. Where that is not known the metric is returned as it is.
    floor_error
        Half the 95 % interval of the floor, as a share of it; 0 up to 1.

    Returns
    -------
    Metric
        Same key, unit and n, marked ``is_floor_out``. The lower bound is 0 where the
        detector alone explains what was measured: then the take is *at the floor*, and the
        upper bound is what counts. Where less was measured than the floor, the ear was surer
        in this take than it is as a rule, and as much as it measured may have been true.

    Raises
    ------
    ValueError
        Where the floor is taken out already, or floor or its error is out of range.
    """
    floor = metric.floor if floor is None else floor
    if not 0.0 <= floor_error < 1.0:
        raise ValueError(f"floor_error must be 0 or more and below 1, not {floor_error}")
    if floor < 0.0:
        raise ValueError(f"floor must be 0 or more, not {floor}")
    if metric.is_floor_out:
        raise ValueError(f"the floor of {metric.key} is taken out already")
    if metric.is_refused or math.isnan(floor):
        return metric
    value = math.sqrt(max(0.0, metric.value**2 - floor**2))
    low, high = _interval(metric, floor, floor_error)
    return replace(metric, value=value, low=low, high=high, floor=floor, is_floor_out=True)


def _interval(metric: Metric, floor: float, floor_error: float) -> Interval:
    square = metric.value**2
    below = math.hypot(square - metric.low**2, ((1.0 + floor_error) ** 2 - 1.0) * floor**2)
    low = math.sqrt(max(0.0, square - floor**2 - below))
    if metric.high < (1.0 - floor_error) * floor:  # this floor is not this take's
        return low, metric.high
    floor = min(floor, metric.value)
    above = math.hypot(metric.high**2 - square, (1.0 - (1.0 - floor_error) ** 2) * floor**2)
    return low, math.sqrt(square - floor**2 + above)
