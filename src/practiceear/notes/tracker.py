"""From confirmed onsets and the sound itself to notes.

The tracker works on an envelope of 1 ms frames and only on sound that the detector
has confirmed, so a frame is always judged with the same knowledge, whatever the size
of the blocks. A note is delivered when the next one begins or the stream ends.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from practiceear.audio.blocks import Samples
from practiceear.notes.kernels import (
    ENVELOPE,
    SOUNDING,
    follow_envelope,
    follow_note,
    measure_attack,
)
from practiceear.notes.pitch import PitchFinder
from practiceear.onset.event import ONSET, OnsetArray, error_beside_neighbours_s
from practiceear.units import seconds_to_samples

NOTE = np.dtype(
    [
        ("onset_sample", np.int64),  # where it begins, samples since the take began
        ("offset_sample", np.int64),  # where it stops sounding, never after the next onset
        ("fall_s", np.float64),  # it may have ended this much earlier: the room rang on
        ("detected_sample", np.int64),  # a live listener knew of it once these samples had arrived
        ("onset_error_s", np.float64),  # SD of what onset_sample may be off; NaN: not known
        ("strength", np.float64),  # of the onset: 1 is the detector's threshold
        ("attack_s", np.float64),  # rise from -20 to -3 dB of its top; NaN: no rise (slur)
        ("level_dbfs", np.float64),  # loudest 20 ms RMS of the first 100 ms
        ("dip_db", np.float64),  # fall from the level before the next onset; NaN: no next note
        ("gate_ratio", np.float64),  # length / inter-onset interval; NaN: no next note
        ("pitch_midi", np.float64),  # 69 is A4; NaN where the pitch is not clear
    ]
)
"""One note. A take's notes come in order of ``onset_sample``."""

NoteArray = npt.NDArray[np.void]
"""A structured array of dtype ``NOTE``, shape (n_notes,)."""


RING_FRAMES = 1024  # about 1 s: more than the detector's delay, the attack and a block together
ATTACK_FRAMES = 150  # slow bowed attacks reach their top within 150 ms
TONE_AFTER_S = 0.03  # a pitch is looked for after the attack's noise
AUDIO_RING_S = 1.2
LARGEST_BLOCK_SAMPLES = 4096  # at 44.1 kHz 93 ms: fits the rings beside the detector's delay


@dataclass(frozen=True, slots=True)
class TrackerConfig:
    """How this kind of instrument starts and stops sounding.

    ``end_fall_db``: a note has ended when its level has fallen this far below what it should be.
    ``natural_decay_db_s``: how fast a note dies away by itself (0 for bow and breath).
    """

    end_fall_db: float = 12.0
    natural_decay_db_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.end_fall_db > 0:
            raise ValueError(f"end_fall_db must be above 0, not {self.end_fall_db}")
        if not self.natural_decay_db_s >= 0:
            raise ValueError(f"natural_decay_db_s must be 0 or more, not {self.natural_decay_db_s}")


