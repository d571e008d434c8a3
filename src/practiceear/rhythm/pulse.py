"""An even pulse fitted robustly to onsets, with its likelihood.

The model: each note falls with probability 1 - e on a pulse of period ``cell_s``, with
a normal error of standard deviation ``spread_s``, any cell as likely as any other, and
with probability e anywhere at all. Its likelihood lets pulses of different period be
compared: a pulse twice as fast has twice as many places to choose from, and pays log 2
a note for it, so the slowest pulse that explains the notes wins.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from practiceear.units import FloatArray, IntArray

SHORTEST_CELL_S = 0.05
LONGEST_CELL_S = 2.5

FEWEST_EXPLAINED_SHARE = 0.8
"""With fewer notes on the pulse than this, it is another pulse or a poor recording."""

WIDEST_SPREAD_SLOTS = 0.2
"""Notes that spread further around a pulse that was found could be another one's."""

EQUALLY_GOOD = 3.0
"""Nats: odds of 20 to 1, as is usual."""

CLEARLY_BETTER = 8.0

NO_STEADY_TEMPO = "the notes keep to no steady tempo: it wanders, or the rhythm is free"

# Finer than any detector; bounds the likelihood of a computer-perfect take.
_FINEST_SPREAD_S = 0.002
# Evenly filled cells have a spread of 0.289 cells: beyond this there is no pulse.
_WIDEST_SPREAD_CELLS = 0.29
_FIRST_SPREAD_CELLS = 0.15
_FIRST_STRAY_SHARE = 0.1
# A detector that is wrong about more notes than this supports no grid; without the upper
# end, a pulse at half speed would call every second note a stray.
_STRAY_SHARE_RANGE = (0.01, 0.1)
_N_FIT_STEPS = 8
_N_LAST_STEPS = 12
_N_PHASES = 8
_SETTLED_CELLS = 1e-4

_SAME_PERIOD_RATIO = 0.001
_SAME_MULTIPLE = 0.003
_FAR_FEWER_SHARE = 0.1
_NOTES_A_WITNESS = 2.0
_SEED_NOTES = 12
_FIRST_LOOK_NOTES = 200
_N_WHOLE = 6
_SEED_STRETCHES = np.arange(0.94, 1.0601, 0.01)
_SAME_IOI_RATIO = 0.07
_MOST_IOI_PEAKS = 5
_CELLS_IN_IOI = (1.0, 2.0, 3.0, 4.0, 0.5, 1.5)


@dataclass(frozen=True, slots=True)
class Pulse:
    """An even pulse and how well it explains the notes.

    ``origin_s``, ``cell_s``: one pulse and the period, in seconds.
    """

    origin_s: float
    cell_s: float
    spread_s: float  # standard deviation of the notes around the pulse
    stray_share: float  # share of stray notes in the fitted model, 0.01 to 0.1
    explained_share: float  # share of notes that the pulse explains better than chance does
    log_likelihood: float  # sum over notes, relative to notes that fall anywhere at all

    @property
    def spread_cells(self) -> float:
        """The spread as a share of the period."""
        return self.spread_s / self.cell_s

    def is_like(self, other: Pulse) -> bool:
        """Whether both have the same period to within 0.1 %."""
        return abs(self.cell_s / other.cell_s - 1.0) < _SAME_PERIOD_RATIO

    def cells(self, onset_s: FloatArray) -> IntArray:
        """The nearest cell of each onset."""
        return np.floor((onset_s - self.origin_s) / self.cell_s + 0.5).astype(np.int64)

    def log_odds(self, onset_s: FloatArray, spread_s: float) -> FloatArray:
        """Log odds of each onset for the pulse rather than chance, in nats."""
        late_s = onset_s - self.origin_s - self.cell_s * self.cells(onset_s)
        on_pulse = _on_pulse(late_s, self.cell_s, spread_s, self.stray_share)
        return np.asarray(np.log(on_pulse + self.stray_share), dtype=np.float64)


