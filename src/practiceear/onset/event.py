"""Onset events: provisional, confirmed and retracted.

An onset is *provisional* as early as the detector dares, for the live dot on the
screen. About a tenth of a second later it is *confirmed*, often moved by some
milliseconds, or *retracted*; onsets too soft for an early answer come confirmed only. Metrics
and reports use confirmed onsets only. What was *half heard* stayed below the threshold: no
onset, but a sign that notes may be missing.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from practiceear.units import FloatArray


class OnsetKind(IntEnum):
    """The states of an onset, and what was too faint to be one."""

    PROVISIONAL = 1
    CONFIRMED = 2
    RETRACTED = 3
    HALF_HEARD = 4
    CLICK = 5  # confirmed by the detector, and recognised as a metronome's


N_SOUND = 67
"""Bands of an onset's ``sound``: a semitone each, from 50 Hz on."""

ONSET = np.dtype(
    [
        ("onset_id", np.int64),  # the same for a call and what became of it, from 0; -1 half heard
        ("kind", np.uint8),  # an OnsetKind
        ("onset_sample", np.int64),  # where the note begins, samples since the take began
        ("known_sample", np.int64),  # this event needed the samples before this one
        ("detected_sample", np.int64),  # known_sample of the call; of this event if never called
        ("error_s", np.float64),  # SD of what onset_sample may be off; NaN where not known
        ("strength", np.float32),  # how clearly it was heard: 1 is the detector's threshold
        ("click_like", np.float32),  # 0 to 1: sounds like a metronome's click; NaN if not confirmed
        ("sound", np.float32, (N_SOUND,)),  # log10 levels just after the onset, in semitones
    ]
)
"""One onset event. Confirmed events come in order of ``onset_sample``."""

OnsetArray = npt.NDArray[np.void]
"""A structured array of dtype ``ONSET``, shape (n_events,)."""

NEIGHBOUR_SHARE = 0.1
"""Standard deviation of an onset of which nothing is known but that it lies between its
neighbours, as a share of the interval to the nearer one. From 121 rendered runs of 10
instruments: with 60 to 90 ms a note the median take's errors are 0.99 times what follows from
this, those of nine takes in ten 0.53 to 1.76 times (with longer notes 0.63 to 1.80)."""


def error_beside_neighbours_s(error_s: FloatArray, to_nearest_s: float | FloatArray) -> FloatArray:
    """Standard deviation of onsets in s, given that other notes sound before and after them.

    Of one normal density cut down by another: the detector's error for the onset alone, and what
    its neighbours leave room for.

    Parameters
    ----------
    error_s
        float64, shape (n,): of each onset alone; NaN stays NaN.
    to_nearest_s
        float64, shape (n,) or a scalar: the shorter of the intervals before and after it;
        infinite where it has no neighbour.
    """
    return np.asarray(error_s / np.hypot(1.0, error_s / (NEIGHBOUR_SHARE * to_nearest_s)))


def to_nearest_s(onset_s: FloatArray) -> FloatArray:
    """Time from each onset, in order, to the nearest other, in s; infinite without another."""
    after_s = np.diff(onset_s, append=np.inf)
    before_s = np.concatenate([[np.inf], after_s[:-1]])[: onset_s.size]
    return np.asarray(np.minimum(before_s, after_s), dtype=np.float64)
