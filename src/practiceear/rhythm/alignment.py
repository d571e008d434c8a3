"""Which slot of the grid each note was meant for, and which notes are missing.

The best assignment of the whole take is taken, not the nearest slot note by note:
notes keep their order, a slot holds one note, and the sum of these costs is least,
distances counted in slots after the player's steady bias is taken out:

* a matched note costs its squared distance from the slot;
* an extra note costs 0.45², so that a note further than 0.45 slot from any slot, or
  one that loses its slot to a nearer note, is extra;
* an interruption of an even run costs 0.45² as well, however long: a note that alone
  can keep the run going may be up to 0.64 slot late or early.

What is missed. Notes alone cannot tell a rest from a longer note, and neither is a
fault. A slot is missed only where an even run skips one beat of its pulse: the gap is
twice as long as the gaps around it (at least three of the two before and the two
after, one on each side). Where such gaps are written into the music they come often
(more than one, and at least a tenth of the gaps between notes of that value) or
regularly (three or more, at one place of the bar or evenly spaced): then they are rests
or longer notes. Gaps of three or more note values, breaths, and everything before the
first or after the last note are rests.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from practiceear.rhythm.grid import BoolArray, MetronomeGrid
from practiceear.units import FloatArray, IntArray

FURTHEST_SLOTS = 0.45
"""A note further than this from any slot is extra."""

EXTRA_COST = FURTHEST_SLOTS**2
BREAK_COST = FURTHEST_SLOTS**2

_LARGEST_BIAS_SLOTS = 0.45
_BIAS_STEP_SLOTS = 0.05
# Keeps notes half a slot away from being read as a bias of everybody else.
_BIAS_RELUCTANCE = 0.05

_WRITTEN_SHARE = 0.1
_FEWEST_REGULAR_GAPS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """The notes of a take and the slots they were meant for.

    ``slot``: int64, shape (n_notes,): of each matched note; the nearest one for an extra note.
    ``deviation_s``: float64, shape (n_notes,): late is positive, steady bias included; NaN for
    extra notes. ``note_value_slots``: the commonest distance of successive notes in slots; 0 for
    fewer than 2 notes.
    """

    slot: IntArray
    is_matched: BoolArray  # bool, shape (n_notes,): False for extra notes
    deviation_s: FloatArray
    missed_slots: IntArray  # int64, shape (n_missed,): slots inside an even run that hold no note
    note_value_slots: int
    n_rest_slots: int  # empty slots between the first and the last note that were not missed

    def __post_init__(self) -> None:
        for array in (self.slot, self.is_matched, self.deviation_s, self.missed_slots):
            array.flags.writeable = False

    @property
    def n_matched(self) -> int:
        """Notes that have a slot."""
        return int(np.count_nonzero(self.is_matched))

    @property
    def n_extra(self) -> int:
        """Notes that were meant for no slot: slips, double onsets, false onsets."""
        return int(self.is_matched.size) - self.n_matched

    @property
    def n_missed(self) -> int:
        """Slots of an even run that hold no note."""
        return int(self.missed_slots.size)


def align(onset_s: FloatArray, grid: MetronomeGrid) -> Alignment:
    """Find the slot that each note was meant for.

    Parameters
    ----------
    onset_s
        float64, shape (n_notes,): seconds since the take began, finite and in order
        (else ``ValueError``).
    grid
        The metronome. A steady bias of up to 0.45 slot is allowed for and stays in
        the deviations; one of more than half a slot looks like the next slot.
    """
    onset_s = checked_onsets(onset_s)
    positions = grid.slot_position(onset_s - _steady_bias_s(onset_s, grid))
    slot, is_matched = assign_slots(positions, _pulse_slots(positions))
    matched = slot[is_matched]
    gaps = np.diff(matched)
    missed = _missed_slots(matched, grid.slots_per_bar)
    return Alignment(
        slot=slot,
        is_matched=is_matched,
        deviation_s=np.where(is_matched, onset_s - grid.slot_time_s(slot), np.nan),
        missed_slots=missed,
        note_value_slots=_commonest(gaps),
        n_rest_slots=int(np.sum(gaps - 1)) - int(missed.size),
    )


def checked_onsets(onset_s: FloatArray) -> FloatArray:
    """Return onsets as float64, shape (n_notes,), or raise ``ValueError``."""
    onset_s = np.asarray(onset_s, dtype=np.float64)
    if onset_s.ndim != 1 or not np.all(np.isfinite(onset_s)) or np.any(np.diff(onset_s) < 0):
        raise ValueError("onset_s must be finite seconds in order, one dimension")
    return onset_s


def assign_slots(positions: FloatArray, pulse_slots: IntArray) -> tuple[IntArray, BoolArray]:
    """Assign notes to slots at the least cost.

    Parameters
    ----------
    positions
        float64, shape (n_notes,), rising: where notes stand, counted in slots.
    pulse_slots
        int64, shape (n_notes,): the note value around each note, in slots; a gap of
        twice that or more interrupts the run. 0 where gaps cost nothing.

    Returns
    -------
    slot, is_matched
        int64 and bool, shape (n_notes,); the nearest slot where not matched.

    Notes
    -----
    Dynamic programming over (note, slot). Only the two slots around a note can be
    nearer than 0.64 slot, and a running minimum stands for all slots further back than
    twice the pulse, so time and memory grow with the notes alone.
    """
    nearest = np.floor(positions + 0.5).astype(np.int64)
    below = np.floor(positions).astype(np.int64)
    slots = np.unique(np.concatenate((below, below + 1)))
    table = _SlotTable(slots.tolist())
    rows = np.searchsorted(slots, below).tolist()
    upper_rows = np.searchsorted(slots, below + 1).tolist()
    offsets = (positions - below).tolist()
    steps = zip(rows, upper_rows, offsets, pulse_slots.tolist(), strict=True)
    for note, (row, upper_row, offset, pulse) in enumerate(steps):
        table.close_before(row)
        lower = table.best_way(row, pulse, offset * offset)
        upper = table.best_way(upper_row, pulse, (1.0 - offset) * (1.0 - offset))
        table.enter(note, row, lower)
        table.enter(note, upper_row, upper)
    slot, is_matched = nearest.copy(), np.zeros(positions.size, dtype=np.bool_)
    for note, row in table.best_path():
        slot[note], is_matched[note] = slots[row], True
    return slot, is_matched


_Way = tuple[float, int]  # cost relative to leaving every note extra, and the entry before
_NO_WAY: _Way = (np.inf, -1)


class _SlotTable:
    """The cheapest way to end with a note in each slot; a row is a candidate slot."""

    def __init__(self, slots: list[int]) -> None:
        self._slots = slots
        self._cost = [np.inf] * len(slots)
        self._entry = [-1] * len(slots)
        # Cheapest way into any row below this one, or to begin here (entry -1).
        self._before: list[_Way] = [(0.0, -1)]
        self._entries: list[tuple[int, int, int]] = []  # note, row, entry before

    def close_before(self, row: int) -> None:
        """Fix the costs below ``row``, where no later note can go."""
        for closed in range(len(self._before) - 1, row):
            here = (self._cost[closed], self._entry[closed])
            self._before.append(min(self._before[closed], here))

    def best_way(self, row: int, pulse: int, match_cost: float) -> _Way | None:
        """The cheapest way to put the next note into ``row``."""
        if match_cost > EXTRA_COST + BREAK_COST:
            return None
        # The first row from which the run is not interrupted; to begin is an interruption.
        run_row = bisect_right(self._slots, self._slots[row] - 2 * pulse) if pulse else row
        cost, entry = self._cheapest(run_row)
        unbroken = min(map(self._way, range(run_row, row)), default=_NO_WAY)
        way = min((cost + BREAK_COST if pulse else cost, entry), unbroken)
        return way[0] + match_cost - EXTRA_COST, way[1]

    def _way(self, row: int) -> _Way:
        return self._cost[row], self._entry[row]

    def _cheapest(self, stop: int) -> _Way:
        """The cheapest way into any row below ``stop``, or none at all."""
        closed = min(stop, len(self._before) - 1)
        return min(self._before[closed], *map(self._way, range(closed, stop)), _NO_WAY)

    def enter(self, note: int, row: int, way: _Way | None) -> None:
        """Let ``note`` end in ``row`` where that is cheaper than before."""
        if way is not None and way[0] < self._cost[row]:
            self._cost[row] = way[0]
            self._entry[row] = len(self._entries)
            self._entries.append((note, row, way[1]))

    def best_path(self) -> list[tuple[int, int]]:
        """The (note, row) pairs of the cheapest way through the take, last first."""
        _, entry = self._cheapest(len(self._slots))
        path = []
        while entry >= 0:
            note, row, entry = self._entries[entry]
            path.append((note, row))
        return path


def _steady_bias_s(onset_s: FloatArray, grid: MetronomeGrid) -> float:
    """The player's median lateness in seconds, within 0.45 of the shortest slot."""
    if onset_s.size == 0:
        return 0.0
    places = np.arange(grid.subdivision.n_slots, dtype=np.int64)
    shortest_s = float(np.min(grid.slot_length_s(places)))
    n_steps = round(_LARGEST_BIAS_SLOTS / _BIAS_STEP_SLOTS)
    candidates = np.arange(-n_steps, n_steps + 1) * _BIAS_STEP_SLOTS
    costs = [
        _quick_cost(grid.slot_position(onset_s - bias * shortest_s)) + _BIAS_RELUCTANCE * abs(bias)
        for bias in candidates
    ]
    bias_s = float(candidates[int(np.argmin(costs))]) * shortest_s
    nearest = grid.nearest_slot(onset_s - bias_s)
    is_near = np.abs(grid.slot_position(onset_s - bias_s) - nearest) < FURTHEST_SLOTS
    deviations = (onset_s - grid.slot_time_s(nearest))[is_near]
    return float(np.median(deviations)) if deviations.size else 0.0


