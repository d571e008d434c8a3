"""What the microphone hears of each kind of click: learnt, compared and learnt on.

All is done inside the band of the sent sound, so that most of a note is not even looked at,
and by spectra, in which a shift by a part of a sample is exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from practiceear.audio.blocks import Samples
from practiceear.click_removal.filter_kernels import smooth_power
from practiceear.click_removal.lag import peak_between
from practiceear.units import FloatArray, seconds_to_samples

Spectrum = npt.NDArray[np.complex128]

BEFORE_S = 0.04
"""A window begins so long before the click is due."""

LASTING_S = 0.25
"""How long a room is remembered: at a reverberation time of 0.6 s it is 25 dB down by then."""

_EDGE_S = 0.004
_SMOOTH_S = 0.004
# Powers below the strongest of the sent sound from which on a frequency counts for little:
# in learning, where notes are to be kept out, and where the room's answer is worked out.
_LEAST_LEARNT = 3e-4
_LEAST_TOLD = 3e-3
# Share of its power by which a room's answer may change from click to click: people move.
_CHANGE = 1e-3
# Powers of errors over that of the sound: of a single recording in a quiet room, of the
# mean of several at least, of a guess from another kind at the same pitch.
_ERROR_OF_ONE = 1.0 / 16.0
_LEAST_ERROR = 1e-4
_ERROR_OF_GUESS = 0.01
_DIRECT_REACH_S = 0.025
_DIRECT_SHARE = 0.4  # of the strongest reflection, that the direct sound reaches at least
_ABOVE_NOISE = 2.0
_TINY = 1e-20


class ClickWindow:
    """The stretch of time around one click, and its spectra.

    Attributes
    ----------
    n_samples, before_samples
        Its length, and where in it the click is due.
    n_fft, n_bins
        Length of spectra; frequencies from 0 to half the rate.
    """

    def __init__(self, rate_hz: int, longest_samples: int) -> None:
        """Make the window for sounds of up to ``longest_samples``."""
        lasting_samples = seconds_to_samples(LASTING_S, rate_hz) + longest_samples
        self.before_samples = seconds_to_samples(BEFORE_S, rate_hz)
        self.n_samples = self.before_samples + lasting_samples
        self.n_fft = 1 << self.n_samples.bit_length()
        self.n_bins = self.n_fft // 2 + 1
        self.radians = 2.0 * np.pi * np.arange(self.n_bins) / self.n_fft  # a sample
        self.direct_reach_samples = seconds_to_samples(_DIRECT_REACH_S, rate_hz)
        self._half_smooth_samples = seconds_to_samples(_SMOOTH_S, rate_hz)
        self.n_edge = seconds_to_samples(_EDGE_S, rate_hz)
        self.rise = np.sin(0.5 * np.pi * (np.arange(self.n_edge) + 0.5) / self.n_edge) ** 2
        self._ramp = np.ones(self.n_samples)
        self._ramp[: self.n_edge] = self.rise
        self._ramp[-self.n_edge :] = self.rise[::-1]

    def spectrum(self, sound: FloatArray) -> Spectrum:
        """Spectrum of ``sound``, shape (n_samples,), faded in and out."""
        return np.asarray(np.fft.rfft(sound * self._ramp, self.n_fft), dtype=np.complex128)

    def sound(self, spectrum: Spectrum) -> FloatArray:
        """The sound of a spectrum, shape (n_samples,)."""
        whole = np.fft.irfft(spectrum, self.n_fft)[: self.n_samples]
        return np.asarray(whole, dtype=np.float64)

    def later(self, spectrum: Spectrum, shift_samples: float) -> Spectrum:
        """The spectrum of the same sound ``shift_samples`` later (earlier, if negative)."""
        return np.asarray(spectrum * np.exp(-1j * self.radians * shift_samples), np.complex128)

    def power(self, sound: FloatArray) -> FloatArray:
        """Mean square within 4 ms of each sample, shape (n_samples,)."""
        smoothed = np.empty(len(sound))
        smooth_power(sound, self._half_smooth_samples, smoothed)
        return smoothed


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one recording lies beside the template.

    Attributes
    ----------
    gain, gain_sd
        How much of the template is in it, 1 where all is as it was, and how sure that is.
    shift_samples, shift_sd_samples
        How much later than foreseen it came.
    """

    gain: float
    gain_sd: float
    shift_samples: float
    shift_sd_samples: float


