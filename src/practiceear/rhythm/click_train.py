"""Finds the click train of a metronome in a recording: its exact period and phase.

A metronome repeats its sound to a tenth of a millisecond, which no hand does. Its beats add up
coherently, even far below the notes; whatever a player does cancels out. So each of many narrow
bands is cut into beats and summed with the phases that a period implies (the coherent
integration of pulsar searches, Lorimer & Kramer 2004), and the period and place are taken where
most bands agree.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from practiceear.rhythm.click_train_kernels import N_PERIODS
from practiceear.rhythm.quick_coherence import QuickCoherence
from practiceear.units import FloatArray

Spectrum = npt.NDArray[np.complex64]

SHORTEST_PERIOD_S, LONGEST_PERIOD_S = 0.24, 2.0  # 30 to 250 clicks a minute
FEWEST_CLICKS = 14
"""With fewer beats the sums of chance come near those of a soft click."""

LEAST_EVIDENCE = 36.0
"""Of takes without a click, rendered and real, none came above 30 where this was chosen."""

LONGEST_SEARCHED_S = 30.0
ONSET_ERROR_S = 0.002
"""How far the moment of a click, as found, lies from where it begins in 19 takes of 20."""

_FEWEST_COMPARED = FEWEST_CLICKS // 2
_BAND_HZ = 300.0
_EVENED_HZ = 900.0
_BANDS_HZ = np.arange(750.0, 6600.0, _BAND_HZ)
_BASE_RATE_HZ = 500
_AROUND_S = 0.12
_MOST_MAGNITUDE = 2.5
_CHANCE_POWER = 2.0
_SPAN = 0.004
_SLIP_S = 0.001
_MOST_OFF = 0.5  # of the quick sums' evidence: a thousand times what was seen
_TIMES_MEAN = 3.0
_MOST_MULTIPLIED = 30_000
_LONGEST_BEEP_S, _LONGEST_GAP_S, _STILL_CLICK = 0.12, 0.012, 0.15
_FRACTIONS = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 0.5, 1.0 / 3.0, 0.25)
_BEFORE_S, _AFTER_S, _EARLIER_S, _LATER_S = 0.02, 0.03, 0.010, 0.008
_JUMP_S, _MOST_OF_A_JUMP = 0.0015, 0.6
_LOWEST_HZ, _HIGHEST_HZ, _MOST_LOUD = 600.0, 7000.0, 4.0


@dataclass(frozen=True, slots=True)
class ClickTrain:
    """A periodic click in a recording.

    Attributes
    ----------
    period_s, first_click_s
        From one click to the next; when the first one begins, 0 to ``period_s``.
    n_clicks
        Number of beats that were searched.
    evidence
        Coherence of the beats beyond chance, summed over bands; above ``LEAST_EVIDENCE``.
    """

    period_s: float
    first_click_s: float
    n_clicks: int
    evidence: float

    @property
    def per_minute(self) -> float:
        """Clicks a minute."""
        return 60.0 / self.period_s


def candidate_periods_s(cells_s: Iterable[float]) -> tuple[float, ...]:
    """Periods that clicks may have where notes have the common lengths ``cells_s``."""
    periods: list[float] = []
    for cell_s in cells_s:
        for fraction in _FRACTIONS:
            period_s = cell_s * fraction
            is_new = all(abs(period_s / other - 1.0) > _SPAN for other in periods)
            if is_new and SHORTEST_PERIOD_S <= period_s <= LONGEST_PERIOD_S:
                periods.append(period_s)
    return tuple(periods)


def find_click_train(
    samples: npt.NDArray[np.float32], rate_hz: int, periods_s: Sequence[float]
) -> ClickTrain | None:
    """Find a click whose period is within 0.4 % of one of ``periods_s``.

    ``samples`` are float32, shape (n,). None where no period stands out: no click, or one too
    soft, too rare or too uneven.
    """
    if len(samples) < rate_hz * SHORTEST_PERIOD_S * FEWEST_CLICKS or not samples.any():
        return None
    best = _search(_levelled_bases(samples, rate_hz), periods_s)
    if best is None or best[0] < LEAST_EVIDENCE:
        return None
    evidence, period_s, place_s, n_clicks = best
    # A click on every second beat shows at half its period too, less clearly.
    if n_clicks < FEWEST_CLICKS:
        return None
    begins_s = _beginning_s(samples, rate_hz, period_s, place_s, n_clicks)
    return ClickTrain(period_s, float(begins_s) % period_s, n_clicks, evidence)


def _levelled_bases(samples: npt.NDArray[np.float32], rate_hz: int) -> Spectrum:
    """Baseband signal of each band at an even level, shape (n_bands, n)."""
    n_seconds = math.ceil(len(samples) / rate_hz)
    spectrum = np.fft.rfft(samples, n_seconds * rate_hz)  # one bin is 1 / n_seconds Hz
    n_bins = n_seconds * _BASE_RATE_HZ
    off_hz = np.fft.fftfreq(n_bins, 1.0 / _BASE_RATE_HZ)
    shape = np.exp(-0.5 * (off_hz / (_BAND_HZ / 2.5)) ** 2)
    bins = np.rint(off_hz * n_seconds).astype(np.int64)
    bands_hz = _BANDS_HZ[rate_hz / 2 > _BANDS_HZ + _BASE_RATE_HZ / 2]
    bases = np.array(
        [np.fft.ifft(spectrum[bins + round(hz * n_seconds)] * shape) for hz in bands_hz]
    )
    bases = bases[:, : len(samples) * _BASE_RATE_HZ // rate_hz]
    magnitude = np.abs(bases)
    half = round(_AROUND_S * _BASE_RATE_HZ)
    sums = np.pad(np.cumsum(magnitude, axis=1), ((0, 0), (1, 0)))
    at = np.arange(bases.shape[1])
    first, end = np.maximum(at - half, 0), np.minimum(at + half + 1, bases.shape[1])
    usual = (sums[:, end] - sums[:, first]) / (end - first)
    # Quiet places must not be lifted until their noise counts like a click.
    usual += np.quantile(magnitude, 0.2, axis=1, keepdims=True) + 1e-12
    relative = magnitude / usual
    # One loud note must not count for many clicks.
    bases *= np.minimum(relative, _MOST_MAGNITUDE) / np.maximum(magnitude, 1e-12)
    return bases.astype(np.complex64)


@dataclass(frozen=True, slots=True)
class _Trial:
    """Neighbouring periods at which beats are cut at the same samples, and about their evidence."""

    coarse_s: float
    step_s: float
    n_beats: int
    about: float

    @property
    def fine_s(self) -> FloatArray:
        """All its periods in seconds, shape (N_PERIODS,)."""
        return self.coarse_s + (np.arange(N_PERIODS) / N_PERIODS - 0.5) * self.step_s


def _search(bases: Spectrum, periods_s: Sequence[float]) -> tuple[float, float, float, int] | None:
    """Evidence, period, place and number of beats of the best period near ``periods_s``."""
    trials = [trial for near_s in periods_s for trial in _trials(bases, near_s)]
    highest = max((trial.about for trial in trials), default=-math.inf)
    if highest < LEAST_EVIDENCE - _MOST_OFF:
        return None
    squares = np.abs(bases) ** 2
    best = (-1.0, 0.0, 0.0, 0)
    for trial in trials:
        if trial.about < highest - 2.0 * _MOST_OFF:
            continue
        fine_s = trial.fine_s
        agreement = _agreement(bases, squares, trial.coarse_s, fine_s, trial.n_beats)
        at = np.unravel_index(np.argmax(agreement), agreement.shape)
        if agreement[at] > best[0]:
            place_s = _first_place(agreement[at[0]], int(at[1])) / _BASE_RATE_HZ
            best = (float(agreement[at]), float(fine_s[at[0]]), place_s, trial.n_beats)
    return best


def _trials(bases: Spectrum, near_s: float) -> Iterator[_Trial]:
    n_beats = int(bases.shape[1] / _BASE_RATE_HZ / (near_s * (1.0 + _SPAN)))
    if n_beats < _FEWEST_COMPARED:
        return
    step_s = _SLIP_S / n_beats
    fine_step_s = step_s / N_PERIODS
    quick = QuickCoherence(bases, _BANDS_HZ[: len(bases)], _BASE_RATE_HZ, n_beats, fine_step_s)
    for coarse_s in np.arange(near_s * (1.0 - _SPAN), near_s * (1.0 + _SPAN), step_s).tolist():
        total = quick.power_beyond_chance(coarse_s, coarse_s - fine_step_s / 2.0)
        yield _Trial(coarse_s, step_s, n_beats, float(_above_mean(total).max()))


def _agreement(
    bases: Spectrum,
    squares: npt.NDArray[np.float32],
    coarse_s: float,
    fine_s: FloatArray,
    n_beats: int,
) -> FloatArray:
    """Coherence of the beats, shape (n_fine, n_places): 0 where no more than by chance."""
    beats = np.arange(n_beats)
    places = np.arange(int(coarse_s * _BASE_RATE_HZ))
    starts = np.rint(beats * coarse_s * _BASE_RATE_HZ).astype(np.int64)
    at = np.minimum(starts[:, None] + places[None, :], bases.shape[1] - 1)
    total = np.zeros((len(fine_s), len(places)))
    for hz, base, square in zip(_BANDS_HZ, bases, squares, strict=False):
        cut = base.take(at)
        turns = np.exp(2j * np.pi * hz * fine_s[:, None] * beats[None, :]).astype(np.complex64)
        power = np.abs(_product(turns, cut)) ** 2
        total += np.maximum(power / (np.sum(square.take(at), axis=0) + 1e-9) - _CHANCE_POWER, 0.0)
    return np.asarray(_above_mean(total))


def _above_mean(total: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Sums of three neighbouring places, less what any place has on average."""
    total = total + np.roll(total, 1, axis=1) + np.roll(total, -1, axis=1)
    # A tone that is held or rings agrees with itself everywhere; a click only where it is.
    return np.asarray(total - _TIMES_MEAN * np.mean(total, axis=1, keepdims=True))