def _quick_cost(positions: FloatArray) -> float:
    """Mean cost of a note where each slot takes the nearest note."""
    slots = np.floor(positions + 0.5)
    squares = np.minimum((positions - slots) ** 2, EXTRA_COST)
    starts = np.flatnonzero(np.diff(slots, prepend=-np.inf))
    n_losers = positions.size - starts.size
    matched = np.minimum.reduceat(squares, starts).sum()
    return float(matched + EXTRA_COST * n_losers) / positions.size


def _pulse_slots(positions: FloatArray) -> IntArray:
    """The note value around each note in slots, 0 where double gaps are written.

    From nearest slots only: the median of the five gaps around each note.
    """
    no_pulse = np.zeros(positions.size, dtype=np.int64)
    slots = np.floor(positions + 0.5).astype(np.int64)
    filled = np.unique(slots)
    gaps = np.diff(filled)
    if positions.size < 3 or gaps.size == 0:
        return no_pulse
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(gaps, 2, mode="edge"), 5)
    pulses = np.median(windows, axis=1).astype(np.int64)
    if _is_often(int(np.count_nonzero(gaps == 2 * pulses)), gaps.size):
        return no_pulse
    at_note = np.searchsorted(filled, slots) - 1
    return np.asarray(pulses[np.clip(at_note, 0, gaps.size - 1)], dtype=np.int64)


