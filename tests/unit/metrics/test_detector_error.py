"""The detector's own error taken out of a spread."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.detector_error import (
    LESS_SURE,
    SURER,
    Errors,
    without_errors,
)
from practiceear.metrics.evenness import sd_ioi
from practiceear.metrics.metric import Metric
from practiceear.metrics.reliability import interval_dof, sd_ioi_floor, spread_of
from tests.support.detector_error import without_floor
from tests.unit.metrics.simulated import coverage, in_a_row, played_by

MEASURED = Metric(MetricKey.SD_IOI, 0.005, 64, 0.0043, 0.006, detector_error=0.003)


def test_five_less_three_is_four() -> None:
    metric = without_floor(MEASURED)
    assert metric.value == pytest.approx(0.004)
    assert metric.low < 0.004 < metric.high
    assert (metric.key, metric.unit, metric.n, metric.detector_error) == (
        MetricKey.SD_IOI,
        "s",
        64,
        0.003,
    )


def test_bounds_of_a_floor_that_is_this_takes_own_by_hand() -> None:
    # Squares in ms²: what was measured was at least 18.49, of which 9 are the ear's; at most it
    # was as much as was heard, for errors can hide unevenness too.
    metric = without_floor(MEASURED, scatter=0.0)
    assert 1e6 * metric.low**2 == pytest.approx(18.49 - 9.0, rel=0.02)
    assert metric.high == MEASURED.high


def test_a_floor_of_nothing_changes_nothing() -> None:
    metric = without_floor(MEASURED, detector_error=0.0)
    assert metric.value == pytest.approx(MEASURED.value)
    assert (metric.low, metric.high) == pytest.approx((MEASURED.low, MEASURED.high), rel=0.01)


def test_scale_and_unit_do_not_matter() -> None:
    in_ms = Metric(MetricKey.SD_IOI, 5.0, 64, 4.3, 6.0, detector_error=3.0)
    one, other = without_floor(in_ms), without_floor(MEASURED)
    assert (one.value, one.low, one.high) == pytest.approx(
        (1000 * other.value, 1000 * other.low, 1000 * other.high)
    )


@pytest.mark.parametrize("detector_error", [0.0047, 0.0052, 0.0058, 0.007, 0.02])
def test_at_the_floor_nothing_is_the_lower_bound(detector_error: float) -> None:
    metric = without_floor(MEASURED, detector_error)
    assert metric.low == 0.0
    assert metric.is_at_detector_error
    # Never more than was measured, and never nothing for sure.
    assert 0.0 <= metric.value < metric.high <= MEASURED.high


def test_what_is_left_is_not_held_against_the_floor_again() -> None:
    # 5 ms measured, 4 of them the player's, which a floor of 4 ms would explain.
    metric = without_floor(MEASURED, 0.003, scatter=0.1)
    assert metric.is_floor_out
    assert not metric.is_at_detector_error
    assert replace(metric, is_floor_out=False, detector_error=0.004).is_at_detector_error
    assert not MEASURED.is_floor_out
    with pytest.raises(ValueError, match="already"):
        without_floor(metric)


def test_a_floor_far_above_what_was_measured_is_not_this_takes() -> None:
    one, other = without_floor(MEASURED, 0.02), without_floor(MEASURED, 0.2)
    assert one.high == pytest.approx(other.high)
    assert 0.9 * MEASURED.value < one.high <= MEASURED.high


def test_the_less_the_floor_is_known_the_less_may_be_the_players() -> None:
    sure, unsure = without_floor(MEASURED, scatter=0.1), without_floor(MEASURED, scatter=0.4)
    assert unsure.low < sure.low
    assert unsure.high == sure.high == MEASURED.high


def naive_lowest(metric: Metric, scatter: float) -> float:
    """The lower limit by trial: how often would takes of one true spread show as much?"""
    rng = np.random.default_rng(8)
    dof = interval_dof(metric.high / metric.low)
    off = rng.normal(size=200_000)
    floors = metric.detector_error * np.exp(scatter * off * np.where(off < 0.0, SURER, LESS_SURE))
    chance = np.sqrt(rng.chisquare(dof, 200_000) / dof)
    true = np.linspace(0.0, metric.high, 200)
    as_much = [np.mean(np.hypot(one, floors) * chance >= metric.value) for one in true]
    return float(np.interp(0.025, as_much, true))


@pytest.mark.parametrize("scatter", [0.1, 0.5, 1.0])
def test_the_lower_limit_is_that_of_a_naive_twin(scatter: float) -> None:
    metric = without_floor(MEASURED, scatter=scatter)
    assert metric.low == pytest.approx(naive_lowest(MEASURED, scatter), abs=1e-4)


def test_errors_that_follow_the_hand_hide_what_it_did() -> None:
    """An ear that draws notes to where they are due hears less than was played."""
    takes, true_s = [], 0.008
    for seed in range(100):
        rng = np.random.default_rng(seed)
        late_s = rng.normal(0.0, true_s / math.sqrt(2.0), 129)
        error_s = rng.normal(0.0, 0.002, 129) - 0.1 * late_s
        takes.append(without_floor(sd_ioi(in_a_row(0.1 + np.diff(late_s + error_s)), 0.0043)))
    assert coverage(takes, true_s) >= 0.9


def test_what_cannot_be_taken_out_stays() -> None:
    refused = Metric.unavailable(MetricKey.SD_IOI, 3, "too few")
    assert without_floor(refused, 0.003) is refused
    floorless = Metric(MetricKey.SD_IOI, 0.005, 64, 0.004, 0.006)
    assert without_floor(floorless) is floorless


@pytest.mark.parametrize(("detector_error", "scatter"), [(-0.001, 0.1), (0.003, -0.1)])
def test_nonsense_is_not_taken(detector_error: float, scatter: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        without_floor(MEASURED, detector_error, scatter)


S_DET_S = 0.003
N_TAKES = 300


def corrected(rng: np.random.Generator, true_s: float, n: int) -> Metric:
    """A take of a clock or of a hand, heard by an ear that is now better and now worse."""
    hand_s = rng.choice([0.0, true_s / math.sqrt(2.0)])
    ioi_s = played_by(rng, n, clock_s=0.0 if hand_s else true_s, hand_s=hand_s)
    chance = rng.normal()
    ear_s = S_DET_S * np.exp(chance * (SURER if chance < 0.0 else LESS_SURE))
    heard_s = ioi_s + np.diff(rng.normal(0.0, ear_s, n + 1))
    return without_floor(sd_ioi(in_a_row(heard_s), sd_ioi_floor(S_DET_S)))


@pytest.mark.parametrize("n", [24, 64, 200])
@pytest.mark.parametrize("ratio", [0.5, 1.0, 2.0])
def test_intervals_hold_the_truth(ratio: float, n: int) -> None:
    rng = np.random.default_rng(round(100 * ratio) + n)
    true_s = ratio * sd_ioi_floor(S_DET_S)
    takes = [corrected(rng, true_s, n) for _ in range(N_TAKES)]
    # 300 takes know a coverage of 95 % to ±2.5 %.
    assert 0.915 <= coverage(takes, true_s) <= 0.992


def test_an_even_player_is_at_the_floor_and_an_uneven_one_is_not() -> None:
    rng = np.random.default_rng(1)
    even = [corrected(rng, 0.0, 64) for _ in range(N_TAKES)]
    uneven = [corrected(rng, 20.0 * S_DET_S, 64) for _ in range(N_TAKES)]
    assert np.mean([metric.low == 0.0 for metric in even]) > 0.95
    assert np.mean([metric.low > 0.0 for metric in uneven]) > 0.99


def test_left_in_the_floor_would_mislead() -> None:
    rng = np.random.default_rng(2)
    true_s = sd_ioi_floor(S_DET_S)
    heard = [
        sd_ioi(in_a_row(played_by(rng, 64, clock_s=true_s, hand_s=S_DET_S))) for _ in range(N_TAKES)
    ]
    assert coverage(heard, true_s) < 0.1
    taken_out = [without_floor(metric, sd_ioi_floor(S_DET_S), 0.0) for metric in heard]
    assert coverage(taken_out, true_s) > 0.915


def heard_unequally(
    rng: np.random.Generator, true_s: float, n: int, errors_s: np.ndarray, off: float = 1.0
) -> tuple[Metric, Errors]:
    """A clock heard by an ear that knows how badly it hears each onset, all ``off`` times that."""
    heard_s = played_by(rng, n, clock_s=true_s, hand_s=0.0) + np.diff(
        off * errors_s * rng.normal(size=n + 1)
    )
    intervals = in_a_row(heard_s)
    errors = Errors(intervals.residual_s, np.hypot(errors_s[1:], errors_s[:-1]))
    return sd_ioi(intervals, math.sqrt(2.0 * float(np.mean(errors_s**2)))), errors


def test_equal_errors_are_one_floor() -> None:
    metric, errors = heard_unequally(np.random.default_rng(4), 0.006, 64, np.full(65, 0.003))
    one, other = without_errors(metric, errors), without_floor(metric, errors.error[0])
    assert (one.value, one.low, one.high, one.detector_error) == pytest.approx(
        (other.value, other.low, other.high, other.detector_error), rel=1e-6
    )


def test_the_value_solves_paule_and_mandels_equation() -> None:
    rng = np.random.default_rng(5)
    metric, errors = heard_unequally(rng, 0.006, 200, rng.uniform(0.001, 0.01, 201))
    found = without_errors(metric, errors)
    dof = np.sum(errors.residual**2) / metric.value**2
    weight = 1.0 / (found.value**2 + errors.error**2)
    off_mean = errors.residual - np.sum(weight * errors.residual) / weight.sum()
    weighted = np.sum(weight * off_mean**2)
    assert weighted == pytest.approx(dof, rel=0.01)  # alike errors are taken for one
    assert found.low < found.value < found.high
    assert found.detector_error == metric.detector_error


def unequal(rng: np.random.Generator, n: int) -> np.ndarray:
    """One note in eight is a soft slur."""
    return np.where(rng.random(n + 1) < 0.125, 0.015, 0.001)


@pytest.mark.parametrize("n", [24, 64, 200])
@pytest.mark.parametrize("true_s", [0.0015, 0.004, 0.012])
def test_intervals_hold_the_truth_where_errors_differ(n: int, true_s: float) -> None:
    rng = np.random.default_rng(n)
    takes = []
    for _ in range(N_TAKES):
        chance = rng.normal()
        off = float(np.exp(chance * (SURER if chance < 0.0 else LESS_SURE)))
        takes.append(without_errors(*heard_unequally(rng, true_s, n, unequal(rng, n), off)))
    assert 0.915 <= coverage(takes, true_s) <= 0.995


@pytest.mark.parametrize("vague_s", [0.03, 0.05, 0.08])
def test_one_onset_that_is_far_off_does_not_make_the_others_uneven(vague_s: float) -> None:
    rng = np.random.default_rng(round(1000 * vague_s))
    takes = []
    for _ in range(N_TAKES):
        errors_s = np.where(rng.random(32) < 0.06, vague_s, 0.001)
        late_s = rng.normal(0.0, 0.001, 32) + errors_s * rng.normal(size=32)
        late_s -= late_s.mean()
        metric = spread_of(late_s).metric(MetricKey.DEVIATION_SPREAD, "notes", detector_error=0.001)
        takes.append(without_errors(metric, Errors(late_s, errors_s)))
    assert coverage(takes, 0.001) >= 0.915
    assert np.median([one.value for one in takes]) < 0.0015


def test_knowing_each_error_is_worth_more_than_knowing_their_mean() -> None:
    rng = np.random.default_rng(6)
    true_s, each, mean = 0.004, [], []
    for _ in range(N_TAKES):
        metric, errors = heard_unequally(rng, true_s, 64, unequal(rng, 64))
        each.append(abs(without_errors(metric, errors).value - true_s))
        mean.append(abs(without_floor(metric).value - true_s))
    assert np.mean(each) < 0.5 * np.mean(mean)


def test_errors_that_are_none_are_not_taken() -> None:
    with pytest.raises(ValueError, match="above 0"):
        without_errors(MEASURED, Errors(np.ones(3), np.array([1.0, 0.0, 1.0])))
    refused = Metric.unavailable(MetricKey.SD_IOI, 3, "too few")
    assert without_errors(refused, Errors(np.ones(3), np.zeros(3))) is refused
