"""Evenness: which intervals count, and what they come to."""

from __future__ import annotations

import math

import numpy as np
import pytest

from practiceear.metrics.evenness import cv_ioi, robust_sd_ioi, sd_ioi
from practiceear.metrics.intervals import (
    UNSORTED,
    PlayedIntervals,
    played_intervals,
    ungridded_intervals,
)
from practiceear.metrics.reliability import sd_ioi_floor
from practiceear.rhythm.alignment import align
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision
from practiceear.units import FloatArray

GRID = MetronomeGrid(120.0, Meter(), Subdivision.parse("4"), first_beat_s=1.0)


def played(slots: list[int], grid: MetronomeGrid = GRID, spread_s: float = 0.0) -> FloatArray:
    rng = np.random.default_rng(len(slots))
    return np.sort(grid.slot_time_s(np.array(slots)) + rng.normal(0.0, spread_s, len(slots)))


def intervals_of(onset_s: FloatArray, grid: MetronomeGrid = GRID) -> PlayedIntervals:
    return played_intervals(onset_s, align(onset_s, grid), grid)


def test_hand_made_intervals() -> None:
    # Intervals alternate between 120 and 130 ms: SD is 5 ms * sqrt(40 / 39).
    onset_s = 1.0 + np.concatenate(([0.0], np.cumsum(np.tile([0.120, 0.130], 20))))
    intervals = intervals_of(onset_s)
    assert intervals.n == 40
    sd_s = 0.005 * math.sqrt(40 / 39)
    assert sd_ioi(intervals).value == pytest.approx(sd_s)
    assert cv_ioi(intervals).value == pytest.approx(100 * sd_s / 0.125)
    assert robust_sd_ioi(intervals).value == pytest.approx(1.4826 * 0.005 * math.sqrt(40 / 39))


def test_nothing_is_measured_across_a_missed_note() -> None:
    slots = [slot for slot in range(40) if slot not in (9, 23)]
    intervals = intervals_of(played(slots))
    assert intervals.n == 35
    assert sd_ioi(intervals).value == pytest.approx(0.0, abs=1e-12)
    # The note after the gap begins an interval that follows no other.
    assert np.flatnonzero(~intervals.is_adjacent).tolist() == [0, 8, 20]


def test_nothing_is_measured_to_or_from_an_extra_note() -> None:
    onset_s = np.sort(np.append(played(list(range(30))), 1.0 + 12.5 * 0.125))
    intervals = intervals_of(onset_s)
    assert intervals.n == 28
    assert sd_ioi(intervals).value == pytest.approx(0.0, abs=1e-12)


def test_only_the_commonest_note_value_counts() -> None:
    sixteenths, quarters = list(range(20)), list(range(20, 60, 4))
    intervals = intervals_of(played(sixteenths + quarters))
    assert intervals.n == 20
    np.testing.assert_allclose(intervals.ioi_s, 0.125)


def test_long_and_short_notes_of_swing_have_their_own_means() -> None:
    grid = MetronomeGrid(120.0, Meter(), Subdivision.parse("swing"))
    onset_s = played(list(range(40)), grid)
    onset_s[1::2] -= 0.02  # a softer swing than written, but the same every time
    intervals = intervals_of(onset_s, grid)
    assert intervals.n == 39
    assert intervals.n_fitted == 2
    assert sd_ioi(intervals).value == pytest.approx(0.0, abs=1e-12)


def test_one_wrong_note_moves_the_robust_sd_little() -> None:
    onset_s = played(list(range(64)), GRID, 0.004)
    wrong = onset_s.copy()
    wrong[30] += 0.045
    plain = sd_ioi(intervals_of(wrong)).value / sd_ioi(intervals_of(onset_s)).value
    robust = robust_sd_ioi(intervals_of(wrong)).value / robust_sd_ioi(intervals_of(onset_s)).value
    assert plain > 1.4
    assert robust < 1.15


