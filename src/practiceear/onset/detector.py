"""The streaming onset detector: blocks of samples in, onset events out."""

from __future__ import annotations

import numpy as np

from practiceear.audio.blocks import Samples
from practiceear.onset.config import DetectorConfig
from practiceear.onset.event import ONSET, OnsetArray
from practiceear.onset.picking_kernels import (
    close_all,
    hear_block,
    reset_state,
    settled_until_now,
)
from practiceear.onset.records import FLUSH_S, STATE
from practiceear.onset.tables import build_tables, packaged_weights

LONGEST_CALL_SAMPLES = 8192
"""Longest run of samples that one kernel call takes; bounds the count of events."""

N_EVENTS = 64
"""Room for the events of one call: 32 frames at most, and no head speaks twice in 8."""


class OnsetDetector:
    """Finds the beginnings of notes in a stream of mono samples.

    A small causal network (Bai, Kolter and Koltun 2018; after Schlüter and Böck, "Improved
    musical onset detection with convolutional neural networks", ICASSP 2014) over log band
    levels and their differences, deaf to level. Its early heads call, its late one confirms
    about 0.14 s after the onset; a localiser then times sharp attacks to the millisecond, and
    a timer estimates the error of each onset.

    Parameters
    ----------
    rate_hz
        Samples per second, one of ``WORKING_RATES_HZ``.
    config
        Settings; the defaults serve every instrument.

    Raises
    ------
    ValueError
        ``rate_hz`` is not a working rate.
    MissingError
        The weights that come with the package are missing or broken.
    """

    def __init__(self, rate_hz: int, config: DetectorConfig = DetectorConfig()) -> None:  # noqa: B008
        self._tables = build_tables(rate_hz, packaged_weights(), config)
        self._state = np.zeros(1, STATE)
        self._events = np.zeros(N_EVENTS, ONSET)
        self._flush = np.empty(round(FLUSH_S * rate_hz), np.float32)
        self._hop_samples = int(self._tables[0]["hop"])
        self.reset()

    def reset(self, first_sample: int = 0, first_id: int = 0) -> None:
        """Forget everything.

        The next sample fed is number ``first_sample``, the next onset ``first_id``. After
        a gap in a take, give `next_onset_id`, so that ids stay unique.
        """
        self._state[...] = np.zeros(1, STATE)
        reset_state(self._state, self._tables, first_sample, first_id)
        self._is_finished = False

    def process(self, samples: Samples) -> OnsetArray:
        """Feed samples and return a copy of the events they bring, shape (n_events,).

        ``samples`` is float32, shape (n,), any n from 0 up, any strides. What is no number or
        beyond ±8 counts as silence.
        """
        if self._is_finished:
            raise RuntimeError("finish() ended this stream; reset() starts another")
        if not samples.flags.carray:  # one compiled signature, whatever the caller's arrays
            samples = samples.copy()
        return self._process(samples)

    def finish(self) -> OnsetArray:
        """Confirm everything that still waits; after this only `reset` is of use."""
        if self._is_finished:
            return np.zeros(0, ONSET)
        self._is_finished = True
        state = self._state[0]
        state["end_sample"] = state["n_samples"]
        self._flush[:] = state["last_in"]  # silence without a step, whatever the offset
        flushed = self._process(self._flush)
        n_events = close_all(self._state, self._tables, self._events)
        return np.concatenate([flushed, self._events[:n_events]])

    @property
    def hop_samples(self) -> int:
        """Events come when so many more samples are complete."""
        return self._hop_samples

    @property
    def next_onset_id(self) -> int:
        """The id that the next new onset will get."""
        return int(self._state[0]["next_id"])

    @property
    def confirmed_until_sample(self) -> int:
        """Every onset that will still be confirmed lies at or after this sample."""
        state = self._state[0]
        if self._is_finished:
            return int(state["first_sample"] + state["end_sample"])
        return int(state["first_sample"] + settled_until_now(self._state, self._tables))

    def _process(self, samples: Samples) -> OnsetArray:
        found = []
        for start in range(0, len(samples), LONGEST_CALL_SAMPLES):
            part = samples[start : start + LONGEST_CALL_SAMPLES]
            n_events = hear_block(part, self._state, self._tables, self._events)
            if n_events:  # most blocks bring nothing
                found.append(self._events[:n_events].copy())
        return np.concatenate(found) if found else np.zeros(0, ONSET)


def compile_kernels() -> None:
    """Compile every kernel, or load it from the cache; seconds when nothing is cached."""
    detector = OnsetDetector(44100)
    detector.process(np.zeros(1024, np.float32))
    detector.confirmed_until_sample  # noqa: B018
    detector.finish()
