"""Templates of each kind of click as the microphone hears it: learnt, matched and updated.

All is done inside the band of the sent sound, which leaves most of a note out, and on spectra,
in which a shift by a fraction of a sample is exact.
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
"""How long before a click is due its window begins."""

LASTING_S = 0.25
"""Length of the learnt response: at a reverberation time of 0.6 s it is 25 dB down by then."""

_EDGE_S = 0.004
_SMOOTH_S = 0.004
# Power relative to the strongest of the sent sound below which a frequency has little weight:
# in learning, where notes are to be kept out, and in estimating the room's response.
_LEAST_LEARNT = 3e-4
_LEAST_ESTIMATED = 3e-3
# Share of its power by which a room's response may change from click to click: people move.
_CHANGE = 1e-3
# Power of the error over that of the sound: of a single recording in a quiet room, of the
# mean of several at least, of a guess from another kind at the same pitch.
_ERROR_OF_SINGLE = 1.0 / 16.0
_LEAST_ERROR = 1e-4
_ERROR_OF_GUESS = 0.01
_DIRECT_REACH_S = 0.025
_DIRECT_SHARE = 0.4  # of the strongest reflection, that the direct sound reaches at least
_ABOVE_NOISE = 2.0
_TINY = 1e-20


class ClickWindow:
    """The time around one click, and its spectra.

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
class TemplateMatch:
    """A template found in a recording, with standard deviations.

    Attributes
    ----------
    gain, gain_sd
        Relative to the template, 1 where nothing has changed.
    shift_samples, shift_sd_samples
        How much later than expected it came.
    """

    gain: float
    gain_sd: float
    shift_samples: float
    shift_sd_samples: float


_NOT_FOUND = TemplateMatch(0.0, math.inf, 0.0, math.inf)