@pytest.mark.parametrize("n_notes", [0, 1, 2, 8])
def test_too_few_notes_are_refused(n_notes: int) -> None:
    onset_s = played(list(range(n_notes)))
    for intervals in (intervals_of(onset_s), ungridded_intervals(onset_s)):
        metric = sd_ioi(intervals)
        assert metric.is_unavailable
        assert f"{8 - max(0, n_notes - 1)} more" in metric.reason
        assert cv_ioi(intervals).is_unavailable
        assert robust_sd_ioi(intervals).is_unavailable


def test_nine_notes_can_be_enough_but_rough() -> None:
    # Neither alternating nor wandering: 127, 124, 121 ... from note to note.
    steps_s = 0.125 + 0.001 * np.array([2.0, -1.0, -4.0, -1.0, 3.0, 4.0, -3.0, 0.0])
    intervals = intervals_of(1.0 + np.concatenate(([0.0], np.cumsum(steps_s))))
    metric = sd_ioi(intervals)
    assert metric.n == 8
    assert metric.is_rough
    assert 0 < metric.low < metric.value < metric.high <= 4 * metric.low
    robust = robust_sd_ioi(intervals)  # a median of eight tells too little
    assert robust.is_unavailable
    assert "too uncertain from 8 intervals" in robust.reason
    assert not sd_ioi(intervals_of(played(list(range(33)), GRID, 0.005))).is_rough


def test_the_floor_stands_beside_the_value() -> None:
    intervals = intervals_of(played(list(range(40)), GRID, 0.001))
    floor_s = sd_ioi_floor(0.003)
    assert sd_ioi(intervals, floor_s).is_at_detector_error
    assert sd_ioi(intervals, floor_s).detector_error == floor_s
    assert cv_ioi(intervals, floor_s).detector_error == pytest.approx(
        100 * floor_s / 0.125, rel=0.01
    )
    assert not sd_ioi(intervals, sd_ioi_floor(0.0001)).is_at_detector_error


def test_without_a_grid_a_slow_change_of_tempo_is_no_unevenness() -> None:
    ioi_s = 0.3 + 0.0005 * np.arange(60)
    intervals = ungridded_intervals(np.concatenate(([0.0], np.cumsum(ioi_s))))
    assert intervals.n == 60
    assert sd_ioi(intervals).value < 0.0004
    assert np.std(ioi_s) > 0.008


def test_without_a_grid_missed_and_false_notes_are_left_out() -> None:
    rng = np.random.default_rng(4)
    onset_s = np.cumsum(rng.normal(0.25, 0.008, 80))
    spoiled = np.sort(np.append(np.delete(onset_s, [20, 50]), onset_s[35] + 0.11))
    intervals = ungridded_intervals(spoiled)
    assert intervals.n == 79 - 4 - 1
    assert sd_ioi(intervals).value == pytest.approx(0.008, rel=0.25)


def test_without_a_grid_several_note_values_are_refused() -> None:
    onset_s = np.cumsum(np.tile([0.2, 0.4, 0.6, 0.2, 0.8, 0.4], 8))
    metric = sd_ioi(ungridded_intervals(onset_s))
    assert metric.is_unavailable
    assert "no grid" in metric.reason


def test_simultaneous_onsets_are_no_intervals() -> None:
    intervals = ungridded_intervals(np.repeat(0.3 * np.arange(20), 2))
    assert sd_ioi(intervals).value == pytest.approx(0.0, abs=1e-12)
    assert ungridded_intervals(np.zeros(30)).reason


def test_without_a_grid_very_uneven_notes_are_refused_rather_than_cut() -> None:
    rng = np.random.default_rng(9)
    metric = sd_ioi(ungridded_intervals(np.cumsum(rng.normal(0.25, 0.045, 80))))
    assert metric.is_unavailable
    assert metric.reason == UNSORTED


@pytest.mark.parametrize("cv", [0.02, 0.05, 0.08])
def test_without_a_grid_nothing_is_cut_from_the_spread(cv: float) -> None:
    rng = np.random.default_rng(10)
    values = [
        sd_ioi(ungridded_intervals(np.cumsum(rng.normal(0.25, cv * 0.25, 80)))).value
        for _ in range(100)
    ]
    assert np.mean(values) == pytest.approx(cv * 0.25, rel=0.04)
