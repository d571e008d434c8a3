"""The lag of a click from the samples sent to the samples heard.

`LagSearch` finds it among the first clicks, `LagLine` tracks it from click to click. Both
count in samples of the common counter of output and input.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from practiceear.audio.blocks import Samples
from practiceear.units import FloatArray, seconds_to_samples

LONGEST_LAG_S = 0.45
"""Bluetooth loudspeakers take up to 0.35 s."""

N_SEARCHED = 8
"""Clicks that are searched together."""

SURE_SHARE = 0.75
"""Share of the searched clicks that must agree."""

MOST_DRIFT = 150e-6
"""Clocks of sound devices differ by less, as a fraction."""

# Peak over median of a correlation from which on a click counts as heard: noise alone
# reaches about 3.
_LEAST_CREST = 4.0
_SAME_LAG_S = 0.0005
_TAIL_S = 0.06  # the strongest reflection comes at most so long after the direct sound
_DIRECT_SHARE = 0.4  # of the strongest sound, that the direct one reaches at least
_ABOVE_NOISE = 2.5
_PEAK_REACH_S = 0.003
_STRONG_SHARE = 0.5
_TINY = 1e-9  # no sound at all
# A lag wrong by the distance of two clicks misses the vote of one of them.
_LOST_VOTE = 0.5


@dataclass(frozen=True, slots=True)
class FoundLag:
    """The lag that clicks share, and when those that agree with it were sent."""

    lag_samples: float
    agreeing_samples: frozenset[int]

    @property
    def n_agreeing(self) -> int:
        """Number of clicks that agree."""
        return len(self.agreeing_samples)


@dataclass(frozen=True, slots=True, eq=False)
class _Vote:
    """Envelope of the matched filter for each lag in samples, at most 1."""

    sample: int
    kind: int
    envelope: FloatArray
    is_heard: bool


class LagSearch:
    """Finds the lag at which the sent clicks return.

    The microphone is correlated with each sent sound (a matched filter). Only the envelope
    counts, because a room shifts the phase of a narrow sound. Of the lags that nearly all
    clicks share, the earliest is the direct sound; later ones are reflections.
    """

    def __init__(self, rate_hz: int, sounds: tuple[Samples, ...]) -> None:
        longest_samples = max(len(sound) for sound in sounds)
        self._rate_hz = rate_hz
        self._n_lags = seconds_to_samples(LONGEST_LAG_S, rate_hz)
        self._tail_samples = seconds_to_samples(_TAIL_S, rate_hz)
        self.window_samples = self._n_lags + longest_samples
        self._n_fft = 1 << (self.window_samples + longest_samples).bit_length()
        self._sent = [np.conj(np.fft.rfft(sound, self._n_fft)) for sound in sounds]
        self._votes: deque[_Vote] = deque(maxlen=N_SEARCHED)

    def clear(self) -> None:
        """Forget all clicks."""
        self._votes.clear()

    def add(self, sample: int, kind: int, heard: Samples) -> None:
        """Take in what was heard from a click's ``sample`` on, ``window_samples`` of it."""
        # Without its mean: a DC offset would begin and end with the window, like a click.
        spectrum = np.fft.rfft(heard - np.mean(heard), self._n_fft) * self._sent[kind]
        analytic = np.zeros(self._n_fft, dtype=np.complex128)
        analytic[1 : len(spectrum)] = spectrum[1:]  # positive frequencies only
        envelope = np.abs(np.fft.ifft(analytic)[: self._n_lags])
        peak, usual = float(np.max(envelope)), float(np.median(envelope))
        is_heard = math.isfinite(peak) and peak > max(_LEAST_CREST * usual, _TINY)
        self._votes.append(_Vote(sample, kind, envelope / peak if is_heard else envelope, is_heard))

    def find(self) -> FoundLag | None:
        """The lag that the clicks share; None where too few are heard."""
        heard = [vote for vote in self._votes if vote.is_heard]
        n_least = max(2, math.ceil(SURE_SHARE * len(self._votes)))
        if len(heard) < n_least:
            return None
        lag_samples = self._earliest(np.sum([vote.envelope for vote in heard], axis=0))
        kinds = {vote.kind for vote in heard}
        agreeing: set[int] = set()
        for kind in kinds:
            alike = [vote for vote in heard if vote.kind == kind]
            agreeing |= self._agreeing(alike, int(lag_samples))
        return FoundLag(lag_samples, frozenset(agreeing)) if len(agreeing) >= n_least else None

    def _earliest(self, votes: FloatArray) -> float:
        """The direct sound: the first peak before the strongest that is not much weaker."""
        # The next click is heard one distance later, and the last one earlier, which lacks
        # the vote of the first click: hence the earliest of those with all votes.
        high = int(np.argmax(votes >= votes.max() - _LOST_VOTE))
        end = high + self._tail_samples
        least = _DIRECT_SHARE * float(votes[high:end].max())
        least = max(least, _ABOVE_NOISE * float(np.median(votes)))
        first = max(0, high - self._tail_samples)
        near = np.pad(votes[first:end], 1)
        middle = near[1:-1]
        is_peak = (middle >= near[:-2]) & (middle > near[2:]) & (middle >= least)
        return peak_between(votes, first + int(np.argmax(is_peak)))

    def _agreeing(self, votes: list[_Vote], lag_samples: int) -> set[int]:
        """When the clicks of one kind were sent that have their strongest sound at that lag."""
        first = max(0, lag_samples - self._tail_samples // 10)
        together = np.sum([vote.envelope for vote in votes], axis=0)
        top = first + int(np.argmax(together[first : first + self._tail_samples]))
        reach = seconds_to_samples(_PEAK_REACH_S, self._rate_hz)
        start = max(0, top - reach)
        ends = [vote.envelope[start : top + reach + 1] for vote in votes]
        peaks = np.array([peak_between(end, int(np.argmax(end))) for end in ends])
        is_strong = np.array([float(end.max()) >= _STRONG_SHARE for end in ends])
        samples = np.array([vote.sample for vote in votes])
        allowed = MOST_DRIFT * np.abs(samples - np.median(samples)) + _SAME_LAG_S * self._rate_hz
        is_same = np.abs(peaks - np.median(peaks)) <= allowed
        return set(samples[is_same & is_strong].tolist())


def peak_between(values: FloatArray, top: int) -> float:
    """Where between its neighbours the peak at index ``top`` is: the top of a parabola."""
    if not 0 < top < len(values) - 1:
        return float(top)
    left, middle, right = (float(value) for value in values[top - 1 : top + 2])
    bend = left - 2.0 * middle + right
    return top + (0.5 * (left - right) / bend if bend < 0.0 else 0.0)


class LagLine:
    """Lag and drift, tracked by a Kalman filter (Kalman 1960) with these two states.

    Each click is weighted by its uncertainty, so that the line runs on through loud playing
    and silent bars. At ``sample`` the lag is ``lag_samples``; ``drift`` is its growth in
    samples a sample, ``drift_sd`` the standard deviation of that.
    """

    # Process noise: a clock's rate walks by 0.3 ppm in a second, chosen so that a warming
    # device is tracked; the lag itself hardly.
    _LAG_WALK_SAMPLES = 0.02
    _DRIFT_WALK = 0.3e-6

    def __init__(
        self, sample: int, lag_samples: float, drift: float, drift_sd: float, rate_hz: int
    ) -> None:
        self._rate_hz = rate_hz
        self._sample = sample
        self._lag_samples = lag_samples
        self.drift = drift
        self._covariance = np.diag([1e-4, drift_sd**2])

    def at(self, sample: int) -> float:
        """The lag, in samples, of a click sent at ``sample``."""
        return self._lag_samples + self.drift * (sample - self._sample)

    def sd_at(self, sample: int) -> float:
        """Standard deviation of that lag, in samples."""
        return math.sqrt(float(self._covariance_at(sample)[0, 0]))

    def update(self, sample: int, lag_samples: float, lag_sd: float) -> None:
        """Update with the lag of a click and its standard deviation."""
        covariance = self._covariance_at(sample)
        gain = covariance[:, 0] / (covariance[0, 0] + lag_sd**2)
        innovation = lag_samples - self.at(sample)
        self._lag_samples = self.at(sample) + float(gain[0]) * innovation
        self.drift += float(gain[1]) * innovation
        self._sample = sample
        self._covariance = covariance - np.outer(gain, covariance[0])

    def _covariance_at(self, sample: int) -> FloatArray:
        gap = float(sample - self._sample)
        step = np.array([[1.0, gap], [0.0, 1.0]])
        walk = np.array([self._LAG_WALK_SAMPLES**2, self._DRIFT_WALK**2])
        grown = step @ self._covariance @ step.T + np.diag(walk * abs(gap) / self._rate_hz)
        return np.asarray(grown, dtype=np.float64)