class ClickTemplate:
    """One kind of click as heard in ``window``, with its error at every sample.

    ``sound`` is what is sent.
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
        """The click as heard, shape (n_samples,)."""
        return self._window.sound(self.spectrum)

    @property
    def error_share(self) -> float:
        """Power of the template's error over that of its sound."""
        return float(np.sum(self._error_power)) / max(float(np.sum(self.sound**2)), _TINY)

    def expected(self, shift_samples: float) -> Samples:
        """What to subtract, float32, ``shift_samples`` later than in the window.

        Reduced where it is uncertain (Wiener), so that subtraction never adds noise.
        """
        moved = self._window.sound(self._window.later(self.spectrum, shift_samples))
        power = self._window.power(moved)
        return (moved * (power / (power + self._error_power + _TINY))).astype(np.float32)

    def learn_first(
        self, recordings: Sequence[Spectrum], error_share: float | None, n_alone: int
    ) -> None:
        """Learn from the first recordings, weighting the quietest most: a note only adds to them.

        ``error_share`` is that of a single recording of another kind, used where there is only
        one of this. From sample ``n_alone`` on the next click is heard: there only the level of
        the reverberation is known.
        """
        window, n_recordings = self._window, len(recordings)
        sounds = [window.sound(recording * self._band) for recording in recordings]
        weights = [1.0 / (window.power(sound) ** 2 + _TINY) for sound in sounds]
        parts = [weight * sound for weight, sound in zip(weights, sounds, strict=True)]
        mean = np.sum(parts, axis=0) / np.sum(weights, axis=0)
        power = window.power(mean)
        if n_recordings > 1:
            spread = np.mean([window.power(sound - mean) for sound in sounds], axis=0)
            self._error_power = spread / (n_recordings - 1) + _LEAST_ERROR * power
        else:
            self._error_power = power * (_ERROR_OF_SINGLE if error_share is None else error_share)
        if n_alone < window.n_samples:
            fade = n_alone - window.n_edge
            mean[fade:n_alone] *= window.rise[::-1]
            mean[n_alone:] = 0.0
            self._error_power[fade:] = power[fade - window.n_edge]
        self.spectrum = window.spectrum(mean)
        self.is_known = True
        self.n_learnt = n_recordings

    def guess(self, others: Sequence[ClickTemplate]) -> None:
        """Estimate from other kinds by the room's response, where their bands overlap.

        Where they do not, the error is as large as the sound.
        """
        response, certainty = _room_response(others)
        self.spectrum = np.asarray(self.sent * response, dtype=np.complex128)
        surest = max(others, key=lambda template: template.n_learnt)
        sent_power = np.abs(self.sent) ** 2
        unknown = float(np.sum(sent_power * (1.0 - certainty) ** 2) / np.sum(sent_power))
        louder = float(np.sum(sent_power) / np.sum(np.abs(surest.sent) ** 2))
        power = louder * self._window.power(surest.sound)
        self._error_power = max(unknown, _ERROR_OF_GUESS) * power
        self.is_known = True

    def is_silent(self, recording: Spectrum) -> bool:
        """Whether a recording holds no sound in the band of the sent one."""
        return float(np.sum(self._window.sound(recording * self._band) ** 2)) <= _TINY

    def match(self, recording: Spectrum, reach_samples: float) -> TemplateMatch:
        """Find the template in a recording, at most ``reach_samples`` off its place.

        A silent template is found nowhere: gain 0, infinite standard deviations.
        """
        window, template = self._window, self.sound
        energy = float(np.sum(template**2))
        if energy <= _TINY:
            return _NOT_FOUND
        inside = np.asarray(recording * self._band, dtype=np.complex128)
        shift = self._best_shift(inside, reach_samples)
        aligned = window.sound(window.later(inside, -shift))
        gain = float(np.sum(aligned * template)) / energy
        # The residual counts where the template sounds: a note beside it does no harm.
        weight, rest = window.power(template), window.power(aligned - gain * template)
        rest_power = float(np.sum(weight * rest) / np.sum(weight))
        gain_sd = math.sqrt(rest_power / (self._band_share * energy))
        power = np.abs(self.spectrum) ** 2
        radians = math.sqrt(float(np.sum(window.radians**2 * power) / np.sum(power)))
        return TemplateMatch(gain, gain_sd, shift, gain_sd / radians)

    def _best_shift(self, inside: Spectrum, reach_samples: float) -> float:
        correlation = np.fft.irfft(np.conj(self.spectrum) * inside, self._window.n_fft)
        reach = max(2, math.floor(reach_samples))
        near = np.concatenate([correlation[-reach - 1 :], correlation[: reach + 2]])
        left, middle, right = near[:-2], near[1:-1], near[2:]
        tops = np.flatnonzero((middle >= left) & (middle > right))
        if not len(tops):
            return 0.0
        # A narrow click correlates with its shifted self nearly as well: interpolate the peaks.
        bend = 2.0 * middle[tops] - left[tops] - right[tops]
        heights = middle[tops] + (right[tops] - left[tops]) ** 2 / (8.0 * bend)
        return peak_between(near, 1 + int(tops[np.argmax(heights)])) - reach - 1

    def learn(self, recording: Spectrum, n_alone: int) -> None:
        """Update from a recording, as a Kalman filter with noise that changes from click to click.

        At every sample the gain is the template's error over the innovation's power, so that a
        note hardly changes it. Nothing is learnt from sample ``n_alone`` on.
        """
        window, before = self._window, self.sound
        innovation = window.sound(recording * self._band) - before
        power = window.power(innovation)
        quiet = float(np.percentile(power, 10.0))
        step = self._error_power / np.maximum(power, self._error_power + quiet + _TINY)
        step[n_alone:] = 0.0
        after = before + step * innovation
        self._error_power = (1.0 - step) * self._error_power + _CHANGE * window.power(after)
        self.spectrum = window.spectrum(after)
        self.n_learnt += 1


def _room_response(templates: Sequence[ClickTemplate]) -> tuple[Spectrum, FloatArray]:
    """The room's impulse response by Wiener deconvolution of the sent sounds.

    Returns its spectrum and, for each frequency, how well it is determined, 0 to 1.
    """
    heard = np.sum([np.conj(template.sent) * template.spectrum for template in templates], axis=0)
    power = np.sum([np.abs(template.sent) ** 2 for template in templates], axis=0)
    regularised = power + _LEAST_ESTIMATED * power.max()
    response = np.asarray(heard / regularised, np.complex128)
    return response, np.asarray(power / regularised, np.float64)


def direct_sound_samples(window: ClickWindow, templates: Sequence[ClickTemplate]) -> float | None:
    """How much later than in the window the direct sound arrives, in samples.

    It is the first peak that is not much weaker than the strongest reflection. The room's
    response is sharper than a correlation and resolves reflections 1 ms later. None where noise
    hides it.
    """
    response, _ = _room_response(templates)
    analytic = np.zeros(window.n_fft, dtype=np.complex128)
    analytic[1 : window.n_bins] = response[1:]  # positive frequencies only
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
