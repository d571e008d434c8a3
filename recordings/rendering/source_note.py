"""One recorded note of a real instrument, and a bank of them to play from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SourceNote:
    """A recorded note: mono `samples`, the pitch they sound at, and a loop if there is one.

    `loop_samples` is (start, end) with the end exclusive, or None for a one-shot recording.
    `pitch_midi` is None for a sound without pitch.
    """

    name: str
    samples: Samples
    samplerate_hz: float
    pitch_midi: float | None
    loop_samples: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        """Refuse recordings that could not be played."""
        if self.samples.ndim != 1 or len(self.samples) < 64:
            raise ValueError(f"{self.name}: samples must be mono and longer than 64")
        if self.loop_samples is not None:
            start, end = self.loop_samples
            if not 0 <= start < end <= len(self.samples):
                raise ValueError(f"{self.name}: loop {self.loop_samples} lies outside the note")

    def semitones_to(self, pitch_midi: float | None) -> float:
        """Return how far the recording must be moved to sound at `pitch_midi` (0 if unpitched)."""
        if pitch_midi is None or self.pitch_midi is None:
            return 0.0
        return pitch_midi - self.pitch_midi


@dataclass(frozen=True, slots=True, eq=False)
class NoteBank:
    """All source notes of one instrument, with the credit and licence of its recordings."""

    notes: tuple[SourceNote, ...]
    source: str
    licence: str

    def choose(
        self, pitch_midi: float | None, previous: SourceNote | None, rng: np.random.Generator
    ) -> SourceNote:
        """Return one of the recordings near `pitch_midi`, never the one just played.

        Taking neighbours in turn keeps repeated notes from being copies of one another. Only
        where no other recording lies within four semitones is the same one used again.
        """
        distance = {n.name: abs(n.semitones_to(pitch_midi)) for n in self.notes}
        others = [n for n in self.notes if n is not previous]
        nearest = min(distance[n.name] for n in others)
        if nearest > 4.0 and previous is not None and distance[previous.name] <= 4.0:
            return previous
        near = [n for n in others if distance[n.name] <= nearest + 1.0]
        return near[int(rng.integers(len(near)))]


def sustain(note: SourceNote, n_samples: int) -> Samples:
    """Return `n_samples` of the note, going round its loop where it is shorter.

    The end of each round is crossfaded into what comes before the loop's start, so that a
    loop that does not match to the sample does not click. One-shot notes are zero padded.
    """
    if n_samples <= (note.loop_samples or (0, len(note.samples)))[1]:
        return note.samples[:n_samples]
    if note.loop_samples is None:
        return np.pad(note.samples, (0, n_samples - len(note.samples)))
    start, end = note.loop_samples
    loop = note.samples[start:end].copy()
    n_fade = int(min(0.005 * note.samplerate_hz, len(loop) // 2, start))
    if n_fade > 1:
        rise = np.linspace(0.0, 1.0, n_fade, endpoint=False)
        lead_in = note.samples[start - n_fade : start]
        loop[-n_fade:] = loop[-n_fade:] * (1 - rise) + lead_in * rise
    n_rounds = -(-(n_samples - start) // len(loop))
    return np.concatenate([note.samples[:start], *[loop] * n_rounds])[:n_samples]
