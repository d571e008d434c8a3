"""Removes the metronome's own click from the microphone signal.

Players aim at the click, so nothing is blanked around it: its sound in the room is learnt in
the count-in and subtracted from then on exactly where it is due. Playing over it hardly
changes the template, because a click under a note has little weight.

The lag of the round trip found on the way re-checks the calibration, as in REPP
(Anglada-Tort, Harrison & Jacoby 2022), which plays markers beside the stimulus.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from practiceear.audio.blocks import Samples
from practiceear.click_removal.click_model import ClickModel, SentClick
from practiceear.click_removal.filter_kernels import expect, recall, smooth_power, subtract
from practiceear.click_removal.lag import N_SEARCHED, FoundLag, LagSearch
from practiceear.metronome.program import ClickArray
from practiceear.numba_cache import compiling_alone
from practiceear.units import FloatArray, seconds_to_samples

FEWEST_AGREEING = 3
"""Clicks that must agree about the lag, besides three quarters of the last eight: notes on
the beat come back at nearly one lag too."""

FEWEST_AS_GIVEN = 2
"""Clicks that must agree where they confirm the lag that was given."""

RESIDUE_BEFORE_S, RESIDUE_AFTER_S, RESIDUE_S = 0.02, 0.08, 0.03
"""An onset so much before to so much after a click is due may be its residue, whose level is
measured over so long."""

LATE_POWER = 0.1
"""Power of a click that a room may hold until its window ends, where subtraction stops and what
is left of it may be heard to begin."""

_LIKE_GIVEN_S = 0.005
_HISTORY_S = 8.0
_STEP_SAMPLES = 8192


class ClickFilter:
    """Subtracts one's own clicks from the microphone, without delay.

    Until the lag is known, and wherever no click is heard, samples pass unchanged, bit by
    bit. The output does not depend on how the stream is cut into blocks.

    Parameters
    ----------
    rate_hz
        Samples per second of both directions.
    sounds
        The sound sent for each ``ClickKind``, float32.
    lag_s
        The calibrated round trip in seconds, used until the click itself is heard, which it
        speeds up; None where there is none.

    Attributes
    ----------
    n_played, n_heard
        Audible clicks whose sound was due, and those clearly heard where they were due.
    """

    def __init__(
        self, rate_hz: int, sounds: tuple[Samples, ...], *, lag_s: float | None = None
    ) -> None:
        self._rate_hz = rate_hz
        self._given_lag_s = self._lag_s = math.nan if lag_s is None else lag_s
        self._model = ClickModel(rate_hz, sounds)
        self._search = LagSearch(rate_hz, sounds)
        self._window_samples = self._model.window.n_samples
        self._history = _ring(seconds_to_samples(_HISTORY_S, rate_hz))
        self._expected = _ring(2 * self._window_samples)
        self._now = 0
        self._last: SentClick | None = None
        self._coming: deque[SentClick] = deque()
        self._searched: deque[SentClick] = deque(maxlen=N_SEARCHED)
        self._sounding: deque[SentClick] = deque()
        self._subtracted: deque[tuple[float, float]] = deque(maxlen=N_SEARCHED)  # due, power
        self.n_played = self.n_heard = 0

    @property
    def lag_s(self) -> float:
        """From a click's first sample sent to that sample heard; NaN until known.

        Where the click is no longer heard it is the last one known.
        """
        return self._model.lag_at(self._now) / self._rate_hz if self.is_heard else self._lag_s

    @property
    def is_heard(self) -> bool:
        """Whether the click is heard at present, and so subtracted."""
        return self._model.is_known

    @property
    def lag_iqr_s(self) -> float:
        """Interquartile range of the lags of single clicks, drift removed."""
        return self._model.shift_iqr_samples / self._rate_hz

    @property
    def drift_ppm(self) -> float:
        """Growth of the lag in parts per million: two clocks that differ. NaN if not heard."""
        return 1e6 * self._model.drift

    def announce(self, clicks: ClickArray) -> None:
        """Announce clicks in order, dtype ``CLICK``, before the stream reaches their samples.

        Inaudible ones are ignored.
        """
        for row in clicks[clicks["is_audible"]]:
            click = SentClick(int(row["sample"]), int(row["kind"]))
            if self._last is not None:
                self._last.gap_samples = click.sample - self._last.sample
            self._coming.append(click)
            self._last = click

    def process(self, samples: Samples) -> Samples:
        """Return ``samples``, float32 (n,), without the clicks; same shape, no delay.

        Samples are counted from 0. Give zeros for those that were lost.
        """
        samples = np.ascontiguousarray(samples, dtype=np.float32)
        cleaned = np.empty_like(samples)
        first = 0
        self._run_due()
        while first < len(samples):
            due = self._next_due()
            end = min(len(samples), first + _STEP_SAMPLES)
            if due is not None:
                end = min(end, first + due - self._now)
            out = cleaned[first:end]
            subtract(samples[first:end], self._now, self._expected, self._history, out)
            self._now += end - first
            first = end
            self._run_due()
        return cleaned

    def left_of_click(self, onset_sample: int) -> float:
        """Amplitude of the sound at ``onset_sample``, as a share of the click subtracted there.

        Infinite where no click was subtracted, or where that is too long ago.
        """
        n_samples = seconds_to_samples(RESIDUE_S, self._rate_hz)
        before, after = (
            seconds_to_samples(s, self._rate_hz) for s in (RESIDUE_BEFORE_S, RESIDUE_AFTER_S)
        )
        for due, power in reversed(self._subtracted):
            since_samples = onset_sample - due
            if -before <= since_samples <= self._window_samples + before:
                expected = power * (1.0 if since_samples <= after else LATE_POWER)
                left = self._recall(onset_sample, min(n_samples, self._now - onset_sample))
                is_heard = left.size > 0 and expected > 0.0
                return math.sqrt(float(np.mean(left**2)) / expected) if is_heard else math.inf
        return math.inf

    def _run_due(self) -> None:
        """Handle all clicks due by now, in an order that does not depend on the blocks."""
        while True:
            due = self._next_due()
            if due is None or due > self._now:
                return
            if self._sounding and self._end_of(self._sounding[0]) <= self._now:
                self._learn(self._sounding.popleft())
                continue
            click = self._coming.popleft()
            self.n_played += 1
            if self.is_heard:
                self._expect(click)
            else:
                self._search_lag(click)

    def _next_due(self) -> int | None:
        dues = []
        if self._coming:
            dues.append(self._due_of(self._coming[0]))
        if self._sounding:
            dues.append(self._end_of(self._sounding[0]))
        return min(dues, default=None)

    def _due_of(self, click: SentClick) -> int:
        if not self.is_heard:
            return click.sample + self._search.window_samples
        return click.sample + max(0, self._model.begins_after(click.sample))

    def _end_of(self, click: SentClick) -> int:
        return click.first_sample + self._window_samples

    def _search_lag(self, click: SentClick) -> None:
        """Search the lag with one more click, and begin to subtract where it is found."""
        heard = self._recall(click.sample, self._search.window_samples)
        self._search.add(click.sample, click.kind, heard)
        self._searched.append(click)
        found = self._search.find()
        if found is None or not self._is_sure(found):
            return
        oldest = self._now - len(self._history) + self._window_samples
        clicks = [
            click
            for click in self._searched
            if click.sample >= oldest and click.sample in found.agreeing_samples
        ]
        if not clicks or not self._model.begin(found, clicks, self._now, self._window_of):
            return
        n_complete = sum(self._end_of(click) <= self._now for click in clicks)
        self.n_heard += min(found.n_agreeing, n_complete)
        self._sounding.extend(clicks[n_complete:])
        self._searched.clear()
        self._search.clear()

    def _is_sure(self, found: FoundLag) -> bool:
        off_given_s = abs(found.lag_samples / self._rate_hz - self._given_lag_s)
        is_like_given = off_given_s < _LIKE_GIVEN_S
        return found.n_agreeing >= (FEWEST_AS_GIVEN if is_like_given else FEWEST_AGREEING)

    def _recall(self, first_sample: int, n_samples: int) -> Samples:
        heard = np.empty(n_samples, dtype=np.float32)
        recall(self._history, first_sample, heard)
        return heard

    def _window_of(self, click: SentClick) -> FloatArray:
        return self._recall(click.first_sample, self._window_samples).astype(np.float64)

    def _expect(self, click: SentClick) -> None:
        click.expected = self._model.expect(click)
        expect(click.expected, click.first_sample, self._now, self._expected)
        self._sounding.append(click)
        due = click.sample + self._model.lag_at(click.sample)
        first = max(0, round(due) - click.first_sample)
        n_samples = seconds_to_samples(RESIDUE_S, self._rate_hz)
        power = float(np.mean(click.expected[first : first + n_samples].astype(np.float64) ** 2))
        self._subtracted.append((due, power))

    def _learn(self, click: SentClick) -> None:
        lag_s = self.lag_s
        self.n_heard += self._model.learn(click, self._window_of(click))
        if self.is_heard:
            return
        # It is elsewhere or silent: search again among the clicks to come.
        self._lag_s = lag_s
        self._sounding.clear()
        while self._coming and self._coming[0].sample < self._now:
            self._coming.popleft()


def compile_kernels() -> None:
    """Compile every kernel of the filter, or load it from the cache."""
    ring, sound, power = _ring(8), np.zeros(4, np.float32), np.zeros(4)
    with compiling_alone():
        expect(sound, 0, 0, ring)
        subtract(sound, 0, ring, ring.copy(), sound.copy())
        recall(ring, 0, sound)
        smooth_power(power, 1, power.copy())


def _ring(n_samples: int) -> Samples:
    """A ring of a power of two, at least ``n_samples`` long."""
    return np.zeros(1 << n_samples.bit_length(), dtype=np.float32)