class NoteTracker:
    """Measures each note between its onset and the next; ``pitch_finder`` gets its tone."""

    def __init__(self, rate_hz: int, config: TrackerConfig, pitch_finder: PitchFinder) -> None:
        self._rate_hz = rate_hz
        self._pitch_finder = pitch_finder
        longest = seconds_to_samples(ATTACK_FRAMES / 1000.0 - TONE_AFTER_S, rate_hz)
        if pitch_finder.is_enabled and pitch_finder.segment_samples > longest:
            raise ValueError("the lowest pitch needs a longer look than the tracker waits")
        self._frame_samples = seconds_to_samples(0.001, rate_hz)
        self._settings = np.array(
            [config.end_fall_db, config.natural_decay_db_s / 1000.0, 40.0, 20.0, 1.0 / 1000.0]
        )
        self._ring = np.zeros(RING_FRAMES)
        self._envelope = np.zeros(1, dtype=ENVELOPE)
        self._sounding = np.zeros(1, dtype=SOUNDING)
        n_audio = 1 << seconds_to_samples(AUDIO_RING_S, rate_hz).bit_length()
        self._audio = np.zeros(n_audio, dtype=np.float32)
        self._attack = np.zeros(2)
        self.reset()

    def reset(self, first_sample: int = 0) -> None:
        """Forget everything that was heard; positions count from ``first_sample`` on."""
        self._origin_sample = first_sample
        self._n_samples = 0
        self._envelope[0] = (self._frame_samples, 0, 0, 0.0, 0.0, 2 * np.pi * 20 / self._rate_hz)
        self._sounding[0] = (-120.0, 0.0, -90.0, 0, 0, 0, 0, 0, 0)
        self._ring[:] = 0.0
        self._audio[:] = 0.0
        self._pending: deque[np.void] = deque()
        self._open: np.void | None = None
        self._since_last_s = np.inf  # from the onset before the open note's to that
        self._onset_frame = 0
        self._next_frame = 0
        self._is_attack_due = False
        self._closed: list[np.void] = []

    def process(
        self, samples: Samples, confirmed: OnsetArray, confirmed_until_sample: int
    ) -> NoteArray:
        """Take in a block and return the notes that ended meanwhile; their pitch is still NaN.

        ``samples``: at most ``LARGEST_BLOCK_SAMPLES`` samples. ``confirmed``: new confirmed onsets,
        in order. ``confirmed_until_sample``: no onset before this sample will be confirmed any
        more.
        """
        self._keep_audio(samples)
        follow_envelope(samples, self._envelope[0], self._ring)
        self._pending.extend(confirmed)
        # The 5-frame level of a frame looks 4 frames ahead.
        n_ready = int(self._envelope[0]["n_frames"]) - 5
        settled_frame = (confirmed_until_sample - self._origin_sample) // self._frame_samples
        self._follow_until(min(n_ready, settled_frame))
        return self._deliver()

    def finish(self, confirmed: OnsetArray) -> NoteArray:
        """End the stream: close the last note and deliver all that is left."""
        self._pending.extend(confirmed)
        last_frame = int(self._envelope[0]["n_frames"]) - 5
        self._follow_until(max(last_frame, self._next_frame))
        while self._pending:  # an onset in the very last frames
            self._open_note(self._pending.popleft())
        self._close_note(self._origin_sample + self._n_samples, is_last=True)
        return self._deliver()

    @property
    def silent_since_sample(self) -> int | None:
        """Where the last note stopped sounding; None while one sounds, and before the first."""
        if self._open is None or self._pending or not self._sounding[0]["is_silent"]:
            return None
        return self._origin_sample + int(self._sounding[0]["silent_frame"]) * self._frame_samples

    def _keep_audio(self, samples: Samples) -> None:
        if len(samples) > LARGEST_BLOCK_SAMPLES:
            raise ValueError(f"a block of {len(samples)} samples is too large for the tracker")
        where = (self._n_samples + np.arange(len(samples))) & (len(self._audio) - 1)
        self._audio[where] = samples
        self._n_samples += len(samples)

    def _frame_of(self, sample: int) -> int:
        return int(sample - self._origin_sample) // self._frame_samples

    def _follow_until(self, end_frame: int) -> None:
        """Walk the frames up to ``end_frame``, opening and closing notes on the way."""
        while self._next_frame < end_frame:
            stop_frame = end_frame
            if self._pending:
                stop_frame = min(stop_frame, self._frame_of(self._pending[0]["onset_sample"]))
            if self._is_attack_due:
                stop_frame = min(stop_frame, self._onset_frame + ATTACK_FRAMES)
            follow_note(
                self._ring,
                self._sounding[0],
                self._next_frame,
                stop_frame,
                self._onset_frame,
                self._settings,
            )
            self._next_frame = max(self._next_frame, stop_frame)
            if self._is_attack_due and stop_frame == self._onset_frame + ATTACK_FRAMES:
                assert self._open is not None
                self._measure_attack(self._open, stop_frame)
            if self._pending and stop_frame == self._frame_of(self._pending[0]["onset_sample"]):
                self._open_note(self._pending.popleft())

    def _open_note(self, onset: np.void) -> None:
        self._close_note(int(onset["onset_sample"]), is_last=False)
        note = np.zeros(1, dtype=NOTE)[0]
        note["onset_sample"] = onset["onset_sample"]
        note["detected_sample"] = onset["detected_sample"]
        note["onset_error_s"] = onset["error_s"]
        note["strength"] = onset["strength"]
        note["dip_db"] = note["gate_ratio"] = note["pitch_midi"] = np.nan
        self._open = note
        self._onset_frame = self._frame_of(int(onset["onset_sample"]))
        self._is_attack_due = True
        noise_db = self._sounding[0]["noise_db"]
        self._sounding[0] = (-120.0, 0.0, noise_db, 0, 0, 0, 0, 0, 0)

    def _measure_attack(self, note: np.void, end_frame: int) -> None:
        end_frame = min(end_frame, int(self._envelope[0]["n_frames"]))
        earliest = max(0, int(self._envelope[0]["n_frames"]) - RING_FRAMES)
        measure_attack(self._ring, earliest, self._onset_frame, end_frame, self._attack)
        note["level_dbfs"] = self._attack[0]
        note["attack_s"] = self._attack[1] * self._frame_samples / self._rate_hz
        self._is_attack_due = False
        self._pitch_finder.add(self._tone_segment(end_frame))

    def _tone_segment(self, end_frame: int) -> Samples | None:
        """Copy the sound after the attack that the pitch is found from, if it is long enough."""
        if not self._pitch_finder.is_enabled:
            return None
        first = self._onset_frame * self._frame_samples + seconds_to_samples(
            TONE_AFTER_S, self._rate_hz
        )
        end = min(end_frame * self._frame_samples, self._n_samples)
        n_needed = self._pitch_finder.segment_samples
        if end - first < n_needed:
            return None
        where = (end - n_needed + np.arange(n_needed)) & (len(self._audio) - 1)
        segment: Samples = self._audio[where]
        return segment

    def _close_note(self, next_sample: int, *, is_last: bool) -> None:
        """End the open note at ``next_sample``: the next onset or the end of the stream."""
        if self._open is None:
            return
        note, self._open = self._open, None
        interval_s = np.inf if is_last else (next_sample - note["onset_sample"]) / self._rate_hz
        nearest_s = min(self._since_last_s, interval_s)
        note["onset_error_s"] = error_beside_neighbours_s(note["onset_error_s"], nearest_s)
        self._since_last_s = interval_s
        if self._is_attack_due:
            self._measure_attack(note, self._frame_of(next_sample))
        sounding = self._sounding[0]
        note["offset_sample"] = next_sample
        if sounding["is_silent"]:
            silent_sample = int(sounding["silent_frame"]) * self._frame_samples
            note["offset_sample"] = min(next_sample, silent_sample + self._origin_sample)
        if sounding["is_falling"]:
            full_sample = int(sounding["full_frame"]) * self._frame_samples + self._origin_sample
            note["fall_s"] = max(0, note["offset_sample"] - full_sample) / self._rate_hz
        if not is_last:
            length_samples = note["offset_sample"] - note["onset_sample"]
            note["gate_ratio"] = length_samples / (next_sample - note["onset_sample"])
            note["dip_db"] = max(0.0, note["level_dbfs"] - sounding["lowest_db"])
        self._closed.append(note)

    def _deliver(self) -> NoteArray:
        notes = np.array(self._closed, dtype=NOTE)
        self._closed.clear()
        return notes


