"""The pitch of a note, where it is clear.

librosa's YIN (de Cheveigné & Kawahara 2002, doi 10.1121/1.1458024) on a short
stretch of the note after its attack, many notes at a time. A pitch is believed
where the frames agree within half a semitone and the sound really repeats at that
period; everything else is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from practiceear.audio.blocks import Samples
from practiceear.numba_cache import compiling_alone
from practiceear.units import FloatArray, hz_to_midi, midi_to_hz

BATCH_NOTES = 64  # librosa's cost is by the call: many notes at once
HIGHEST_ANALYSIS_RATE_HZ = 48000  # above it every second sample is enough
N_FRAMES = 4
AGREEING_SEMITONES = 0.5
CLEAR_PERIODICITY = 0.7  # 1 is a perfectly repeating wave, noise about 0; chosen on rendered takes


@dataclass(frozen=True, slots=True)
class PitchRange:
    """The pitches of an instrument, in Hz."""

    lowest_hz: float
    highest_hz: float

    def __post_init__(self) -> None:
        if not 20 <= self.lowest_hz < self.highest_hz:
            raise ValueError(f"not a range of pitches: {self.lowest_hz} to {self.highest_hz} Hz")


class PitchFinder:
    """Finds the pitches of notes in batches, keeping their order; none at all without a range."""

    def __init__(self, rate_hz: int, pitch_range: PitchRange | None) -> None:
        self._range = pitch_range
        self._step = 2 if rate_hz > HIGHEST_ANALYSIS_RATE_HZ else 1
        self._rate_hz = rate_hz // self._step
        lowest_hz = pitch_range.lowest_hz if pitch_range else 100.0
        # YIN compares two halves of a frame: each must hold the longest period.
        self._frame_samples = int(np.ceil(2.6 * self._rate_hz / lowest_hz))
        self._hop_samples = self._frame_samples // 4
        self._n_samples = self._frame_samples + (N_FRAMES - 1) * self._hop_samples
        self.reset()

    @property
    def is_enabled(self) -> bool:
        """Whether there is a range to find pitches in."""
        return self._range is not None

    @property
    def segment_samples(self) -> int:
        """How many samples of a note are needed."""
        return self._n_samples * self._step

    def reset(self) -> None:
        """Forget all notes."""
        self._waiting: list[Samples | None] = []
        self._found: list[float] = []

    def add(self, segment: Samples | None) -> None:
        """Queue the next note's segment; None where the note is too short."""
        self._waiting.append(segment)
        if len(self._waiting) == BATCH_NOTES:
            self._find()

    def pitches_midi(self) -> FloatArray:
        """MIDI numbers of all notes added so far, NaN where unclear, shape (n_notes,)."""
        self._find()
        return np.array(self._found)

    def _find(self) -> None:
        waiting, self._waiting = self._waiting, []
        pitches = np.full(len(waiting), np.nan)
        usable = [i for i, segment in enumerate(waiting) if segment is not None]
        if usable and self._range is not None:
            segments = np.stack([self._thinned(waiting[i]) for i in usable])
            pitches[usable] = self._estimate(segments)
        self._found.extend(float(pitch) for pitch in pitches)

    def _thinned(self, segment: Samples | None) -> FloatArray:
        assert segment is not None
        thinned: FloatArray = segment.reshape(-1, self._step).mean(axis=1, dtype=np.float64)
        return thinned

    def _estimate(self, segments: FloatArray) -> FloatArray:
        """MIDI pitch of each row of ``segments``, NaN where unclear."""
        assert self._range is not None
        pitch_range = self._range
        frequencies_hz: npt.NDArray[np.float64] = _yin()(
            segments,
            fmin=pitch_range.lowest_hz,
            fmax=min(pitch_range.highest_hz, 0.45 * self._rate_hz),
            sr=self._rate_hz,
            frame_length=self._frame_samples,
            hop_length=self._hop_samples,
            center=False,
        )
        by_frame = hz_to_midi(frequencies_hz)
        pitch_midi = np.median(by_frame, axis=1)
        n_agreeing = np.sum(np.abs(by_frame - pitch_midi[:, None]) <= AGREEING_SEMITONES, axis=1)
        period_samples = self._rate_hz / midi_to_hz(pitch_midi)
        is_clear = n_agreeing >= N_FRAMES - 1
        is_clear &= _periodicity(segments, np.round(period_samples)) >= CLEAR_PERIODICITY
        return np.where(is_clear, pitch_midi, np.nan)


def pitch_track_hz(
    samples: Samples, rate_hz: int, pitch_range: PitchRange, step_s: float
) -> FloatArray:
    """The pitch of one held tone every ``step_s``, believed or not, in Hz, shape (n_frames,)."""
    return np.asarray(
        _yin()(
            samples.astype(np.float64),
            fmin=pitch_range.lowest_hz,
            fmax=min(pitch_range.highest_hz, 0.45 * rate_hz),
            sr=rate_hz,
            frame_length=math.ceil(2.6 * rate_hz / pitch_range.lowest_hz),
            hop_length=round(step_s * rate_hz),
            center=False,
        )
    )


@cache
def _yin() -> Callable[..., npt.NDArray[np.float64]]:
    """Librosa's YIN, compiled or loaded from the cache that librosa keeps."""
    from practiceear.notes.librosa_yin import import_yin  # heavy, and only a review needs it

    with compiling_alone():
        return import_yin()


def _periodicity(segments: FloatArray, period_samples: FloatArray) -> FloatArray:
    """Correlation of each row with itself one period later, -1 to 1."""
    result = np.zeros(len(segments))
    for i, (segment, period) in enumerate(zip(segments, period_samples, strict=True)):
        lag = int(period)
        early, late = segment[:-lag], segment[lag:]
        power = np.sqrt(np.dot(early, early) * np.dot(late, late))
        result[i] = np.dot(early, late) / power if power > 0 else 0.0
    return result