NOT_FOUND = Comparison(0.0, math.inf, 0.0, math.inf)


class ClickTemplate:
    """What is heard of one kind of click, with the error of that at every sample.

    Parameters
    ----------
    window
        Of all recordings that it is shown.
    sound
        What is sent.
    """

    def __init__(self, window: ClickWindow, sound: Samples) -> None:
        self._window = window
        self.sent: Spectrum = np.asarray(np.fft.rfft(sound, window.n_fft), dtype=np.complex128)
        power = np.abs(self.sent) ** 2
        self._band = power / (power + _LEAST_LEARNT * power.max())
        self._band_share = 2.0 * float(np.sum(self._band**2)) / window.n_fft
        self.clear()

    def clear(self) -> None:
        """Forget what was learnt."""
        self.spectrum: Spectrum = np.zeros(self._window.n_bins, dtype=np.complex128)
        self._error_power = np.zeros(self._window.n_samples)
        self.is_known = False
        self.n_learnt = 0

    @property
    def sound(self) -> FloatArray:
        """What is heard, shape (n_samples,)."""
        return self._window.sound(self.spectrum)

    @property
    def error_share(self) -> float:
        """The template's own error: its power over that of the sound."""
        return float(np.sum(self._error_power)) / max(float(np.sum(self.sound**2)), _TINY)

    def foreseen(self, shift_samples: float) -> Samples:
        """What to take out, float32, ``shift_samples`` later than the window says.

        Less of it where it is unsure (Wiener), so that taking it out never adds noise.
        """
        moved = self._window.sound(self._window.later(self.spectrum, shift_samples))
        power = self._window.power(moved)
        return (moved * (power / (power + self._error_power + _TINY))).astype(np.float32)

    def learn_first(
        self, recordings: Sequence[Spectrum], error_share: float | None, n_alone: int
    ) -> None:
        """Learn from the first recordings, the quietest most: a note only adds to them.

        ``error_share`` is that of one recording of another kind; it serves where there is
        only one of this. From sample ``n_alone`` on the next click is heard: there nothing
        is known but that the room still sounds.
        """
        window, n_recordings = self._window, len(recordings)
        sounds = [window.sound(one * self._band) for one in recordings]
        weights = [1.0 / (window.power(sound) ** 2 + _TINY) for sound in sounds]
        parts = [weight * sound for weight, sound in zip(weights, sounds, strict=True)]
        mean = np.sum(parts, axis=0) / np.sum(weights, axis=0)
        power = window.power(mean)
        if n_recordings > 1:
            spread = np.mean([window.power(sound - mean) for sound in sounds], axis=0)
            self._error_power = spread / (n_recordings - 1) + _LEAST_ERROR * power
        else:
            self._error_power = power * (_ERROR_OF_ONE if error_share is None else error_share)
        if n_alone < window.n_samples:
            fade = n_alone - window.n_edge
            mean[fade:n_alone] *= window.rise[::-1]
            mean[n_alone:] = 0.0
            self._error_power[fade:] = power[fade - window.n_edge]
        self.spectrum = window.spectrum(mean)
        self.is_known = True
        self.n_learnt = n_recordings

    def guess(self, others: Sequence[ClickTemplate]) -> None:
        """Take the room's answer from other kinds, where their bands overlap.

        Where they do not, the guess is as unsure as it is loud.
        """
        answer, told_share = room_answer(others)
        self.spectrum = np.asarray(self.sent * answer, dtype=np.complex128)
        surest = max(others, key=lambda one: one.n_learnt)
        mine = np.abs(self.sent) ** 2
        untold = float(np.sum(mine * (1.0 - told_share) ** 2) / np.sum(mine))
        louder = float(np.sum(mine) / np.sum(np.abs(surest.sent) ** 2))
        power = louder * self._window.power(surest.sound)
        self._error_power = max(untold, _ERROR_OF_GUESS) * power
        self.is_known = True

    def is_silent(self, recording: Spectrum) -> bool:
        """Return whether a recording holds no sound in the band of the sent one."""
        return float(np.sum(self._window.sound(recording * self._band) ** 2)) <= _TINY

    def compare(self, recording: Spectrum, reach_samples: float) -> Comparison:
        """Find the template in a recording, at most ``reach_samples`` off its place.

        A silent template is found nowhere: gain 0, as unsure as can be.
        """
        window, template = self._window, self.sound
        energy = float(np.sum(template**2))
        if energy <= _TINY:
            return NOT_FOUND
        inside = np.asarray(recording * self._band, dtype=np.complex128)
        shift = self._best_shift(inside, reach_samples)
        aligned = window.sound(window.later(inside, -shift))
        gain = float(np.sum(aligned * template)) / energy
        # What remains is judged where the template sounds: a note beside it does no harm.
        weight, rest = window.power(template), window.power(aligned - gain * template)
        rest_power = float(np.sum(weight * rest) / np.sum(weight))
        gain_sd = math.sqrt(rest_power / (self._band_share * energy))
        power = np.abs(self.spectrum) ** 2
        radians = math.sqrt(float(np.sum(window.radians**2 * power) / np.sum(power)))
        return Comparison(gain, gain_sd, shift, gain_sd / radians)

    def _best_shift(self, inside: Spectrum, reach_samples: float) -> float:
        correlation = np.fft.irfft(np.conj(self.spectrum) * inside, self._window.n_fft)
        reach = max(2, math.floor(reach_samples))
        near = np.concatenate([correlation[-reach - 1 :], correlation[: reach + 2]])
        left, middle, right = near[:-2], near[1:-1], near[2:]
        tops = np.flatnonzero((middle >= left) & (middle > right))
        if not len(tops):
            return 0.0
        # A narrow click repeats itself with hardly smaller peaks: compare the very tops.
        bend = 2.0 * middle[tops] - left[tops] - right[tops]
        heights = middle[tops] + (right[tops] - left[tops]) ** 2 / (8.0 * bend)
        return peak_between(near, 1 + int(tops[np.argmax(heights)])) - reach - 1

    def learn(self, recording: Spectrum, n_alone: int) -> None:
        """Move towards a recording, at every sample as far as it deserves.

        As a Kalman filter does with noise that changes from click to click: the step is the
        template's own error over the surprise, so that a note leaves hardly a trace. Nothing
        is learnt from sample ``n_alone`` on.
        """
        window, before = self._window, self.sound
        surprise = window.sound(recording * self._band) - before
        power = window.power(surprise)
        quiet = float(np.percentile(power, 10.0))
        step = self._error_power / np.maximum(power, self._error_power + quiet + _TINY)
        step[n_alone:] = 0.0
        after = before + step * surprise
        self._error_power = (1.0 - step) * self._error_power + _CHANGE * window.power(after)
        self.spectrum = window.spectrum(after)
        self.n_learnt += 1


