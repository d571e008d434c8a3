"""The round trip from loudspeaker to microphone, measured with the note detector.

A sound is played repeatedly and detected like any note. The lag at which most of the plays are
detected is the round trip; other sounds, a voice or an echo, do no harm. The same detector
measures the playing, so that its own delay cancels out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from practiceear.click_removal.lag import LONGEST_LAG_S
from practiceear.rhythm.grid import BoolArray
from practiceear.units import FloatArray

Grade = Literal["good", "fair", "poor", "refused"]

GOOD_IQR_S = 0.002
FAIR_IQR_S = 0.005
WORST_IQR_S = 0.010
FEWEST_HEARD = 6
LEAST_HEARD_SHARE = 0.75
BLUETOOTH_LAG_S = 0.15
"""Longer round trips are Bluetooth, whose delay changes from one time to the next."""

SELF_TEST_SPREAD_S = 0.001

# Onsets of one sound lie this close together about the lag that most share ...
_DENSE_S = 0.010
# ... and those this far from it are something else.
_FURTHEST_S = 0.020
# The detector may place an onset a little early: with a lag of 0, before it was sent.
_EARLIEST_S = -0.005


@dataclass(frozen=True, slots=True)
class Calibration:
    """The result of a calibration.

    Attributes
    ----------
    lag_s
        The round trip, late is positive; NaN where refused.
    iqr_s
        Interquartile range of the single plays; NaN where fewer than two were heard.
    n_heard, n_played
        Plays that were heard at that lag, and all of them.
    grade
        ``good`` up to 2 ms of interquartile range, ``fair`` up to 5, ``poor`` up to 10;
        ``refused`` beyond, or where fewer than six or three quarters were heard.
    message
        All of it in words for the player.
    """

    lag_s: float
    iqr_s: float
    n_heard: int
    n_played: int
    grade: Grade
    message: str

    def __post_init__(self) -> None:
        if self.lag_s < 0.0:
            raise ValueError(f"lag_s must be 0 or more, not {self.lag_s}")
        if not 0 <= self.n_heard <= self.n_played:
            raise ValueError(f"n_heard must be 0 to {self.n_played}, not {self.n_heard}")
        if self.is_usable == math.isnan(self.lag_s):
            raise ValueError(f"a {self.grade} calibration cannot have a lag_s of {self.lag_s}")

    @property
    def is_usable(self) -> bool:
        """Whether early and late can be measured with it."""
        return self.grade != "refused"

    def at(self, lag_s: float) -> Calibration:
        """The same with the lag that the click itself, more exact, has shown."""
        text = _message(lag_s, self.iqr_s, self.n_heard, self.n_played, self.grade)
        return replace(self, lag_s=lag_s, message=text)


@dataclass(frozen=True, slots=True)
class SelfTest:
    """Self-test of a calibration: clicks measured as if they were playing.

    Attributes
    ----------
    bias_s, spread_s
        Mean and standard deviation of heard minus due; NaN where too few were heard.
    n_heard, n_played
        Clicks that were heard where they were due, and all of them.
    """

    bias_s: float
    spread_s: float
    n_heard: int
    n_played: int

    @property
    def is_passed(self) -> bool:
        """Whether the spread is below 1 ms, over enough clicks."""
        return _is_enough(self.n_heard, self.n_played) and self.spread_s < SELF_TEST_SPREAD_S


def calibrate(
    onset_s: FloatArray, played_s: FloatArray, *, longest_lag_s: float = LONGEST_LAG_S
) -> Calibration:
    """Find the round trip.

    Parameters
    ----------
    onset_s
        Detected onsets, shape (n_onsets,), any order.
    played_s
        When the sound was sent, shape (n_played,), rising, on the same clock; further apart
        than ``longest_lag_s``, so that a lag is unambiguous (else ``ValueError``).
    longest_lag_s
        Longer lags are not looked for.
    """
    onset_s, played_s = _in_order(onset_s), np.asarray(played_s, dtype=np.float64)
    _refuse_close(played_s, longest_lag_s)
    lags_s = onset_s[None, :] - played_s[:, None]
    is_near = (lags_s >= _EARLIEST_S) & (lags_s <= longest_lag_s)
    centre_s = _commonest_lag_s(lags_s, is_near)
    heard_s = _nearest_s(lags_s, centre_s)
    return _graded(heard_s, len(played_s))


def self_test(onset_s: FloatArray, played_s: FloatArray, lag_s: float) -> SelfTest:
    """Measure clicks against a round trip ``lag_s``; the arrays as for `calibrate`."""
    onset_s, played_s = _in_order(onset_s), np.asarray(played_s, dtype=np.float64)
    off_s = _nearest_s(onset_s[None, :] - played_s[:, None], lag_s) - lag_s
    n_heard = len(off_s)
    return SelfTest(
        bias_s=float(np.mean(off_s)) if n_heard else math.nan,
        spread_s=float(np.std(off_s, ddof=1)) if n_heard > 1 else math.nan,
        n_heard=n_heard,
        n_played=len(played_s),
    )


def _in_order(onset_s: FloatArray) -> FloatArray:
    return np.sort(np.asarray(onset_s, dtype=np.float64))


def _refuse_close(played_s: FloatArray, longest_lag_s: float) -> None:
    closest_s = float(np.min(np.diff(played_s), initial=math.inf))
    if closest_s <= longest_lag_s + _FURTHEST_S:
        raise ValueError(
            f"played_s must rise by more than {longest_lag_s + _FURTHEST_S:g} s each, "
            f"not {closest_s:g}"
        )


def _commonest_lag_s(lags_s: FloatArray, is_near: BoolArray) -> float:
    """Median of the 10 ms of lag in which most plays are heard, the earliest; NaN if none."""
    found = lags_s[is_near]
    if not found.size:
        return math.nan
    plays = np.nonzero(is_near)[0]
    starts = np.sort(found)
    n_plays = [
        len(set(plays[(found >= start) & (found <= start + _DENSE_S)].tolist())) for start in starts
    ]
    start = starts[int(np.argmax(n_plays))]
    return float(np.median(found[(found >= start) & (found <= start + _DENSE_S)]))


def _nearest_s(lags_s: FloatArray, centre_s: float) -> FloatArray:
    """The lag of each play nearest to ``centre_s``, where it is near enough."""
    if not lags_s.size or math.isnan(centre_s):
        return np.zeros(0)
    nearest = np.argmin(np.abs(lags_s - centre_s), axis=1)
    chosen = lags_s[np.arange(len(lags_s)), nearest]
    return np.asarray(chosen[np.abs(chosen - centre_s) <= _FURTHEST_S], dtype=np.float64)


def _is_enough(n_heard: int, n_played: int) -> bool:
    return n_heard >= max(FEWEST_HEARD, math.ceil(LEAST_HEARD_SHARE * n_played))


def _graded(heard_s: FloatArray, n_played: int) -> Calibration:
    n_heard = len(heard_s)
    iqr_s = math.nan
    if n_heard > 1:
        low_s, high_s = np.percentile(heard_s, (25.0, 75.0))
        iqr_s = float(high_s - low_s)
    reason = _reason(n_heard, n_played, iqr_s)
    if reason:
        return Calibration(math.nan, iqr_s, n_heard, n_played, "refused", reason)
    lag_s = max(0.0, float(np.median(heard_s)))
    grade: Grade = "good" if iqr_s <= GOOD_IQR_S else "fair" if iqr_s <= FAIR_IQR_S else "poor"
    message = _message(lag_s, iqr_s, n_heard, n_played, grade)
    return Calibration(lag_s, iqr_s, n_heard, n_played, grade, message)


def _reason(n_heard: int, n_played: int, iqr_s: float) -> str:
    """Why there is no calibration; empty where there is one."""
    if n_played < FEWEST_HEARD:
        return f"Only {n_played} sounds were played; {FEWEST_HEARD} are needed."
    if not n_heard:
        return (
            f"None of the {n_played} sounds was heard. Turn up the loudspeaker and bring the "
            "microphone near it; with headphones there is nothing to hear."
        )
    if not _is_enough(n_heard, n_played):
        return (
            f"Only {n_heard} of {n_played} sounds were heard. Turn up the loudspeaker, bring "
            "the microphone nearer, and keep quiet."
        )
    if iqr_s > WORST_IQR_S:
        return (
            f"The round trip was not the same twice: it varied by {1000 * iqr_s:.0f} ms. Close "
            "other programs, and use a cable rather than Bluetooth."
        )
    return ""


def _message(lag_s: float, iqr_s: float, n_heard: int, n_played: int, grade: Grade) -> str:
    text = (
        f"The round trip is {1000 * lag_s:.1f} ms, within {1000 * iqr_s:.1f} ms "
        f"({n_heard} of {n_played} sounds heard): {grade}."
    )
    if grade == "poor":
        text += " Early and late are only rough; try again in quiet."
    if lag_s > BLUETOOTH_LAG_S:
        text += " So long a way is Bluetooth's, and changes from one time to the next: use a cable."
    return text
