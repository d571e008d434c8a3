"""On which side of the click the playing is: one rule for the playing screen and the summary.

Needs no numbers library: the playing screen asks it many times a second.
"""

from __future__ import annotations

import math
from enum import Enum

INNER_S = 0.006
"""The smallest displacement in an even sequence that listeners notice (Friberg & Sundberg 1995):
by less nobody is called early or late."""


class Side(Enum):
    """Where the playing is."""

    EARLY = "early"
    ON_CLICK = "on the click"
    LATE = "late"
    OPEN = "open"  # not known yet either way


def side_of(late_s: float, chance_s: float, bias_s: float, outer_s: float) -> Side:
    """Judge a mean or median deviation from the click.

    Parameters
    ----------
    late_s
        The deviation in seconds, late is positive; NaN where there is none.
    chance_s
        How far chance may have moved it.
    bias_s
        How far off the detector's own mean, or the click's own time, may be.
    outer_s
        From where on a displaced note is clearly heard at this tempo.

    Returns
    -------
    Side
        Early or late beyond chance, bias and 6 ms. On the click where it is near enough, or
        where the detector's bias covers it and chance adds little to that.
    """
    if not (math.isfinite(late_s) and math.isfinite(chance_s)):
        return Side.OPEN
    off_s = abs(late_s)
    is_proven = off_s > math.hypot(chance_s, bias_s)
    if is_proven and off_s > INNER_S:
        return Side.LATE if late_s > 0.0 else Side.EARLY
    is_near = off_s + chance_s <= max(outer_s, bias_s)
    is_covered = off_s <= bias_s and chance_s <= max(outer_s, bias_s) / 2.0
    return Side.ON_CLICK if is_proven or is_near or is_covered else Side.OPEN
