"""Which notes of a pulse are the beat.

Notes alone do not say how many of them make a beat: even notes are quarters at one tempo
as well as eighths at half of it. The likeliest beat is one that people would tap along
with, around 100 a minute (Moelants 2002), on which more notes stand than beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from practiceear.rhythm.grid import Subdivision
from practiceear.rhythm.pulse import Pulse
from practiceear.units import FloatArray, IntArray, beat_s_to_bpm

_SWING = Subdivision.parse("swing")
EVEN_SUBDIVISIONS = tuple(Subdivision.parse(n_slots) for n_slots in (1, 2, 3, 4, 6, 8, 5))
_RARITY = {"6": 2.0, "8": 2.0, "5": 4.0}

_SLOWEST_NAMED_BPM, _FASTEST_NAMED_BPM, _USUAL_BPM = 50.0, 160.0, 100.0
_OCTAVES_A_NAT = 0.2
_NATS_A_GUESS = 2.5
"""Of 40 rendered takes the likeliest beat was right in half; with this as many were expected."""
_MOST_FAVOUR = 4.0
_SURE = 0.9
_MOST_EMPTY_SHARE, _FEWEST_SWUNG_SHARE = 0.08, 0.25


def n_cells_of(subdivision: Subdivision) -> int:
    """Even cells in a beat: swing stands on the first and third of three."""
    return 3 if subdivision.name == _SWING.name else subdivision.n_slots


def rarity(subdivision: Subdivision) -> float:
    """Nats by which a subdivision must be likelier than a plainer one."""
    return _RARITY.get(subdivision.name, 0.0)


@dataclass(frozen=True, slots=True)
class BeatGuess:
    """A beat that notes may be counted by, and its probability among all guesses, 0 to 1."""

    subdivision: Subdivision
    bpm: float
    probability: float


def guess_beats(pulse: Pulse, onset_s: FloatArray) -> tuple[BeatGuess, ...]:
    """Return the beats over a pulse, the likeliest first.

    Those of a usual tempo, and on which more notes stand, are likelier. A wrong guess changes
    neither evenness nor the spread about the pulse.
    """
    cells = pulse.cells(onset_s)

    def merit(subdivision: Subdivision) -> float:
        n_cells = n_cells_of(subdivision)
        bpm = beat_s_to_bpm(pulse.cell_s * n_cells)
        outside = max(_SLOWEST_NAMED_BPM / bpm, bpm / _FASTEST_NAMED_BPM, 1.0)
        octaves = abs(math.log2(bpm / _USUAL_BPM)) + 10.0 * math.log2(outside)
        return _favour(cells, n_cells) - octaves / _OCTAVES_A_NAT - rarity(subdivision)

    merits = np.array([merit(subdivision) for subdivision in EVEN_SUBDIVISIONS])
    shares = np.exp((merits - merits.max()) / _NATS_A_GUESS)
    shares /= shares.sum()
    guesses = []
    for at in np.argsort(-shares, kind="stable"):
        subdivision = as_swing(EVEN_SUBDIVISIONS[at], pulse, onset_s)
        bpm = beat_s_to_bpm(pulse.cell_s * n_cells_of(subdivision))
        guesses.append(BeatGuess(subdivision, bpm, float(shares[at])))
    return tuple(guesses)


def as_swing(subdivision: Subdivision, pulse: Pulse, onset_s: FloatArray) -> Subdivision:
    """Return swing for triplets of which one is hardly ever played and the others often."""
    if subdivision.name != "3":
        return subdivision
    counts = _counts(pulse.cells(onset_s), 3)
    empty, less, _ = np.sort(counts) / counts.sum()
    return _SWING if empty <= _MOST_EMPTY_SHARE and less >= _FEWEST_SWUNG_SHARE else subdivision


def _counts(cells: IntArray, n_cells: int) -> IntArray:
    return np.bincount(np.mod(cells, n_cells), minlength=n_cells).astype(np.int64)


def _favour(cells: IntArray, n_cells: int) -> float:
    """How clearly notes prefer some cells of the beat, in nats after BIC, 0 to 4.

    Beyond 4 every bar that repeats would be taken for one long beat.
    """
    counts = _counts(cells, n_cells)
    filled = counts[counts > 0]
    gain = float(np.sum(filled * np.log(filled * n_cells / cells.size)))
    return min(max(0.0, gain - 0.5 * (n_cells - 1) * math.log(cells.size)), _MOST_FAVOUR)


def first_beat_of(onset_s: FloatArray, pulse: Pulse, subdivision: Subdivision) -> float:
    """The beat nearest the first note: where most notes are, or else the first note."""
    cells = pulse.cells(onset_s)
    n_cells = n_cells_of(subdivision)
    counts = _counts(cells, n_cells)
    if subdivision.name == _SWING.name:
        counts = counts + np.roll(counts, -2)
    first = int(cells[0])
    # Even notes end where they end: a class may hold one note more by chance.
    offsets = [first + step for step in range(n_cells)]
    best = max(offsets, key=lambda cell: int(counts[cell % n_cells]))
    if counts[first % n_cells] >= 0.9 * counts[best % n_cells] - 1:
        best = first
    if best > first:
        best -= n_cells  # the take began with an upbeat
    return pulse.origin_s + best * pulse.cell_s


def beat_remark(beats: tuple[BeatGuess, ...]) -> str:
    """Which beat was assumed, and which else it may be."""
    first = beats[0]
    taken = f"taken as {_beat_words(first)}"
    if first.probability >= _SURE or len(beats) == 1:
        return f"{taken}; give the tempo to count otherwise"
    shares = f"{100 * first.probability:.0f} % likely"
    other = f"{_beat_words(beats[1])}: {100 * beats[1].probability:.0f} %"
    return f"{taken} ({shares}; {other}); give the tempo"


def _beat_words(beat: BeatGuess) -> str:
    subdivision = beat.subdivision
    if not subdivision.is_even:
        return f"swung eighths at {beat.bpm:.1f} bpm"
    notes = "one note" if subdivision.n_slots == 1 else f"{subdivision.n_slots} notes"
    return f"{notes} a beat at {beat.bpm:.1f} bpm"