def room_answer(templates: Sequence[ClickTemplate]) -> tuple[Spectrum, FloatArray]:
    """What the room makes of an impulse, as far as the sent sounds tell (Wiener's filter).

    Returns its spectrum and, for each frequency, the share of it that is told, 0 to 1.
    """
    heard = np.sum([np.conj(one.sent) * one.spectrum for one in templates], axis=0)
    power = np.sum([np.abs(one.sent) ** 2 for one in templates], axis=0)
    told = power + _LEAST_TOLD * power.max()
    return np.asarray(heard / told, np.complex128), np.asarray(power / told, np.float64)


def direct_sound_samples(window: ClickWindow, templates: Sequence[ClickTemplate]) -> float | None:
    """How much later than the window says the direct sound arrives, in samples.

    It is the first that is not much weaker than the strongest reflection. The room's answer
    is sharper than a correlation, so that reflections 1 ms behind come apart from it. None
    where noise hides it.
    """
    answer, _ = room_answer(templates)
    analytic = np.zeros(window.n_fft, dtype=np.complex128)
    analytic[1 : window.n_bins] = answer[1:]  # positive frequencies only
    envelope = np.abs(np.fft.ifft(analytic))[: window.n_samples]
    reach = window.direct_reach_samples
    first = window.before_samples - reach
    noise = float(envelope[window.n_edge : first].max())
    least = max(_DIRECT_SHARE * float(envelope[first:].max()), _ABOVE_NOISE * noise)
    near = envelope[first - 1 : first + 2 * reach + 1]
    middle = near[1:-1]
    is_direct = (middle >= near[:-2]) & (middle > near[2:]) & (middle >= least)
    if not np.any(is_direct):
        return None
    return peak_between(near, 1 + int(np.argmax(is_direct))) - 1 - reach