def _is_often(n_doubles: int, n_gaps: int) -> bool:
    return n_doubles > 1 and n_doubles >= _WRITTEN_SHARE * n_gaps


def _missed_slots(matched: IntArray, slots_per_bar: int) -> IntArray:
    """Slots that an even run skipped; the rule is in the module's docstring."""
    gaps = np.diff(matched)
    skips = np.array(
        [gap for gap in range(1, gaps.size - 1) if _is_skip(gaps, gap)], dtype=np.int64
    )
    is_written = np.zeros(skips.size, dtype=np.bool_)
    for length in np.unique(gaps[skips]):
        is_kind = gaps[skips] == length
        # Whether they are written shows in all that stand among shorter notes, not in skips alone.
        n_doubles = sum(_is_among_halves(gaps, int(gap)) for gap in np.flatnonzero(gaps == length))
        n_gaps = int(np.count_nonzero(2 * gaps == length)) + n_doubles
        is_regular = _is_regular(matched[skips[is_kind]], slots_per_bar)
        is_written[is_kind] = is_regular or _is_often(n_doubles, n_gaps)
    missed = skips[~is_written]
    return np.asarray(matched[missed] + gaps[missed] // 2, dtype=np.int64)


def _is_regular(starts: IntArray, slots_per_bar: int) -> bool:
    """Whether three or more gaps begin at one place of the bar, or evenly spaced."""
    if starts.size < _FEWEST_REGULAR_GAPS:
        return False
    steps = np.diff(starts)
    return bool(np.all(steps % slots_per_bar == 0) or np.all(steps == steps[0]))


def _is_skip(gaps: IntArray, index: int) -> bool:
    """Whether a gap is twice as long as the gaps around it."""
    before, after = _halves_around(gaps, index)
    is_half = np.concatenate((before, after))
    is_both_sides = bool(before.any() and after.any())
    return is_both_sides and int(np.count_nonzero(is_half)) >= is_half.size - 1


def _is_among_halves(gaps: IntArray, index: int) -> bool:
    """Whether gaps half as long are near on both sides."""
    before, after = _halves_around(gaps, index)
    return bool(before.any() and after.any())


def _halves_around(gaps: IntArray, index: int) -> tuple[BoolArray, BoolArray]:
    """Which of the two gaps before one and of the two after it are half as long."""
    before, after = gaps[max(0, index - 2) : index], gaps[index + 1 : index + 3]
    return 2 * before == gaps[index], 2 * after == gaps[index]


def _commonest(gaps: IntArray) -> int:
    """The commonest gap in slots, the shorter of two equally common; 0 for none."""
    if gaps.size == 0:
        return 0
    values, counts = np.unique(gaps, return_counts=True)
    return int(values[int(np.argmax(counts))])
