"""The ruler: slots, bars and accents worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from practiceear.errors import UsageError
from practiceear.metronome.grid import Meter, MetronomeGrid, Subdivision


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
