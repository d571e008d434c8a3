"""A model of one's own clicks in the microphone: their lag, drift and sound.

It is built from the clicks that agreed about a lag and updated click by click.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from practiceear.audio.blocks import Samples
from practiceear.click_removal.lag import MOST_DRIFT, FoundLag, LagLine
from practiceear.click_removal.template import (
    ClickTemplate,
    ClickWindow,
    Spectrum,
    TemplateMatch,
    direct_sound_samples,
)
from practiceear.units import FloatArray, seconds_to_samples

_CLOCK_SD = 60e-6  # of the drift, before it is measured: quartz is within 100 ppm
_LEAST_SHIFT_SD_SAMPLES = 0.05
# A narrow click repeats itself after its period, 0.3 ms: shifts are unambiguous within half of it.
_FURTHEST_S = 0.00016
# Power of the error over that of the sound from which on more than half is notes.
_MOST_ERROR = 1.0
_CLEAR_GAIN_SD = 0.5
_CLEAR_OFF_GAIN = 0.5
_CLEAR_SDS = 4.0
_CLEAR_OFF_SAMPLES = 0.5
# Outside these gains subtraction adds more than it removes, or leaves nearly half.
_LEAST_GAIN, _MOST_GAIN = 0.5, 1.75
_GAIN_STEP = 0.25
_GAIN_TRUST_SD = 0.3
_N_SHIFTS = 32
# Learnt clicks after which the direct sound stands out more clearly from noise.
_SURER_AT = (6, 12, 24, 48)
_BEFORE_NEXT_S = 0.003


@dataclass(slots=True)
class SentClick:
    """A click on its way, and the window in which it will be heard."""

    sample: int
    kind: int
    gap_samples: int | None = None  # to the next click, where one was announced
    lag_samples: float = 0.0  # expected
    first_sample: int = 0  # of its window
    expected: Samples | None = None  # its sound as subtracted

    @property
    def shift_samples(self) -> float:
        """Fraction of a sample in its lag."""
        return self.lag_samples - math.floor(self.lag_samples)


WindowOf = Callable[[SentClick], FloatArray]
"""Returns what was heard in a click's window."""


