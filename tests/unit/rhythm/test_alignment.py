"""Which slot a note was meant for: cases that a musician would decide at sight."""

from __future__ import annotations

import numpy as np
import pytest

from practiceear.rhythm.alignment import Alignment, align, assign_slots
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision
from practiceear.units import FloatArray
from tests.naive_metronome import cheapest, cost

SIXTEENTHS = MetronomeGrid(120.0, Meter(), Subdivision.parse("4"), first_beat_s=1.0)
EIGHTHS = MetronomeGrid(60.0, Meter(), Subdivision.parse("2"), first_beat_s=0.5)


def played(slots: list[int], grid: MetronomeGrid, spread_s: float = 0.0) -> FloatArray:
    rng = np.random.default_rng(len(slots))
    return np.sort(grid.slot_time_s(np.array(slots)) + rng.normal(0.0, spread_s, len(slots)))


def without(slots: range, *missing: int) -> list[int]:
    return [slot for slot in slots if slot not in missing]


def test_even_notes_have_no_faults() -> None:
    found = align(played(list(range(64)), SIXTEENTHS, 0.01), SIXTEENTHS)
    assert found.slot.tolist() == list(range(64))
    assert found.is_matched.all()
    assert (found.n_missed, found.n_extra, found.n_rest_slots) == (0, 0, 0)
    assert found.note_value_slots == 1


def test_late_is_positive() -> None:
    found = align(played(list(range(16)), EIGHTHS) + 0.02, EIGHTHS)
    np.testing.assert_allclose(found.deviation_s, 0.02)


def test_missed_notes_are_named() -> None:
    found = align(played(without(range(40), 13, 27), SIXTEENTHS, 0.008), SIXTEENTHS)
    assert found.missed_slots.tolist() == [13, 27]
    assert found.n_rest_slots == 0


def test_a_note_between_slots_is_extra() -> None:
    onsets = np.sort(np.append(played(list(range(32)), SIXTEENTHS), 1.0 + 10.5 * 0.125))
    found = align(onsets, SIXTEENTHS)
    assert np.flatnonzero(~found.is_matched).tolist() == [11]
    assert np.isnan(found.deviation_s[11])
    assert found.n_extra == 1
    assert found.n_missed == 0


def test_of_two_notes_for_a_slot_the_nearer_wins() -> None:
    onsets = played(list(range(20)), SIXTEENTHS)
    onsets[9] += 0.002
    double = np.sort(np.append(onsets, onsets[9] + 0.03))
    found = align(double, SIXTEENTHS)
    assert np.flatnonzero(~found.is_matched).tolist() == [10]
    early = np.sort(np.append(onsets, onsets[9] - 0.03))
    assert np.flatnonzero(~align(early, SIXTEENTHS).is_matched).tolist() == [9]


def test_a_very_late_note_keeps_its_slot_where_the_run_needs_it() -> None:
    onsets = played(list(range(24)), SIXTEENTHS)
    onsets[10] += 0.56 * 0.125
    found = align(onsets, SIXTEENTHS)
    assert found.slot[10] == 10
    assert found.is_matched.all()
    assert found.n_missed == 0


def test_a_quarter_melody_on_an_eighth_grid_misses_nothing() -> None:
    found = align(played(list(range(0, 64, 2)), EIGHTHS, 0.02), EIGHTHS)
    assert found.n_missed == 0
    assert found.n_extra == 0
    assert found.note_value_slots == 2
    assert found.n_rest_slots == 31


@pytest.mark.parametrize(
    "rhythm",
    [
        pytest.param([0, 2, 3], id="quarter eighth"),
        pytest.param([0, 1, 2, 3, 4, 5, 6], id="every eighth note a rest"),
        pytest.param([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14], id="scale, long top"),
        pytest.param([0, 1, 2, 3], id="breath of a bar's half"),
    ],
)
def test_what_is_written_is_not_missed(rhythm: list[int]) -> None:
    length = {3: 4, 7: 8, 15: 16, 4: 8}[len(rhythm)]
    slots = [length * bar + slot for bar in range(12) for slot in rhythm]
    found = align(played(slots, SIXTEENTHS, 0.006), SIXTEENTHS)
    assert found.n_missed == 0
    assert found.n_rest_slots == slots[-1] + 1 - len(slots)


