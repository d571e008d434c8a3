"""What is wrong with a recording: clipping, silence, offsets, a moving gain, a missing end."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from practiceear.audio.blocks import Framer, Frames, Samples
from practiceear.units import FloatArray

STEP_S = 0.05
WINDOW_STEPS = 6
"""The floor is the middle of so many steps: a click among them does not move it."""

BAND_EDGES_HZ = (180.0, 300.0, 500.0, 850.0, 1400.0, 2400.0, 4000.0, 6500.0, 10000.0)
LOUD_S = 10.0
PAUSE_DB = 20.0
"""So far below the loudest of the last seconds no note is being played, or a very soft one."""

RISE_DB = 6.0
SHORTEST_RISE_S = 0.5
FASTEST_SHARE = 0.7
"""At most so much of the rise within 0.3 s: an attack, a fan or a door brings all of it."""

SAME_GAIN_DB = 2.0
"""Bands of noise measured for 0.3 s differ by about 1 dB; of a note that swells, by 10 and more."""

MOST_ODD_BANDS = 2
"""The echo of the last note may still ring in some."""

UNSTEADY_DB = 2.0
"""Noise moves by less from step to step; drum rolls, speech and bows move by more."""

QUIETEST_DBFS = -100.0
"""Below this it is rounding, not a room."""

FEWEST_RISES = 2
"""A single one may be a fan that starts."""


class GainControlMeter:
    """Counts the pauses in which the noise of the room swelled."""

    def __init__(self, rate_hz: int) -> None:
        step_samples = round(STEP_S * rate_hz)
        self._cutter = Framer(step_samples)
        self._taper = np.hanning(step_samples)
        bins_hz = np.fft.rfftfreq(step_samples, 1.0 / rate_hz)
        edges_hz = [edge_hz for edge_hz in BAND_EDGES_HZ if edge_hz < 0.45 * rate_hz]
        self._first_bins = np.searchsorted(bins_hz, edges_hz)
        self._levels_dbfs: deque[float] = deque(maxlen=round(LOUD_S / STEP_S))
        self._pause: list[FloatArray] = []
        self._floors: list[FloatArray] = []
        self._is_counted = False
        self.n_rises = 0

    @property
    def is_gain_controlled(self) -> bool:
        """Whether the noise swelled in several pauses."""
        return self.n_rises >= FEWEST_RISES

    def add(self, samples: Samples) -> None:
        """Take in the next samples."""
        for step in self._cutter.cut(samples):
            level_dbfs = _decibels(float(np.mean(np.square(step, dtype=np.float64))))
            self._levels_dbfs.append(level_dbfs)
            if level_dbfs > max(self._levels_dbfs) - PAUSE_DB or level_dbfs < QUIETEST_DBFS:
                self._pause.clear()
                self._floors.clear()
                self._is_counted = False
            elif not self._is_counted:
                self._hear_pause(step)

    def _hear_pause(self, step: Samples) -> None:
        power = np.abs(np.fft.rfft(step * self._taper)) ** 2
        bands = np.add.reduceat(power, self._first_bins)[:-1]
        self._pause.append(10.0 * np.log10(bands + 1e-30))
        if len(self._pause) >= WINDOW_STEPS:
            self._floors.append(np.median(self._pause[-WINDOW_STEPS:], axis=0))
            self._is_counted = self._has_risen()
            self.n_rises += int(self._is_counted)

    def _has_risen(self) -> bool:
        """Whether the floor is now higher in all bands alike than it was in this pause."""
        heights_db = np.median(self._floors, axis=1)
        lowest = int(np.argmin(heights_db))
        rise_db = self._floors[-1] - self._floors[lowest]
        middle_db = float(np.median(rise_db))
        if middle_db < RISE_DB or len(heights_db) - lowest < SHORTEST_RISE_S / STEP_S:
            return False
        since = heights_db[lowest:]
        fastest_db = float(np.max(since[WINDOW_STEPS:] - since[:-WINDOW_STEPS]))
        n_odd = int(np.count_nonzero(np.abs(rise_db - middle_db) > SAME_GAIN_DB))
        is_gradual = fastest_db <= FASTEST_SHARE * middle_db
        return is_gradual and n_odd <= MOST_ODD_BANDS and self._is_steady(lowest)

    def _is_steady(self, lowest: int) -> bool:
        steps_db = np.median(self._pause[lowest:], axis=1)
        return bool(np.median(np.abs(np.diff(steps_db))) <= UNSTEADY_DB)


def _decibels(power: float) -> float:
    return 10.0 * float(np.log10(power)) if power > 0.0 else -np.inf


CLIPPING_LEVEL = 0.9999  # 16-bit full scale is 0.99997
LOUDEST_INTEGER = 1.001  # louder samples come from a float file, which has headroom
LONGEST_PADDING_S = 0.05  # two blocks of AAC, as Apple writes them: 2112 samples
CLIPPED_RUN_SAMPLES = 3  # a music peak touches full scale once; a clipped one stays there


@dataclass(frozen=True, slots=True)
class RecordingQuality:
    """What was found out about a take while it was read.

    Attributes
    ----------
    n_frames
        Frames read at the file's own rate.
    n_promised_frames
        Frames that the file's header announces; None where it does not say.
    is_cut_short
        Whether the file is cut off or damaged: not all that was in it could be read.
    is_start_known
        False where an encoder put an unknown padding in front of the sound: all times may be
        up to ``LONGEST_PADDING_S`` off, by the same amount.
    peak
        Largest absolute sample of the channels listened to, 1.0 being full scale.
    dc_offset
        Mean of all samples.
    n_clipped_samples
        Samples in runs of three or more at full scale.
    mix_loss_db
        How much quieter the average of the channels is than that of channels which
        have nothing to do with each other; large where they cancel.
    n_gain_rises
        Pauses in which the noise of the room swelled by 6 dB and more, as automatic gain
        control makes it.
    """

    n_frames: int = 0
    n_promised_frames: int | None = None
    is_cut_short: bool = False
    is_start_known: bool = True
    peak: float = 0.0
    dc_offset: float = 0.0
    n_clipped_samples: int = 0
    mix_loss_db: float = 0.0
    n_gain_rises: int = 0

    @property
    def share_read(self) -> float | None:
        """How much of a file that is cut short could be read, 0 to 1; None where not known."""
        if not self.is_cut_short or self.n_frames >= (self.n_promised_frames or 0):
            return None
        return self.n_frames / (self.n_promised_frames or 1)

    @property
    def is_gain_controlled(self) -> bool:
        """Whether something turned the level up in several pauses."""
        return self.n_gain_rises >= FEWEST_RISES


class QualityMeter:
    """Running sums behind `RecordingQuality`, over the channels analysed."""

    def __init__(self, n_channels: int, rate_hz: int) -> None:
        self.n_frames = 0
        self._gain_control = GainControlMeter(rate_hz)
        self._peak = 0.0
        self._sum = 0.0
        self._channel_power = np.zeros(n_channels)
        self._mono_power = 0.0
        self._n_clipped_samples = 0
        self._open_runs = np.zeros(n_channels, dtype=np.int64)  # full scale up to the chunk's end

    def add(self, frames: Frames, mono: Samples) -> None:
        """Take in one chunk and the mono signal made from it."""
        self.n_frames += len(frames)
        self._gain_control.add(mono)
        self._peak = max(self._peak, float(np.max(np.abs(frames))))
        self._sum += float(np.sum(mono, dtype=np.float64))
        self._channel_power += np.sum(np.square(frames, dtype=np.float64), axis=0)
        self._mono_power += float(np.sum(np.square(mono, dtype=np.float64)))
        if self._peak >= CLIPPING_LEVEL:
            for channel in range(frames.shape[1]):
                self._count_clipped(channel, np.abs(frames[:, channel]) >= CLIPPING_LEVEL)

    def _count_clipped(self, channel: int, at_limit: npt.NDArray[np.bool_]) -> None:
        """Count the runs that end in this chunk; one that touches its end stays open."""
        before = np.ones(self._open_runs[channel], dtype=np.bool_)
        joined = np.concatenate(([False], before, at_limit, [False]))
        edges = np.flatnonzero(np.diff(joined))
        lengths = edges[1::2] - edges[::2]
        is_open = len(lengths) > 0 and bool(at_limit[-1])
        self._open_runs[channel] = lengths[-1] if is_open else 0
        ended = lengths[:-1] if is_open else lengths
        self._n_clipped_samples += int(ended[ended >= CLIPPED_RUN_SAMPLES].sum())

    @property
    def is_gain_controlled(self) -> bool:
        """Whether something turned the level up in several pauses so far."""
        return self._gain_control.is_gain_controlled

    def read(self) -> RecordingQuality:
        """Sum up what was found so far in the samples."""
        return RecordingQuality(
            n_frames=self.n_frames,
            peak=self._peak,
            dc_offset=self._sum / max(1, self.n_frames),
            n_clipped_samples=self._n_clipped(),
            mix_loss_db=self._mix_loss_db(),
            n_gain_rises=self._gain_control.n_rises,
        )

    def _n_clipped(self) -> int:
        if self._peak > LOUDEST_INTEGER:
            return 0  # floats go beyond full scale unharmed
        open_runs = self._open_runs[self._open_runs >= CLIPPED_RUN_SAMPLES]
        return self._n_clipped_samples + int(open_runs.sum())

    def _mix_loss_db(self) -> float:
        unrelated_power = float(self._channel_power.sum()) / len(self._channel_power) ** 2
        if unrelated_power == 0.0:
            return 0.0
        return max(0.0, float(10.0 * np.log10(unrelated_power / max(self._mono_power, 1e-30))))