def without_notes(notes: NoteArray, is_left_out: npt.NDArray[np.bool_]) -> NoteArray:
    """The other notes, dtype ``NOTE``, as if those left out had only sounded along with them.

    A note that still sounded where the first one left out began ends where the last of them does.
    """
    kept = notes[~is_left_out].copy()
    at_kept = np.flatnonzero(~is_left_out)
    stops = np.append(at_kept, len(notes))[1:]
    for note, at, stop in zip(kept, at_kept, stops, strict=True):
        if stop == at + 1:
            continue
        last = notes[stop - 1]
        for other in notes[at + 1 : stop]:
            if note["offset_sample"] == other["onset_sample"]:
                note["offset_sample"] = other["offset_sample"]
        note["dip_db"] = note["gate_ratio"] = np.nan
        if stop < len(notes):
            lowest_db = last["level_dbfs"] - last["dip_db"]
            note["dip_db"] = max(0.0, note["level_dbfs"] - lowest_db)
            length_samples = note["offset_sample"] - note["onset_sample"]
            to_next_samples = notes["onset_sample"][stop] - note["onset_sample"]
            note["gate_ratio"] = length_samples / to_next_samples
    return kept


def compile_kernels() -> None:
    """Compile, or load from the cache, every kernel of the tracker."""
    tracker = NoteTracker(44100, TrackerConfig(), PitchFinder(44100, None))
    onset = np.zeros(2, dtype=ONSET)
    onset["onset_sample"] = (0, 2000)
    tracker.process(np.zeros(4096, dtype=np.float32), onset, 4096)
    tracker.finish(onset[:0])