def test_a_change_of_note_values_misses_nothing_but_the_missed() -> None:
    quarters, eighths, sixteenths = range(0, 48, 4), range(48, 80, 2), range(80, 120)
    slots = [*quarters, *eighths, *sixteenths]
    assert align(played(slots, SIXTEENTHS, 0.01), SIXTEENTHS).n_missed == 0
    slots.remove(24)  # one quarter
    slots.remove(64)  # one eighth
    slots.remove(99)  # one sixteenth
    found = align(played(slots, SIXTEENTHS, 0.01), SIXTEENTHS)
    assert found.missed_slots.tolist() == [24, 64, 99]


def test_rests_of_one_section_are_not_hidden_by_another() -> None:
    eighths = list(range(0, 160, 2))
    sixteenths = [160 + 9 * run + note for run in range(4) for note in range(8)]
    found = align(played(eighths + sixteenths, SIXTEENTHS, 0.006), SIXTEENTHS)
    assert found.n_missed == 0


@pytest.mark.parametrize("bias_slots", [-0.4, -0.3, 0.3, 0.4])
def test_a_steady_bias_stays_in_the_deviations(bias_slots: float) -> None:
    onsets = played(list(range(64)), SIXTEENTHS, 0.012) + bias_slots * 0.125
    found = align(onsets, SIXTEENTHS)
    assert found.slot.tolist() == list(range(64))
    assert found.n_extra == 0
    assert np.mean(found.deviation_s) == pytest.approx(bias_slots * 0.125, abs=0.006)


def test_a_bias_on_the_short_notes_of_swing() -> None:
    grid = MetronomeGrid(140.0, Meter(), Subdivision.parse("swing"))
    found = align(played(list(range(48)), grid, 0.01) - 0.04, grid)
    assert found.slot.tolist() == list(range(48))
    assert found.n_extra == 0


def test_an_odd_meter_only_changes_the_bar() -> None:
    grid = MetronomeGrid(120.0, Meter.parse("3+2+2"), Subdivision.parse("4"), first_beat_s=1.0)
    onsets = played(without(range(60), 20), SIXTEENTHS, 0.01)
    odd, even = align(onsets, grid), align(onsets, SIXTEENTHS)
    assert odd.slot.tolist() == even.slot.tolist()
    assert odd.missed_slots.tolist() == [20]


@pytest.mark.parametrize("n_notes", [0, 1, 2])
def test_hardly_any_notes(n_notes: int) -> None:
    found = align(1.0 + 0.125 * np.arange(float(n_notes)), SIXTEENTHS)
    assert found.n_matched == n_notes
    assert found.n_missed == 0


def test_arrays_cannot_be_changed() -> None:
    found = align(played([0, 1, 2], SIXTEENTHS), SIXTEENTHS)
    with pytest.raises(ValueError, match="read-only"):
        found.deviation_s[0] = 1.0


@pytest.mark.parametrize("onsets", [[1.0, 0.5], [0.0, float("nan")], [[0.0, 1.0]]])
def test_onsets_must_be_in_order(onsets: list[float]) -> None:
    with pytest.raises(ValueError, match="onset_s"):
        align(np.array(onsets), EIGHTHS)


def test_half_the_grids_speed_leaves_half_the_notes_out() -> None:
    quarters = MetronomeGrid(60.0, first_beat_s=0.5)
    found = align(played(list(range(40)), EIGHTHS), quarters)
    assert found.n_extra == 20
    assert found.slot[found.is_matched].tolist() == list(range(20))


def _cost_of(found: tuple[np.ndarray, np.ndarray], positions: FloatArray, pulse: int) -> float:
    slots = [int(s) if m else None for s, m in zip(*found, strict=True)]
    total = cost(positions.tolist(), [pulse] * positions.size, slots)
    assert total is not None
    return total


@pytest.mark.parametrize("pulse", [0, 1, 2])
def test_no_other_assignment_is_cheaper(pulse: int) -> None:
    rng = np.random.default_rng(2024 + pulse)
    for _ in range(60):
        steps = rng.choice([0.1, 0.5, 0.9, 1.0, 1.2, 2.0, 3.1], 5) + rng.normal(0.0, 0.15, 5)
        positions = 10.0 + np.cumsum(np.abs(steps))
        found = assign_slots(positions, np.full(5, pulse))
        least = cheapest(positions.tolist(), [pulse] * 5)
        assert _cost_of(found, positions, pulse) == pytest.approx(least, abs=1e-12)


def test_alignment_says_what_it_counts() -> None:
    found = align(played(without(range(30), 11), SIXTEENTHS), SIXTEENTHS)
    assert isinstance(found, Alignment)
    assert found.n_matched == 29
    assert found.n_missed == 1