class ClickModel:
    """Lag, drift and sound of one's own clicks, as heard; ``sounds`` are those sent, by kind."""

    def __init__(self, rate_hz: int, sounds: tuple[Samples, ...]) -> None:
        self._rate_hz = rate_hz
        self.window = ClickWindow(rate_hz, max(len(sound) for sound in sounds))
        self._templates = [ClickTemplate(self.window, sound) for sound in sounds]
        self._before_next = seconds_to_samples(_BEFORE_NEXT_S, rate_hz)
        self._shifts: deque[float] = deque(maxlen=_N_SHIFTS)
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._line: LagLine | None = None
        self._direct_samples = 0.0
        self._gain = 1.0
        self._shifts.clear()
        for template in self._templates:
            template.clear()

    @property
    def is_known(self) -> bool:
        """Whether clicks are heard."""
        return self._line is not None

    @property
    def drift(self) -> float:
        """Samples that the lag grows a sample; NaN where unknown."""
        return math.nan if self._line is None else self._line.drift

    @property
    def shift_iqr_samples(self) -> float:
        """Interquartile range of single clicks about the fitted lag; NaN below two."""
        if len(self._shifts) < 2:
            return math.nan
        low, high = np.percentile(self._shifts, (25.0, 75.0))
        return float(high - low)

    def lag_at(self, sample: int) -> float:
        """Lag of the direct sound of a click sent at ``sample``; NaN where unknown."""
        return math.nan if self._line is None else self._line.at(sample) + self._direct_samples

    def begins_after(self, sample: int) -> int:
        """How long after being sent at ``sample`` the window of a click begins, in samples."""
        lag_samples = 0.0 if self._line is None else self._line.at(sample)
        return math.floor(lag_samples) - self.window.before_samples

    def begin(
        self, found: FoundLag, clicks: list[SentClick], now: int, window_of: WindowOf
    ) -> bool:
        """Learn from the ``clicks`` that agreed; False where notes would have been learnt.

        Those whose window ends after ``now`` are only placed.
        """
        self._place(clicks, LagLine(clicks[0].sample, found.lag_samples, 0.0, 0.0, self._rate_hz))
        complete = [
            click
            for click in clicks
            if click.first_sample + self.window.n_samples <= now
            and self._is_usable(click, window_of)
        ]
        drift, drift_sd = self._first_drift(complete, window_of)
        line = LagLine(clicks[0].sample, found.lag_samples, drift, drift_sd, self._rate_hz)
        self._place(clicks, line)
        self._learn_first(complete, window_of)
        if min((known.error_share for known in self._known), default=math.inf) > _MOST_ERROR:
            self.clear()
            return False
        self._line = line
        self._find_direct()
        return True

    def _is_usable(self, click: SentClick, window_of: WindowOf) -> bool:
        """Whether a recording is finite and not silent in the band of its click."""
        recording = self._recording(click, window_of(click))
        is_finite = bool(np.all(np.isfinite(recording)))
        return is_finite and not self._templates[click.kind].is_silent(recording)

    @property
    def _known(self) -> list[ClickTemplate]:
        return [template for template in self._templates if template.is_known]

    def _find_direct(self) -> None:
        found = direct_sound_samples(self.window, self._known)
        if found is not None:
            self._direct_samples = found

    def _place(self, clicks: list[SentClick], line: LagLine) -> None:
        for click in clicks:
            click.lag_samples = line.at(click.sample)
            whole = math.floor(click.lag_samples)
            click.first_sample = click.sample + whole - self.window.before_samples

    def _first_drift(self, clicks: list[SentClick], window_of: WindowOf) -> tuple[float, float]:
        """Drift and its standard deviation, from successive clicks of one kind."""
        precision, weighted = 1.0 / _CLOCK_SD**2, 0.0
        last: dict[int, tuple[int, Spectrum]] = {}
        for click in clicks:
            recording = self._recording(click, window_of(click))
            if click.kind in last:
                gap = click.sample - last[click.kind][0]
                template = self._templates[click.kind]
                template.learn_first([last[click.kind][1]], None, self._n_alone(click))
                match = template.match(recording, 2.0 + MOST_DRIFT * gap)
                shift_sd = math.hypot(match.shift_sd_samples, _LEAST_SHIFT_SD_SAMPLES)
                precision += (gap / shift_sd) ** 2
                weighted += gap * match.shift_samples / shift_sd**2
            last[click.kind] = (click.sample, recording)
        return weighted / precision, 1.0 / math.sqrt(precision)

    def _learn_first(self, clicks: list[SentClick], window_of: WindowOf) -> None:
        kinds = [click.kind for click in clicks]
        error_of_single = None
        # The commonest kind first: it shows how noisy single recordings are.
        for kind in sorted(set(kinds), key=lambda kind: (-kinds.count(kind), kind)):
            alike = [click for click in clicks if click.kind == kind]
            recordings = [self._recording(click, window_of(click)) for click in alike]
            template = self._templates[kind]
            template.learn_first(recordings, error_of_single, min(map(self._n_alone, alike)))
            if len(alike) > 1:
                error_of_single = len(alike) * template.error_share

    def expect(self, click: SentClick) -> Samples:
        """Place a click and return what to subtract in its window, float32."""
        if self._line is None:
            raise ValueError("no click has been heard yet")
        self._place([click], self._line)
        return self._template(click.kind).expected(click.shift_samples)

    def learn(self, click: SentClick, heard: FloatArray) -> bool:
        """Learn from what was ``heard`` in a click's window; whether it was clearly there.

        Where recent clicks no longer match, everything is forgotten: the click moved or fell
        silent.
        """
        recording = self._recording(click, heard)
        line = self._line
        if line is None or not np.all(np.isfinite(recording)):
            return False
        template = self._template(click.kind)
        is_clear = False
        if template.n_learnt:
            lag_sd = line.sd_at(click.sample)
            match = template.match(recording, min(3.0 * lag_sd, _FURTHEST_S * self._rate_hz))
            if self._is_gone(match):
                self.clear()
                return False
            is_clear = _is_clear(match, lag_sd)
        if is_clear:
            lag_samples = click.lag_samples + match.shift_samples
            line.update(click.sample, lag_samples, match.shift_sd_samples)
            self._shifts.append(match.shift_samples)
            recording = self.window.later(recording, click.lag_samples - line.at(click.sample))
        template.learn(recording, self._n_alone(click))
        if template.n_learnt in _SURER_AT:
            self._find_direct()
        return is_clear

    def _template(self, kind: int) -> ClickTemplate:
        template = self._templates[kind]
        if not template.is_known:
            template.guess(self._known)
        return template

    def _recording(self, click: SentClick, heard: FloatArray) -> Spectrum:
        """Spectrum of a click alone, shifted to a whole sample."""
        alone = heard if click.expected is None else heard + click.expected
        return self.window.later(self.window.spectrum(alone), -click.shift_samples)

    def _n_alone(self, click: SentClick) -> int:
        """Samples of the window before the next click, where that was not subtracted."""
        if click.expected is not None or click.gap_samples is None:
            return self.window.n_samples
        alone = self.window.before_samples + click.gap_samples - self._before_next
        return min(self.window.n_samples, alone)

    def _is_gone(self, match: TemplateMatch) -> bool:
        """Whether recent subtraction has added to the sound, or left much of it."""
        weight = _GAIN_STEP / (1.0 + (match.gain_sd / _GAIN_TRUST_SD) ** 2)
        self._gain += weight * (min(max(match.gain, -1.0), 3.0) - self._gain)
        return not _LEAST_GAIN < self._gain < _MOST_GAIN


def _is_clear(match: TemplateMatch, lag_sd: float) -> bool:
    is_like = match.gain_sd < _CLEAR_GAIN_SD and abs(match.gain - 1.0) < _CLEAR_OFF_GAIN
    off_samples = abs(match.shift_samples) - _CLEAR_OFF_SAMPLES
    return is_like and off_samples < _CLEAR_SDS * math.hypot(lag_sd, match.shift_sd_samples)
