"""How intervals follow each other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from practiceear.metrics.evenness import cv_ioi
from practiceear.metrics.intervals import PlayedIntervals
from practiceear.metrics.serial import clock_and_motor, lag_one_ioi, npvi
from practiceear.units import FloatArray
from tests.unit.metrics.simulated import coverage, in_a_row, played_by, wandering

N_TAKES = 400


def broken(intervals: PlayedIntervals, every: int) -> PlayedIntervals:
    """The same intervals with a rest after every few of them."""
    is_adjacent = intervals.first_note % every != 0
    return PlayedIntervals(
        intervals.first_note, intervals.ioi_s, intervals.residual_s, is_adjacent, 1
    )


def test_npvi_by_hand() -> None:
    # Each pair is 100 and 120 ms: 20 over 110.
    metric = npvi(in_a_row(np.tile([0.10, 0.12], 20)))
    assert metric.value == pytest.approx(100 * 20 / 110)
    assert metric.n == 39
    assert metric.unit == "%"


def test_npvi_is_not_taken_across_a_rest() -> None:
    # Equal within each group of four, unequal between them.
    ioi_s = np.repeat(np.tile([0.10, 0.12], 6), 4)
    assert npvi(broken(in_a_row(ioi_s), 4)).value == pytest.approx(0.0)
    assert npvi(in_a_row(ioi_s)).value > 4.0


def test_npvi_does_not_know_tempo() -> None:
    ioi_s = played_by(np.random.default_rng(1), 64, clock_s=0.01)
    one, other = npvi(in_a_row(ioi_s), 0.002), npvi(in_a_row(3 * ioi_s), 0.006)
    assert (one.value, one.low, one.detector_error) == pytest.approx(
        (other.value, other.low, other.detector_error)
    )


@pytest.mark.parametrize(("clock_s", "hand_s", "factor"), [(0.01, 0.0, 1.13), (0.0, 0.007, 1.38)])
def test_npvi_and_cv_of_clock_and_hand(clock_s: float, hand_s: float, factor: float) -> None:
    ioi_s = played_by(np.random.default_rng(2), 20_000, clock_s=clock_s, hand_s=hand_s)
    ratio = npvi(in_a_row(ioi_s)).value / cv_ioi(in_a_row(ioi_s)).value
    assert ratio == pytest.approx(factor, rel=0.02)


def test_the_floor_of_npvi_is_what_the_ear_alone_shows() -> None:
    ear_only = in_a_row(played_by(np.random.default_rng(3), 20_000, hand_s=0.004))
    metric = npvi(ear_only, 0.004)
    assert metric.detector_error == pytest.approx(metric.value, rel=0.02)


@pytest.mark.parametrize("hand_s", [0.0, 0.005, 0.05])
def test_npvi_intervals_hold_the_truth(hand_s: float) -> None:
    rng = np.random.default_rng(4)
    clock_s = 0.008 if hand_s < 0.05 else 0.0
    truth = npvi(in_a_row(played_by(rng, 200_000, clock_s=clock_s, hand_s=hand_s))).value
    takes = [
        npvi(in_a_row(played_by(rng, 64, clock_s=clock_s, hand_s=hand_s))) for _ in range(N_TAKES)
    ]
    assert 0.915 <= coverage(takes, truth) <= 0.99


def test_clock_hand_and_drift_have_their_correlations() -> None:
    rng = np.random.default_rng(5)
    clock = lag_one_ioi(in_a_row(played_by(rng, 5000, clock_s=0.01)))
    hand = lag_one_ioi(in_a_row(played_by(rng, 5000, hand_s=0.01)))
    drift = lag_one_ioi(in_a_row(0.25 + wandering(rng, 5000, 0.6, 0.01)))
    assert clock.value == pytest.approx(0.0, abs=0.05)
    assert hand.value == pytest.approx(-0.5, abs=0.05)
    assert drift.value == pytest.approx(0.6, abs=0.05)


def test_the_detectors_alternation_is_taken_out() -> None:
    rng = np.random.default_rng(6)
    ioi_s = played_by(rng, 50_000, clock_s=0.02, hand_s=0.003)  # the hand is the ear's
    heard, corrected = lag_one_ioi(in_a_row(ioi_s)), lag_one_ioi(in_a_row(ioi_s), 0.003)
    assert heard.value == pytest.approx(-9 / 418, abs=0.01)
    assert corrected.value == pytest.approx(0.0, abs=0.01)
    assert corrected.low < 0.0 < corrected.high
    assert corrected.high - corrected.low > heard.high - heard.low


def test_where_the_ear_may_explain_most_nothing_is_said_of_neighbours() -> None:
    ioi_s = played_by(np.random.default_rng(7), 200, clock_s=0.004, hand_s=0.004)
    assert "detector's own error" in lag_one_ioi(in_a_row(ioi_s), 0.004).reason


@pytest.mark.parametrize(("clock_s", "hand_s"), [(0.008, 0.0), (0.006, 0.004), (0.0, 0.006)])
def test_correlation_intervals_hold_the_truth(clock_s: float, hand_s: float) -> None:
    rng = np.random.default_rng(8)
    truth = -(hand_s**2) / (clock_s**2 + 2 * hand_s**2)
    takes = [
        lag_one_ioi(in_a_row(played_by(rng, 80, clock_s=clock_s, hand_s=hand_s)))
        for _ in range(N_TAKES)
    ]
    assert 0.91 <= coverage(takes, truth) <= 0.99


@pytest.mark.parametrize("shift_s", [0.0, 0.1])
def test_clock_and_hand_are_told_apart(shift_s: float) -> None:
    rng = np.random.default_rng(9)
    ioi_s = shift_s + played_by(rng, 20_000, clock_s=0.008, hand_s=0.005)
    levels = clock_and_motor(in_a_row(ioi_s), is_paced=False)
    assert levels.clock.value == pytest.approx(0.008, rel=0.03)
    assert levels.motor.value == pytest.approx(0.005, rel=0.03)
    # Of the hand's 5 ms, 3 were the ear's: 5² = 4² + 3². The clock does not notice.
    heard = clock_and_motor(in_a_row(ioi_s), is_paced=False, onset_floor_s=0.003)
    assert heard.motor.value == pytest.approx(0.004, rel=0.05)
    assert heard.clock.value == levels.clock.value


def test_a_hand_that_is_all_the_ears_is_nothing_at_the_lower_end() -> None:
    ioi_s = played_by(np.random.default_rng(10), 400, clock_s=0.01, hand_s=0.004)
    motor = clock_and_motor(in_a_row(ioi_s), is_paced=False, onset_floor_s=0.004).motor
    assert motor.low == 0.0
    assert 0.0 < motor.high < 0.006


def test_levels_hold_the_truth() -> None:
    rng = np.random.default_rng(11)
    takes = []
    for _ in range(N_TAKES):
        ioi_s = played_by(rng, 160, clock_s=0.008, hand_s=0.004)
        heard_s = ioi_s + np.diff(rng.normal(0.0, 0.002 * (1 + rng.normal(0, 0.05)), 161))
        takes.append(clock_and_motor(in_a_row(heard_s), is_paced=False, onset_floor_s=0.002))
    assert 0.915 <= coverage([take.clock for take in takes], 0.008) <= 0.99
    assert 0.915 <= coverage([take.motor for take in takes], 0.004) <= 0.99


def test_a_tempo_that_changes_is_neither_clock_nor_hand() -> None:
    ioi_s = played_by(np.random.default_rng(12), 400, clock_s=0.008, hand_s=0.004)
    ramp_s = 0.0002 * np.arange(400)
    one, other = (
        clock_and_motor(in_a_row(each), is_paced=False) for each in (ioi_s, ioi_s + ramp_s)
    )
    assert other.clock.value == pytest.approx(one.clock.value)
    assert other.motor.value == pytest.approx(one.motor.value)


def alternating(n: int) -> FloatArray:
    return np.asarray(0.25 + 0.01 * (-1.0) ** np.arange(n))


@pytest.mark.parametrize(
    ("ioi_s", "words"),
    [
        (0.25 + wandering(np.random.default_rng(1), 200, 0.7, 0.01), "drift"),
        (alternating(200), "alternate"),
        (np.full(200, 0.25), "too even"),
        (played_by(np.random.default_rng(1), 90, clock_s=0.01), "11 more"),
    ],
)
def test_where_the_model_does_not_hold_it_is_not_used(ioi_s: FloatArray, words: str) -> None:
    levels = clock_and_motor(in_a_row(ioi_s), is_paced=False)
    assert words in levels.clock.reason
    assert words in levels.motor.reason


def test_the_model_is_for_unpaced_takes() -> None:
    ioi_s = played_by(np.random.default_rng(1), 200, clock_s=0.01, hand_s=0.005)
    assert "click" in clock_and_motor(in_a_row(ioi_s), is_paced=True).clock.reason


@pytest.mark.parametrize("n", [0, 1, 20])
def test_too_few_are_refused_with_the_count(n: int) -> None:
    intervals = in_a_row(np.full(n, 0.25)) if n else in_a_row(np.full(1, 0.25))
    n_pairs = max(0, n - 1)
    assert f"{32 - n_pairs} more" in npvi(intervals).reason
    assert f"{64 - n_pairs} more" in lag_one_ioi(intervals).reason


def test_an_even_take_has_no_correlation_but_is_not_an_error() -> None:
    assert "too even" in lag_one_ioi(in_a_row(np.full(100, 0.25))).reason
    assert npvi(in_a_row(np.full(100, 0.25))).value == pytest.approx(0.0)
    assert math.isnan(npvi(in_a_row(np.full(100, 0.25))).detector_error)
