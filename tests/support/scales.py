"""Players of scales and patterns whose every note is known, and what an ear makes of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from practiceear.metrics.runs.alignment import AlignedRuns
from practiceear.units import FloatArray

MAJOR = (0, 2, 4, 5, 7, 9, 11)
IOI_S = 0.15


def scale(n_notes: int, root: int = 60) -> list[float]:
    return [float(root + 12 * (step // 7) + MAJOR[step % 7]) for step in range(n_notes)]


def up_and_down(n_notes: int) -> list[float]:
    """One round; the turning notes are played once."""
    return scale(n_notes) + scale(n_notes)[-2:0:-1]


def in_thirds(n_notes: int) -> list[float]:
    steps = scale(n_notes)
    return [steps[place] for first in range(n_notes - 2) for place in (first, first + 2)]


@dataclass(frozen=True)
class Played:
    """What was heard: onsets, pitches, and which (run, place) each note is; None: an extra."""

    onset_s: FloatArray
    pitch_midi: FloatArray
    truth: list[tuple[int, int] | None]


@dataclass(frozen=True)
class Slips:
    """How often something goes wrong, per note."""

    unclear: float = 0.0
    octave: float = 0.0
    missed: float = 0.0
    extra: float = 0.0


def played(
    pitches: list[float],
    n_runs: int,
    rng: np.random.Generator,
    *,
    pause: tuple[float, float] = (0.0, 0.0),
    late_s: FloatArray | None = None,
    sd_s: float = 0.006,
    slips: Slips | None = None,
) -> Played:
    """``n_runs`` times the same notes; ``pause`` in intervals, ``late_s`` one for each note."""
    slips = slips or Slips()
    habit_s = np.zeros(len(pitches)) if late_s is None else late_s
    onset_s, truth, time_s = [], [], 0.5
    for run in range(n_runs):
        for place in range(len(pitches)):
            onset_s.append(time_s + habit_s[place] + rng.normal(0.0, sd_s))
            truth.append((run, place))
            time_s += IOI_S
        time_s += IOI_S * rng.uniform(*pause)
    return _heard(np.array(onset_s), np.tile(pitches, n_runs), truth, slips, rng)


def _heard(
    onset_s: FloatArray,
    pitch_midi: FloatArray,
    truth: list[tuple[int, int]],
    slips: Slips,
    rng: np.random.Generator,
) -> Played:
    kept = np.flatnonzero(rng.random(onset_s.size) >= slips.missed)
    extra = kept[rng.random(kept.size) < slips.extra]
    times = np.concatenate((onset_s[kept], onset_s[extra] + 0.45 * IOI_S))
    pitches = np.concatenate((pitch_midi[kept], pitch_midi[extra]))
    labels = [*(truth[note] for note in kept), *([None] * extra.size)]
    order = np.argsort(times, kind="stable")
    pitches = pitches[order] + rng.normal(0.0, 0.1, order.size)
    pitches[rng.random(order.size) < slips.octave] += 12.0
    pitches[rng.random(order.size) < slips.unclear] = np.nan
    return Played(times[order], pitches, [labels[note] for note in order])


def laid_out(onset_s: FloatArray, direction: str = "up") -> AlignedRuns:
    """Runs whose notes are all heard, shape (n_runs, n_places), with their lines taken out."""
    n_places = onset_s.shape[1]
    place = np.arange(n_places, dtype=np.float64)
    line = np.column_stack((np.ones(n_places), place))
    late_s = onset_s - (line @ np.linalg.pinv(line) @ onset_s.T).T
    return AlignedRuns(
        pattern=0,
        direction=direction,
        note=np.arange(onset_s.size).reshape(onset_s.shape),
        is_heard=np.ones(onset_s.shape, dtype=np.bool_),
        place=place,
        pitch_midi=np.full(n_places, np.nan),
        onset_s=onset_s.copy(),
        late_s=late_s,
        is_after_breath=np.zeros(onset_s.shape, dtype=np.bool_),
        is_even=True,
    )


def hands(rng: np.random.Generator, n_runs: int, n_places: int, sd_s: float = 0.01) -> FloatArray:
    """An even clock and an uneven hand: onsets stray on their own."""
    return IOI_S * np.arange(n_places) + rng.normal(0.0, sd_s, (n_runs, n_places))


def clocks(rng: np.random.Generator, n_runs: int, n_places: int, sd_s: float = 0.008) -> FloatArray:
    """An uneven clock: what one interval strays, all notes after it keep."""
    return np.cumsum(IOI_S + rng.normal(0.0, sd_s, (n_runs, n_places)), axis=1)


def both(rng: np.random.Generator, n_runs: int, n_places: int) -> FloatArray:
    """Uneven clock and uneven hand (Wing & Kristofferson 1973)."""
    wander = rng.normal(0.0, 0.006, (n_runs, n_places))
    return clocks(rng, n_runs, n_places, 0.006) + wander


def unlike_notes(rng: np.random.Generator, n_runs: int, n_places: int) -> FloatArray:
    """Hands that are four times as unsure on some notes as on others."""
    sure = np.random.default_rng(5).permutation(np.linspace(0.5, 2.0, n_places))
    return IOI_S * np.arange(n_places) + sure * rng.normal(0.0, 0.008, (n_runs, n_places))