def fit_phase(onset_s: FloatArray, cell_s: float) -> Pulse:
    """Fit where a pulse of known period lies; onsets as seconds, shape (n_notes,)."""
    origins = onset_s[0] + np.arange(_N_PHASES) / _N_PHASES * cell_s
    fits = (
        _refined(onset_s, _guess(origin, cell_s), _N_LAST_STEPS, is_tempo_free=False)
        for origin in origins
    )
    return max(fits, key=lambda pulse: pulse.log_likelihood)


def fit_near(onset_s: FloatArray, cell_s: float) -> Pulse:
    """Fit a pulse whose period is about ``cell_s``: as exactly as a dozen notes determine it."""
    n_seed = min(_SEED_NOTES, onset_s.size)
    seed = _seeded(onset_s[:n_seed], cell_s)
    return _grown(onset_s, seed, (0, n_seed), most_notes=onset_s.size)[0]


def fit_pulses(onset_s: FloatArray) -> list[Pulse]:
    """Fit pulses of unknown period, the most likely first.

    Starting periods come from the clusters of inter-onset intervals (as in Dixon 2001)
    and their simple fractions. Each is fitted to a dozen notes, and to twice as many
    again until it has the whole take, so that a small error of the period never
    becomes a slip by one cell. The last results are cached: a review fits the same notes for
    the playing, the grid and the metronome.
    """
    return list(_fitted_pulses(np.asarray(onset_s, dtype=np.float64).tobytes()))