def _product(turns: Spectrum, cut: Spectrum) -> Spectrum:
    """The matrix product, in pieces too small for BLAS to start threads.

    Threads would wait for each other wherever another program is busy: forty times as long.
    """
    n_columns = max(1, _MOST_MULTIPLIED // turns.size)
    pieces = [turns @ cut[:, at : at + n_columns] for at in range(0, cut.shape[1], n_columns)]
    return np.concatenate(pieces, axis=1)


def _first_place(agreement: FloatArray, top: int) -> int:
    """Walk back from the best place to where a long beep or a double tick begins."""
    first, usual = top, float(np.median(agreement))
    least = usual + _STILL_CLICK * (float(agreement[top]) - usual)
    for back in range(1, round(_LONGEST_BEEP_S * _BASE_RATE_HZ)):
        if agreement[(top - back) % len(agreement)] >= least:
            first = top - back
        elif first - (top - back) > _LONGEST_GAP_S * _BASE_RATE_HZ:
            break
    return first


def _beginning_s(
    samples: npt.NDArray[np.float32], rate_hz: int, period_s: float, place_s: float, n_beats: int
) -> float:
    """When the click that begins near ``place_s`` rises."""
    n_before, n_after = round(_BEFORE_S * rate_hz), round(_AFTER_S * rate_hz)
    level = _whitened(samples, rate_hz)
    starts = np.rint((place_s + period_s * np.arange(n_beats)) * rate_hz).astype(np.int64)
    starts = starts[(starts >= n_before) & (starts + n_after <= len(samples))]
    cut = level[starts[:, None] + np.arange(-n_before, n_after)[None, :]]
    cut /= np.median(np.abs(cut), axis=1, keepdims=True) + 1e-12
    mean = np.abs(_analytic(np.clip(cut, -_MOST_LOUD, _MOST_LOUD).mean(axis=0)))
    # Notes near the click swell slowly in the mean, because no two are at one place: it jumps.
    n_jump = max(1, round(_JUMP_S * rate_hz))
    sums = np.concatenate((np.zeros(1), np.cumsum(mean)))
    means = (sums[n_jump:] - sums[:-n_jump]) / n_jump
    jumps = means[n_jump:] - means[:-n_jump]  # at sample n_jump on
    first, end = (n_before + round(s * rate_hz) - n_jump for s in (-_EARLIER_S, _LATER_S))
    near = jumps[first:end]
    jump = first + int(np.argmax(near >= _MOST_OF_A_JUMP * np.max(near))) + n_jump
    return place_s + (jump - n_before) / rate_hz + _JUMP_S / 2.0


def _whitened(samples: npt.NDArray[np.float32], rate_hz: int) -> FloatArray:
    """The recording above 600 Hz with its spectrum whitened."""
    spectrum = np.fft.rfft(samples)
    a_hz = len(samples) / rate_hz
    width = max(3, round(_EVENED_HZ * a_hz))  # narrower, and a click would ring before it is
    sums = np.cumsum(np.pad(np.abs(spectrum), (width // 2 + 1, width - width // 2), "reflect"))
    spectrum /= (sums[width : width + len(spectrum)] - sums[: len(spectrum)]) / width + 1e-9
    spectrum[: math.ceil(_LOWEST_HZ * a_hz)] = 0.0
    spectrum[round(_HIGHEST_HZ * a_hz) :] = 0.0
    return np.fft.irfft(spectrum, len(samples))


def _analytic(real: FloatArray) -> npt.NDArray[np.complex128]:
    spectrum = np.fft.fft(real)
    spectrum[len(real) // 2 + 1 :] = 0.0
    spectrum[1 : (len(real) + 1) // 2] *= 2.0
    return np.fft.ifft(spectrum)
