"""Loudness and articulation, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from practiceear.metrics.articulation import attack_consistency, gate_ratio, gate_ratio_sd
from practiceear.metrics.intervals import PlayedIntervals, played_intervals, ungridded_intervals
from practiceear.metrics.loudness import loudness_evenness
from practiceear.rhythm.alignment import align
from practiceear.rhythm.grid import MetronomeGrid
from practiceear.units import FloatArray


def one_a_second(n_notes: int) -> tuple[FloatArray, PlayedIntervals]:
    grid = MetronomeGrid(60.0)
    onset_s = np.arange(float(n_notes))
    return onset_s, played_intervals(onset_s, align(onset_s, grid), grid)


def test_a_crescendo_is_not_uneven() -> None:
    onset_s, _ = one_a_second(40)
    metric = loudness_evenness(-40.0 + 0.5 * onset_s, onset_s)
    assert metric.value == pytest.approx(0.0, abs=1e-9)
    assert metric.n == 40


def test_loudness_of_alternating_notes() -> None:
    onset_s = np.arange(40.0)
    level = -20.0 + np.tile([1.0, -1.0, -1.0, 1.0], 10)
    metric = loudness_evenness(level, onset_s, floor_db=0.3)
    slope = np.polyfit(onset_s, level, 1)
    expected = math.sqrt(np.sum((level - np.polyval(slope, onset_s)) ** 2) / 38)
    assert metric.value == pytest.approx(expected)
    assert metric.unit == "dB"
    assert metric.detector_error == 0.3


def test_loudness_intervals_hold_the_truth() -> None:
    rng = np.random.default_rng(12)
    onset_s = np.arange(24.0)
    metrics = [
        loudness_evenness(-20.0 + 0.1 * onset_s + rng.normal(0.0, 2.0, 24), onset_s)
        for _ in range(1500)
    ]
    assert 0.92 <= np.mean([metric.low <= 2.0 <= metric.high for metric in metrics]) <= 0.985


def test_notes_without_a_level_do_not_count() -> None:
    onset_s = np.arange(20.0)
    level = np.where(onset_s < 13, np.nan, -20.0)
    metric = loudness_evenness(level, onset_s)
    assert metric.is_unavailable
    assert metric.n == 7
    assert "1 more" in metric.reason


def test_gate_ratio_is_length_over_interval() -> None:
    _, intervals = one_a_second(41)
    length_s = np.tile([0.3, 0.5], 21)[:41]
    metric = gate_ratio(length_s, np.zeros(len(length_s)), intervals)
    assert metric.n == 40  # the last note has no next one
    assert metric.value == pytest.approx(0.4)
    spread = gate_ratio_sd(length_s, intervals, detector_error=0.02)
    assert spread.value == pytest.approx(0.1 * math.sqrt(40 / 39))
    assert spread.detector_error == 0.02


def test_what_a_room_rings_out_lowers_only_the_lower_bound() -> None:
    _, intervals = one_a_second(41)
    length_s = 0.4 + np.random.default_rng(1).normal(0.0, 0.02, 41)
    dry, wet = (gate_ratio(length_s, np.full(41, fall_s), intervals, 0.1) for fall_s in (0.0, 0.2))
    assert (wet.value, wet.high) == (dry.value, dry.high)
    assert dry.high - dry.value == pytest.approx(0.1, abs=0.001)
    assert dry.value - wet.low == pytest.approx(math.hypot(0.1, 0.2), abs=0.002)
    assert wet.is_floor_out
    length_s[:30] = np.nan
    assert gate_ratio(length_s, np.zeros(41), intervals, 0.1).is_unavailable


def test_notes_without_an_end_do_not_count() -> None:
    _, intervals = one_a_second(20)
    length_s = np.full(20, 0.4)
    length_s[:12] = np.nan
    metric = gate_ratio(length_s, np.zeros(len(length_s)), intervals)
    assert metric.is_unavailable
    assert "whose end" in metric.reason
    assert gate_ratio_sd(length_s, intervals).n == 7


def test_where_there_are_no_intervals_the_reason_is_passed_on() -> None:
    intervals = ungridded_intervals(np.cumsum(np.tile([0.2, 0.4, 0.6, 0.2, 0.8, 0.4], 8)))
    assert "no grid" in gate_ratio(np.full(48, 0.1), np.zeros(48), intervals).reason


def test_attack_consistency_is_a_standard_deviation() -> None:
    attack_s = np.tile([0.01, 0.03], 16)
    assert attack_consistency(attack_s).value == pytest.approx(0.01 * math.sqrt(32 / 31))
    few = np.concatenate((attack_s[:5], np.full(20, np.nan)))
    assert "3 more" in attack_consistency(few).reason
