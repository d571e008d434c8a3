"""Separates the playing in a take from other sounds, and finds where it restarts after a pause.

A take often holds more than the playing: somebody speaks, tunes, claps, puts the bow down.
Such sounds differ from playing by their rhythm alone: they keep to no pulse. The take is
cut at its pauses, the pulse of its steadiest part is found, and every other part is compared
with it. A part that keeps to the pulse stays. A part that keeps to it at another phase
stays too, but one grid cannot hold both: nobody counts through a page turn. A part that
keeps to none is left out of all measures.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from practiceear.rhythm.grid import BoolArray
from practiceear.rhythm.pulse import Pulse, fit_phase, steady_pulse
from practiceear.units import FloatArray, IntArray

_FEWEST_FOR_PULSE = 12  # notes, for a pulse that others can be compared with

# A pause lasts so many seconds and so many usual intervals at least.
_SHORTEST_PAUSE_S, _SHORTEST_PAUSE = 0.6, 2.2

# Where more than this share keeps to no pulse, it may be the rhythm itself that is free.
_MOST_LEFT_OUT = 0.5

# A part that begins further off the pulse than this was not counted through the pause.
_FURTHEST_RESTART_SLOTS = 0.15

_AROUND = 8  # intervals to either side that show what is usual there
_FEWEST_LEFT_OUT = 3  # one or two loose notes are slips
_FEWEST_WITH_PHASE = 5
_MOST_FOR_A_NOTE = 2.0  # nats: no single note decides
_LEAST_FOR_NEW_PHASE = 8.0  # nats: 8 phases and as many runs are tried, for 20 to 1
_NARROWEST_SPREAD_CELLS = 0.04
_SAME_LENGTH, _COMMON_SHARE, _MOST_REGULAR = 0.1, 0.15, 0.7
_NEAREST_FURTHEST, _FURTHEST_SPREADS = 0.06, 4.2  # intervals spread 1.4 times as much as notes
_STANDARD_ERRORS, _DOUBTFUL_ERRORS = 4.0, 1.5


@dataclass(frozen=True, slots=True, eq=False)
class PlayingSegments:
    """The notes that keep to the pulse of a take.

    ``part``: int64, shape (n_notes,): the segment of each note, from 0; the next one begins where
    the playing goes on after a pause a little off the beat. ``left_out_s``: first and last onset of
    each run of other sounds, in seconds. ``restarts_s``: when the playing restarts after a pause,
    off the beat before it, in seconds.
    """

    is_played: BoolArray  # bool, shape (n_notes,): False for sounds that keep to no pulse
    part: IntArray
    left_out_s: tuple[tuple[float, float], ...] = ()
    restarts_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """Notes ``first`` to ``stop`` keep to ``pulse``."""

    first: int
    stop: int
    pulse: Pulse


def find_playing_segments(
    onset_s: FloatArray, is_certain: BoolArray | None = None
) -> PlayingSegments:
    """Separate the playing from talk, tuning and noise around it.

    Parameters
    ----------
    onset_s
        float64, shape (n_notes,): when notes begin, in order.
    is_certain
        bool, shape (n_notes,): True for notes that are known to be played, whatever their rhythm.
    """
    parts = _between_pauses(onset_s)
    everything = PlayingSegments(
        np.ones(onset_s.size, dtype=np.bool_), np.zeros(onset_s.size, dtype=np.int64)
    )
    core = _core(onset_s, parts)
    if core is None:
        return everything
    lengths_s = _common_lengths_s(onset_s[core.first : core.stop], core.pulse)
    is_played = np.zeros(onset_s.size, dtype=np.bool_)
    on_pulse: list[_Part] = []
    for part in parts:
        found = _on_pulse(onset_s, part, core)
        sides = [part]
        if found is not None:
            on_pulse.append(found)
            is_played[found.first : found.stop] = True
            sides = [slice(part.start, found.first), slice(found.stop, part.stop)]
        for side in sides:
            is_played[side] |= _is_music(
                onset_s[side], lengths_s, core.pulse.spread_cells, is_alone=found is None
            )
    if is_certain is not None:
        is_played |= is_certain
    if np.mean(is_played) < 1.0 - _MOST_LEFT_OUT:
        return everything
    entries = _entries(onset_s, on_pulse, core)
    return PlayingSegments(
        is_played,
        _numbered(onset_s.size, entries),
        _left_out_s(onset_s, is_played),
        tuple(float(onset_s[entry.note]) for entry in entries if entry.is_restart),
    )


def _between_pauses(onset_s: FloatArray) -> list[slice]:
    """The parts of a take between its pauses."""
    ioi_s = np.diff(onset_s)
    if ioi_s.size == 0:
        return [slice(0, onset_s.size)]
    padded = np.pad(ioi_s, _AROUND, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _AROUND + 1)
    longest_s = np.maximum(_SHORTEST_PAUSE_S, _SHORTEST_PAUSE * np.nanmedian(windows, axis=1))
    bounds = [0, *(np.flatnonzero(ioi_s > longest_s) + 1).tolist(), onset_s.size]
    return [slice(a, b) for a, b in pairwise(bounds)]


def _core(onset_s: FloatArray, parts: list[slice]) -> _Part | None:
    """The part with most notes that keeps to a pulse, or a half of it, or the whole take."""
    by_size = sorted(parts, key=lambda part: part.start - part.stop)
    whole = slice(0, onset_s.size)
    for part in [*by_size[:3], whole]:
        n_notes = part.stop - part.start
        if n_notes < _FEWEST_FOR_PULSE:
            continue
        for first, stop in _windows(part.start, n_notes):
            pulse = steady_pulse(onset_s[first:stop])
            if pulse is not None:
                return _Part(first, stop, pulse)
    return None


def _windows(first: int, n_notes: int) -> list[tuple[int, int]]:
    """All notes, then the later, the earlier and the middle half, where they are enough."""
    half = n_notes // 2
    starts = (first + n_notes - half, first, first + (n_notes - half) // 2)
    halves = [(start, start + half) for start in starts if half >= 2 * _FEWEST_FOR_PULSE]
    return [(first, first + n_notes), *halves]


def _common_lengths_s(onset_s: FloatArray, pulse: Pulse) -> FloatArray:
    """The note values of the core, in seconds."""
    values, counts = np.unique(np.diff(pulse.cells(onset_s)), return_counts=True)
    is_common = (counts >= _COMMON_SHARE * counts.sum()) & (values > 0)
    return np.asarray(pulse.cell_s * values[is_common], dtype=np.float64)


def _on_pulse(onset_s: FloatArray, part: slice, core: _Part) -> _Part | None:
    """The notes of a part that keep to the pulse of the core, at its phase or at their own."""
    on_beat = _best_run(onset_s, part, core.pulse)
    if core.first >= part.start and core.stop <= part.stop:
        return on_beat[0]
    free = fit_phase(onset_s[part], core.pulse.cell_s)
    off_beat = _best_run(onset_s, part, free)
    if off_beat[1] - on_beat[1] > _LEAST_FOR_NEW_PHASE:
        return off_beat[0]
    # Two or three sounds of many fall on a beat by chance.
    is_clear = on_beat[1] > _LEAST_FOR_NEW_PHASE or np.sum(_gains(onset_s[part], core.pulse)) > 0.0
    return on_beat[0] if on_beat[1] > 0.0 and is_clear else None


def _best_run(onset_s: FloatArray, part: slice, pulse: Pulse) -> tuple[_Part, float]:
    """The run of notes with the largest sum of gains (Kadane's algorithm), and that sum."""
    gains = _gains(onset_s[part], pulse).tolist()
    best, best_sum, start, running = (0, 0), 0.0, 0, 0.0
    for place, gain in enumerate(gains):
        if running <= 0.0:
            start, running = place, 0.0
        running += gain
        if running > best_sum:
            best, best_sum = (start, place + 1), running
    first, stop = part.start + best[0], part.start + best[1]
    return _Part(first, stop, pulse), best_sum


def _gains(onset_s: FloatArray, pulse: Pulse) -> FloatArray:
    """Bounded log odds of each note for a pulse, in nats, shape (n_notes,)."""
    spread_s = max(pulse.spread_s, _NARROWEST_SPREAD_CELLS * pulse.cell_s)
    log_odds = pulse.log_odds(onset_s, spread_s)
    return np.asarray(np.clip(log_odds, -_MOST_FOR_A_NOTE, _MOST_FOR_A_NOTE), dtype=np.float64)


def _is_music(
    onset_s: FloatArray, lengths_s: FloatArray, spread_cells: float, *, is_alone: bool
) -> bool:
    """Whether notes off the pulse are playing all the same: slips, or another tempo.

    Their intervals are then near ``lengths_s``, and as even as those of the playing, whose notes
    spread by ``spread_cells``.
    """
    if not is_alone and onset_s.size < _FEWEST_LEFT_OUT:
        return True
    ioi_s = np.diff(onset_s)
    if not ioi_s.size:
        return False
    ratios = ioi_s[:, None] / lengths_s[None, :]
    nearest = np.argmin(np.abs(ratios - 1.0), axis=1)
    ratio = ratios[np.arange(ioi_s.size), nearest]
    ratio = ratio[np.abs(ratio - 1.0) < _SAME_LENGTH + 2.0 * spread_cells]
    furthest = max(_NEAREST_FURTHEST, _FURTHEST_SPREADS * spread_cells)
    middle = float(np.median(ratio)) if ratio.size else 1.0
    if np.sum(np.abs(ratio / middle - 1.0) < furthest) > _MOST_REGULAR * ioi_s.size:
        return True
    return onset_s.size >= _FEWEST_FOR_PULSE and steady_pulse(onset_s) is not None


def _left_out_s(onset_s: FloatArray, is_played: BoolArray) -> tuple[tuple[float, float], ...]:
    edges = np.flatnonzero(np.diff(np.concatenate(([True], is_played, [True])).astype(np.int8)))
    return tuple(
        (float(onset_s[first]), float(onset_s[stop - 1])) for first, stop in edges.reshape(-1, 2)
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """The first note after a pause, and how far off the beat it is in cells, 0 to 0.5."""

    note: int
    off: float
    standard_error: float

    @property
    def is_restart(self) -> bool:
        """Whether it is too far off to have been counted through the pause."""
        return self.off > _FURTHEST_RESTART_SLOTS + _STANDARD_ERRORS * self.standard_error

    @property
    def is_doubtful(self) -> bool:
        """Whether it is further off than notes that were counted usually are."""
        return self.off > _DOUBTFUL_ERRORS * self.standard_error


def _entries(onset_s: FloatArray, on_pulse: list[_Part], core: _Part) -> list[_Entry]:
    parts = [part for part in on_pulse if part.stop - part.first >= _FEWEST_WITH_PHASE]
    cell_s = core.pulse.cell_s
    phases = [fit_phase(onset_s[part.first : part.stop], cell_s) for part in parts]
    entries = []
    for (before, old), (part, new) in pairwise(zip(parts, phases, strict=True)):
        between = (new.origin_s - old.origin_s) / cell_s
        middles_s = [float(np.mean(onset_s[run.first : run.stop])) for run in (before, part)]
        n_cells = (middles_s[1] - middles_s[0]) / cell_s
        standard_error = _phase_error(before, part, core, n_cells)
        entries.append(_Entry(part.first, abs(between - round(between)), standard_error))
    return entries


def _phase_error(before: _Part, part: _Part, core: _Part, n_cells: float) -> float:
    """Standard error of the distance of two parts in cells: of their phases and the period."""
    n_before, n_part, n_core = (run.stop - run.first for run in (before, part, core))
    period = (12.0 / n_core**3) * n_cells**2
    return core.pulse.spread_cells * float(np.sqrt(1.0 / n_before + 1.0 / n_part + period))


def _numbered(n_notes: int, entries: list[_Entry]) -> IntArray:
    """The segment without a doubtful pause that each note is in, shape (n_notes,)."""
    begins = np.zeros(n_notes, dtype=np.int64)
    begins[[entry.note for entry in entries if entry.is_doubtful]] = 1
    return np.cumsum(begins)
