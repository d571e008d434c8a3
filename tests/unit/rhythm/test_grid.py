"""The ruler: slots, bars and accents worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from practiceear.errors import UsageError
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision, TempoStep


def test_slots_of_sixteenths_at_60_bpm() -> None:
    grid = MetronomeGrid(60.0, Meter.parse("4"), Subdivision.parse("4"), first_beat_s=2.0)
    slots = np.array([-1, 0, 1, 4, 16])
    assert grid.slot_time_s(slots).tolist() == [1.75, 2.0, 2.25, 3.0, 6.0]
    assert grid.beat_of(slots).tolist() == [-1, 0, 0, 1, 4]
    assert grid.position_in_bar(slots).tolist() == [15, 0, 1, 4, 0]
    assert grid.position_in_beat(slots).tolist() == [3, 0, 1, 0, 0]
    assert grid.slots_per_bar == 16
    assert grid.slot_s == 0.25


def test_swing_is_long_then_short() -> None:
    grid = MetronomeGrid(60.0, Meter(), Subdivision.parse("swing"))
    slots = np.arange(4)
    np.testing.assert_allclose(grid.slot_time_s(slots), [0, 2 / 3, 1, 5 / 3])
    np.testing.assert_allclose(grid.slot_length_s(slots), [2 / 3, 1 / 3, 2 / 3, 1 / 3])
    np.testing.assert_allclose(grid.slot_position(np.array([1 / 3, 5 / 6])), [0.5, 1.5])
    assert not grid.subdivision.is_even


def test_accents_of_an_odd_meter_begin_its_groups() -> None:
    meter = Meter.parse("3+2+2")
    grid = MetronomeGrid(200.0, meter, Subdivision.parse("2"))
    accents = np.flatnonzero(grid.is_accent(np.arange(28)))
    assert accents.tolist() == [0, 6, 10, 14, 20, 24]
    assert meter.n_beats == 7
    assert str(meter) == "3+2+2"


def test_nearest_slot_takes_the_later_of_two() -> None:
    grid = MetronomeGrid(60.0)
    assert grid.nearest_slot(np.array([-0.6, 0.49, 0.5, 0.9])).tolist() == [-1, 0, 1, 1]


@pytest.mark.parametrize("name", ["1", "2", "3", "4", "5", "6", "8", "swing"])
def test_subdivision_divides_the_beat(name: str) -> None:
    grid = MetronomeGrid(90.0, Meter(), Subdivision.parse(name))
    slots = np.arange(-grid.subdivision.n_slots, 50)
    np.testing.assert_allclose(np.diff(grid.slot_time_s(slots)), grid.slot_length_s(slots)[:-1])
    np.testing.assert_allclose(grid.slot_position(grid.slot_time_s(slots) + 1e-9), slots, atol=1e-7)


@pytest.mark.parametrize("bpm", [0.0, -60.0, 19.9, 400.1, 10000.0, float("nan"), float("inf")])
def test_a_senseless_tempo_is_named(bpm: float) -> None:
    with pytest.raises(UsageError, match="outside 20 to 400") as caught:
        MetronomeGrid(bpm)
    assert f"{bpm:g}" in str(caught.value)


@pytest.mark.parametrize("text", ["0", "-4", "", "four", "3+", "3++2", "33", "4.5", "3+0+2"])
def test_a_senseless_meter_is_named(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Meter.parse(text)
    assert repr(text) in caught.value.message


@pytest.mark.parametrize("text", ["0", "7", "-1", "eighths", "", "2.5"])
def test_an_unknown_subdivision_is_named(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Subdivision.parse(text)
    assert repr(text) in caught.value.message
    assert "swing" in caught.value.hint


def test_positions_must_rise_from_the_beat() -> None:
    for positions in ((0.1, 0.5), (0.0, 0.5, 0.5), (0.0, 1.0)):
        with pytest.raises(UsageError):
            Subdivision("odd", positions)


def test_a_first_beat_must_be_a_time() -> None:
    with pytest.raises(UsageError, match="first beat"):
        MetronomeGrid(60.0, first_beat_s=float("nan"))


STEPS = (TempoStep(4, 120.0), TempoStep(8, 40.0))


def test_a_grid_whose_tempo_changes_by_hand() -> None:
    grid = MetronomeGrid(60.0, Meter((4,)), Subdivision.parse(2), 1.0, STEPS)
    slots = np.array([-2, 0, 7, 8, 9, 16, 17])
    # Four beats of 1 s, four of half a second, then beats of 1.5 s; a slot is half a beat.
    assert grid.slot_time_s(slots) == pytest.approx([0.0, 1.0, 4.5, 5.0, 5.25, 7.0, 7.75])
    assert grid.slot_length_s(slots) == pytest.approx([0.5, 0.5, 0.5, 0.25, 0.25, 0.75, 0.75])
    assert grid.slot_s == 0.25  # of the fastest tempo


@pytest.mark.parametrize("subdivision", ["1", "3", "swing"])
def test_slots_and_times_are_inverse_across_tempos(subdivision: str) -> None:
    grid = MetronomeGrid(72.0, Meter((3,)), Subdivision.parse(subdivision), 0.4, STEPS)
    slots = np.arange(-6, 60)
    assert grid.slot_position(grid.slot_time_s(slots)) == pytest.approx(slots, abs=1e-9)
    assert np.diff(grid.slot_time_s(slots)) == pytest.approx(grid.slot_length_s(slots)[:-1])


def test_a_step_to_the_same_tempo_changes_nothing() -> None:
    steady = MetronomeGrid(90.0, subdivision=Subdivision.parse(2), first_beat_s=0.3)
    stepped = MetronomeGrid(90.0, steady.meter, steady.subdivision, 0.3, (TempoStep(5, 90.0),))
    slots = np.arange(-4, 40)
    assert stepped.slot_time_s(slots) == pytest.approx(steady.slot_time_s(slots))
