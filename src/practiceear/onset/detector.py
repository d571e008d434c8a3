"""The streaming onset detector: blocks of samples in, onset events out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from practiceear.audio.block import Samples
from practiceear.onset import kernels
from practiceear.onset.config import (
    HISTORY_FRAMES,
    BandLayout,
    DetectorConfig,
    build_settings,
    build_tables,
)
from practiceear.onset.event import ONSET, OnsetArray, OnsetKind
from practiceear.onset.refine import OnsetRefiner

CHUNK_SAMPLES = 4096
"""Longest run of samples that one kernel call takes; bounds the count of events.

Samples are copied into an array of this length until a hop is full: one kernel call a hop
rather than a block, and one compiled signature whatever the caller's arrays are like.
"""

STATE = np.dtype(
    [
        ("first_sample", np.int64),  # position of the first sample since the reset
        ("n_samples", np.int64),  # position after the newest sample
        ("n_in_hop", np.int64),  # samples of the hop that is being filled
        ("n_buffered", np.int64),  # samples in the buffer
        ("frame", np.int64),  # newest complete frame, -1 before the first
        ("settled_frame", np.int64),  # newest frame that is settled, -1 before the first
        ("start_frame", np.int64),  # first frame after digital silence, or -1
        ("n_starts", np.int64),  # times that sound came after digital silence
        ("n_silent", np.int64),  # newest frames that are digital silence
        ("last_called_frame", np.int64),
        ("last_settled_frame", np.int64),
        ("next_id", np.int64),  # onset_id of the next new onset
        ("n_events", np.int64),  # events that the running kernel has written
        ("n_pending", np.int64),  # calls that wait to be settled
        ("n_held", np.int64),  # samples since the running peak was reached
        ("last_in", np.float64),  # high-pass: newest input, amplitude
        ("last_out", np.float64),  # high-pass: newest output, amplitude
        ("peak", np.float64),  # running peak, amplitude
        ("playing", np.float64),  # what the peak exceeds a tenth of the time, amplitude
        ("energy", np.float64),  # sum of squares of the hop that is being filled
        ("noise_dbfs", np.float64),  # noise floor of the whole sound
    ],
    align=True,
)
"""Everything that changes from sample to sample, beside the arrays."""

PENDING = np.dtype(
    [
        ("frame", np.int64),  # of the novelty peak
        ("onset_id", np.int64),
        ("known_sample", np.int64),  # of the call
    ],
    align=True,
)
"""A call that waits to be settled or withdrawn."""


RAW_EVENT = np.dtype(
    [
        ("kind", np.uint8),  # an OnsetKind
        ("onset_id", np.int64),
        ("frame", np.int64),  # of the novelty peak
        ("known_sample", np.int64),
        ("called_sample", np.int64),
        ("strength", np.float32),  # novelty over its threshold
        ("loudness", np.float64),  # when the event was written, amplitude
    ],
    align=True,
)
"""An event as the kernels write it: its time is still that of a frame."""


class OnsetDetector:
    """Finds the beginnings of notes in a stream of mono samples.

    Log-filtered spectral flux with a maximum filter over neighbouring bands against
    vibrato (Böck and Widmer, "Maximum filter vibrato suppression for onset detection",
    DAFx 2013), in bands of a quarter of a semitone under an asymmetric window, relative
    to the loudness of the playing and to the noise floor of each band.

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
    """

    def __init__(self, rate_hz: int, config: DetectorConfig = DetectorConfig()) -> None:  # noqa: B008
        self._settings = build_settings(rate_hz, config)
        bands = BandLayout(
            config.bands_per_octave, config.lowest_hz, config.highest_hz, spacing_hz=23.5
        )
        self._tables = build_tables(
            rate_hz, 2048 if rate_hz <= 48000 else 4096, round(256 * rate_hz / 44100), bands
        )
        self._hop_samples = int(self._settings[0]["hop_samples"])
        self._minimum_interval_samples = round(config.minimum_interval_s * rate_hz)
        n_window, n_bands = len(self._tables.window), len(self._tables.band_start)
        self._state = np.zeros(1, STATE)
        self._pending = np.zeros(32, PENDING)
        self._events = np.zeros(64, RAW_EVENT)
        self._input = np.zeros(CHUNK_SAMPLES, np.float32)  # samples not yet fed, then room
        self._buffer = np.zeros(16 * n_window, np.float32)  # high-passed samples, amplitude
        self._work = np.zeros((4, n_window // 2), np.float32)  # two complex vectors
        self._magnitude = np.zeros(n_window // 2, np.float32)  # amplitude a bin
        self._levels = np.zeros((HISTORY_FRAMES, n_bands), np.float32)  # amplitude a band
        self._noise = np.zeros(n_bands, np.float32)  # amplitude a band
        self._novelty = np.zeros(HISTORY_FRAMES, np.float32)  # mean log10 rise a band
        self._level_dbfs = np.zeros(HISTORY_FRAMES, np.float32)
        self._refiner = OnsetRefiner(rate_hz)
        self.reset()

    def reset(self, first_sample: int = 0, first_id: int = 0) -> None:
        """Forget everything.

        The next sample fed is number ``first_sample``, the next onset ``first_id``. After
        a gap in a take, give `next_onset_id`, so that ids stay unique.
        """
        for array in (self._buffer, self._levels, self._noise, self._novelty, self._level_dbfs):
            array[...] = 0.0
        self._state[...] = np.zeros(1, STATE)
        state = self._state[0]
        state["first_sample"] = state["n_samples"] = first_sample
        state["next_id"] = first_id
        state["playing"] = self._settings[0]["peak_floor"]
        state["n_buffered"] = len(self._buffer) // 2
        state["frame"] = state["settled_frame"] = state["start_frame"] = -1
        state["last_called_frame"] = state["last_settled_frame"] = -HISTORY_FRAMES
        self._last_settled_sample: int | None = None
        self._n_input = 0
        self._is_finished = False
        self._is_new = True

    def process(self, samples: Samples) -> OnsetArray:
        """Feed samples and return the events they bring.

        Parameters
        ----------
        samples
            float32, shape (n,), finite; any n from 0 up, any strides.

        Returns
        -------
        OnsetArray
            dtype ``ONSET``, shape (n_events,), a copy.
        """
        if self._is_finished:
            raise RuntimeError("finish() ended this stream; reset() starts another")
        if self._is_new and len(samples):
            # A constant offset must not look like an attack at the first sample.
            self._state[0]["last_in"] = samples[0]
            self._is_new = False
        found = []
        done = 0
        while done < len(samples):
            step = min(len(samples) - done, CHUNK_SAMPLES - self._n_input)
            self._input[self._n_input : self._n_input + step] = samples[done : done + step]
            self._n_input += step
            done += step
            if self._n_input >= self._hop_samples:
                n_events = self._feed(self._n_input - self._n_input % self._hop_samples)
                if n_events:
                    found.append(self._publish(self._events[:n_events]))
        return np.concatenate(found) if found else np.zeros(0, ONSET)

    def finish(self) -> OnsetArray:
        """Settle everything that still waits; after this only `reset` is of use."""
        if self._is_finished:
            return np.zeros(0, ONSET)
        self._is_finished = True
        self._feed(self._n_input)  # less than a hop, which brings no event
        n_events = kernels.finish(
            self._levels,
            self._noise,
            self._novelty,
            self._level_dbfs,
            self._pending,
            self._settings,
            self._state,
            self._events,
        )
        return self._publish(self._events[:n_events])

    @property
    def hop_samples(self) -> int:
        """Events come when so many more samples are complete."""
        return self._hop_samples

    @property
    def next_onset_id(self) -> int:
        """The id that the next new onset will get."""
        return int(self._state[0]["next_id"])

    @property
    def settled_until_sample(self) -> int:
        """Every onset that will still be settled lies at or after this sample."""
        state = self._state[0]
        if self._is_finished:
            return int(state["n_samples"])
        settings = self._settings[0]
        end = (state["settled_frame"] + 2) * self._hop_samples
        earliest = end - settings["delay_samples"] - self._refiner.reach_samples
        return int(state["first_sample"] + max(0, earliest))

    def _feed(self, n_samples: int) -> int:
        """Run the kernels over that much input, keep the rest; returns the count of events."""
        tables = self._tables
        n_events = kernels.advance(
            self._input[:n_samples],
            tables.window,
            tables.cosine,
            tables.sine,
            tables.band_start,
            tables.band_weight,
            self._buffer,
            self._work,
            self._magnitude,
            self._levels,
            self._noise,
            self._novelty,
            self._level_dbfs,
            self._pending,
            self._settings,
            self._state,
            self._events,
        )
        self._n_input -= n_samples
        if self._n_input:
            self._input[: self._n_input] = self._input[n_samples : n_samples + self._n_input]
        return int(n_events)

    def _publish(self, raw: npt.NDArray[np.void]) -> OnsetArray:
        """Give raw events their time in samples."""
        events = np.zeros(len(raw), ONSET)
        for name in ("kind", "onset_id", "known_sample", "called_sample", "strength"):
            events[name] = raw[name]
        state, settings = self._state[0], self._settings[0]
        end = (raw["frame"] + 1) * self._hop_samples
        coarse = state["first_sample"] + end - settings["delay_samples"]
        events["onset_sample"] = np.maximum(coarse, state["first_sample"])
        for k in np.flatnonzero(raw["kind"] == OnsetKind.SETTLED):
            events["onset_sample"][k] = self._settled_sample(int(coarse[k]), raw[k])
        return events

    def _settled_sample(self, coarse: int, raw: np.void) -> int:
        """The refined time of a settled onset, in order and at a distance from the last."""
        first = int(self._state[0]["first_sample"])
        offset = int(self._state[0]["n_samples"] - self._state[0]["n_buffered"])
        known = int(raw["known_sample"])
        onset = offset + round(
            self._refiner.refine(
                self._buffer, coarse - offset, known - offset, float(raw["loudness"])
            )
        )
        earliest = first
        if self._last_settled_sample is not None:
            earliest = self._last_settled_sample + self._minimum_interval_samples
        self._last_settled_sample = min(max(onset, earliest), known)
        return self._last_settled_sample


def warm_up() -> None:
    """Compile every kernel, or load it from the cache; seconds when nothing is cached."""
    click = np.zeros(8 * CHUNK_SAMPLES, np.float32)
    click[len(click) // 2 :: 100] = 0.5
    detector = OnsetDetector(44100)
    detector.process(click)
    detector.finish()