@lru_cache(maxsize=16)
def _fitted_pulses(onset_bytes: bytes) -> tuple[Pulse, ...]:
    onset_s = np.frombuffer(onset_bytes)
    n_seed = min(_SEED_NOTES, onset_s.size)
    starts = sorted({0, (onset_s.size - n_seed) // 2, onset_s.size - n_seed})
    fits = [
        _grown(onset_s, _seeded(onset_s[start : start + n_seed], cell_s), (start, start + n_seed))
        for cell_s in _candidate_cells_s(onset_s)
        for start in starts
    ]
    fits.sort(key=lambda fit: -fit[0].log_likelihood)
    best: list[tuple[Pulse, tuple[int, int]]] = []
    for fit in fits:
        is_in_range = SHORTEST_CELL_S <= fit[0].cell_s <= LONGEST_CELL_S
        if is_in_range and all(not fit[0].is_like(other) for other, _ in best):
            best.append(fit)
    # Only the best few guesses are fitted to the whole of a long take.
    whole = [_grown(onset_s, *fit, most_notes=onset_s.size)[0] for fit in best[:_N_WHOLE]]
    return tuple(sorted(whole, key=lambda pulse: -pulse.log_likelihood))


def steady_pulse(onset_s: FloatArray) -> Pulse | None:
    """The likeliest pulse of notes that keep to one; None where they keep to none."""
    pulses = fit_pulses(onset_s)
    return pulses[0] if pulses and not fault_of_found(pulses[0], onset_s) else None


def fault_of(pulse: Pulse, widest_slots: float, least_log_likelihood: float) -> str:
    """Why the notes do not support this pulse; empty where they do."""
    if pulse.explained_share < FEWEST_EXPLAINED_SHARE:
        share = 100.0 * (1.0 - pulse.explained_share)
        return f"{share:.0f} % of the notes fit no steady tempo"
    if pulse.spread_cells > widest_slots or pulse.log_likelihood < least_log_likelihood:
        return NO_STEADY_TEMPO
    return ""


def fault_of_found(pulse: Pulse, onset_s: FloatArray) -> str:
    """The same for a pulse that was found: the longer the take, the more pulses were tried."""
    n_tried = 1.0 + (onset_s[-1] - onset_s[0]) / pulse.cell_s
    return fault_of(pulse, WIDEST_SPREAD_SLOTS, CLEARLY_BETTER + math.log(n_tried))


def likeliest(pulses: list[Pulse], rarities: list[float]) -> int:
    """Index of the likeliest pulse, or of one little less likely that explains far more notes."""
    merits = [pulse.log_likelihood - rarity for pulse, rarity in zip(pulses, rarities, strict=True)]
    best = int(np.argmax(merits))
    fuller = [
        index
        for index, pulse in enumerate(pulses)
        if merits[best] - merits[index] < CLEARLY_BETTER
        and pulse.explained_share >= pulses[best].explained_share + _FAR_FEWER_SHARE
    ]
    return max(fuller, key=lambda index: merits[index], default=best)


def probability_of(pulse: Pulse, pulses: list[Pulse]) -> float:
    """Probability of a pulse among all that were tried, from their likelihoods.

    Neighbouring notes are not independent of each other: half of their evidence counts.
    """
    off = np.array([other.log_likelihood - pulse.log_likelihood for other in pulses])
    return float(1.0 / np.sum(np.exp(np.minimum(off / _NOTES_A_WITNESS, 50.0))))


def rival_tempo(pulse: Pulse, pulses: list[Pulse]) -> str:
    """Which other tempo explains the notes equally well; empty where none does."""
    for other in pulses:
        is_multiple = off_multiple(pulse, other) < _SAME_MULTIPLE
        if not is_multiple and pulse.log_likelihood - other.log_likelihood < EQUALLY_GOOD:
            return (
                f"{60.0 / pulse.cell_s:.0f} and {60.0 / other.cell_s:.0f} notes a minute "
                "fit equally well: give the tempo and the notes a beat"
            )
    return ""


def off_multiple(pulse: Pulse, other: Pulse) -> float:
    """How far two periods are from being multiples of each other, as a share."""
    ratio = max(pulse.cell_s / other.cell_s, other.cell_s / pulse.cell_s)
    return abs(ratio / round(ratio) - 1.0)


def _candidate_cells_s(onset_s: FloatArray) -> list[float]:
    cells: list[float] = []
    for ioi_s in _ioi_peaks_s(np.diff(onset_s)):
        for n_cells in _CELLS_IN_IOI:
            cell_s = ioi_s / n_cells
            is_new = all(abs(cell_s / other - 1.0) > 0.02 for other in cells)
            if is_new and SHORTEST_CELL_S <= cell_s <= LONGEST_CELL_S:
                cells.append(cell_s)
    return cells


def _ioi_peaks_s(ioi_s: FloatArray) -> Iterator[float]:
    """The commonest intervals: medians of clusters within 7 %, the largest first."""
    left = np.sort(ioi_s[(ioi_s >= SHORTEST_CELL_S) & (ioi_s <= 2 * LONGEST_CELL_S)])
    fewest = max(2, 0.05 * left.size)
    for _ in range(_MOST_IOI_PEAKS):
        if left.size < fewest:
            return
        first = np.searchsorted(left, left * (1.0 - _SAME_IOI_RATIO), side="left")
        stop = np.searchsorted(left, left * (1.0 + _SAME_IOI_RATIO), side="right")
        fullest = int(np.argmax(stop - first))
        if stop[fullest] - first[fullest] < fewest:
            return
        yield float(np.median(left[first[fullest] : stop[fullest]]))
        left = np.delete(left, np.arange(first[fullest], stop[fullest]))


def _seeded(seed_s: FloatArray, cell_s: float) -> Pulse:
    """Fit the first few notes, the period within 6 % of ``cell_s``."""
    cells_s = cell_s * _SEED_STRETCHES
    turns = np.exp(2j * np.pi * (seed_s - seed_s[0])[None, :] / cells_s[:, None]).sum(axis=1)
    best = int(np.argmax(np.abs(turns)))
    phase_s = float(np.angle(turns[best])) / (2 * np.pi) * float(cells_s[best])
    return _guess(float(seed_s[0]) + phase_s, float(cells_s[best]))


def _grown(
    onset_s: FloatArray, pulse: Pulse, span: tuple[int, int], most_notes: int = _FIRST_LOOK_NOTES
) -> tuple[Pulse, tuple[int, int]]:
    """Fit the notes of ``span``, then ever more of their neighbours."""
    start, stop = span
    n_steps = _N_FIT_STEPS
    while True:
        pulse = _refined(onset_s[start:stop], pulse, n_steps, is_tempo_free=True)
        is_whole = stop - start >= min(most_notes, onset_s.size)
        if pulse.cell_s < SHORTEST_CELL_S or (is_whole and n_steps == _N_LAST_STEPS):
            return pulse, (start, stop)
        if is_whole:
            n_steps = _N_LAST_STEPS
            continue
        half = max(1, (stop - start) // 2)
        start, stop = max(0, start - half), min(onset_s.size, stop + half)


def _guess(origin_s: float, cell_s: float) -> Pulse:
    return Pulse(origin_s, cell_s, _FIRST_SPREAD_CELLS * cell_s, _FIRST_STRAY_SHARE, 0.0, -np.inf)


def _refined(onset_s: FloatArray, pulse: Pulse, n_steps: int, *, is_tempo_free: bool) -> Pulse:
    """Improve a pulse by expectation maximisation."""
    # Sums, not dot products: BLAS threads change the last bits and stumble over each other.
    # Around the middle, origin and period hardly depend on each other.
    middle_s = _sum(onset_s) / onset_s.size
    shift = round((middle_s - pulse.origin_s) / pulse.cell_s)
    origin_s, cell_s = pulse.origin_s + shift * pulse.cell_s, pulse.cell_s
    spread_s, stray_share = pulse.spread_s, pulse.stray_share
    for _ in range(n_steps):
        cells = np.floor((onset_s - origin_s) / cell_s + 0.5)
        late_s = onset_s - origin_s - cell_s * cells
        on_pulse = _on_pulse(late_s, cell_s, spread_s, stray_share)
        weights = on_pulse / (on_pulse + stray_share)
        total = _sum(weights)
        if total < 2.0:
            break
        slope = 0.0
        if is_tempo_free:
            slope = _weighted_slope(cells, late_s, weights)
            cell_s = max(cell_s + slope, SHORTEST_CELL_S / 2)
            late_s = late_s - slope * cells
        lateness_s = _sum(weights * late_s) / total
        origin_s += lateness_s
        before_s = spread_s
        spread_s = math.sqrt(_sum(weights * (late_s - lateness_s) ** 2) / total)
        spread_s = min(max(spread_s, _FINEST_SPREAD_S), _WIDEST_SPREAD_CELLS * cell_s)
        change_s = abs(spread_s - before_s)
        least, most = _STRAY_SHARE_RANGE
        stray_share = min(max(1.0 - total / onset_s.size, least), most)
        if max(abs(slope) * onset_s.size, abs(lateness_s), change_s) < _SETTLED_CELLS * cell_s:
            break
    late_s = (onset_s - origin_s + cell_s / 2) % cell_s - cell_s / 2
    on_pulse = _on_pulse(late_s, cell_s, spread_s, stray_share)
    explained_share = float(np.mean(on_pulse > stray_share))
    log_likelihood = _sum(np.log(on_pulse + stray_share))
    return Pulse(origin_s, cell_s, spread_s, stray_share, explained_share, log_likelihood)


def _on_pulse(late_s: FloatArray, cell_s: float, spread_s: float, stray_share: float) -> FloatArray:
    """How much more likely a note is here by the pulse than by chance."""
    peak = (1.0 - stray_share) * cell_s / (spread_s * math.sqrt(2.0 * math.pi))
    return np.asarray(peak * np.exp(-0.5 * (late_s / spread_s) ** 2), dtype=np.float64)


def _weighted_slope(cells: FloatArray, late_s: FloatArray, weights: FloatArray) -> float:
    total = _sum(weights)
    off_middle = cells - _sum(weights * cells) / total
    power = _sum(weights * off_middle**2)
    return _sum(weights * off_middle * late_s) / power if power > 0 else 0.0


def _sum(values: FloatArray) -> float:
    """As ``np.sum``, in half the time for few values."""
    return float(np.add.reduce(values))
