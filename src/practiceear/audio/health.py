"""What is wrong with a recording: clipping, silence, offsets, a moving gain, a missing end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from practiceear.audio.block import Samples
from practiceear.audio.frames import Frames
from practiceear.audio.gain_control import FEWEST_RISES, GainControlMeter

CLIPPING_LEVEL = 0.9999  # 16-bit full scale is 0.99997
LOUDEST_INTEGER = 1.001  # louder samples come from a float file, which has headroom
LONGEST_PADDING_S = 0.05  # two blocks of AAC, as Apple writes them: 2112 samples
CLIPPED_RUN_SAMPLES = 3  # a music peak touches full scale once; a clipped one stays there


@dataclass(frozen=True, slots=True)
class TakeHealth:
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


class HealthMeter:
    """Running sums behind :class:`TakeHealth`.

    Parameters
    ----------
    n_channels
        Channels listened to.
    rate_hz
        Samples per second of each.
    """

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

    def read(self) -> TakeHealth:
        """Sum up what was found so far in the samples."""
        return TakeHealth(
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
