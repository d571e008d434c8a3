"""Notes inside the windows of what is heard."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtr

from practiceear.live import status
from practiceear.metrics.on_time import Centre, OnTime, on_time_shares, on_time_windows_s
from practiceear.rhythm.alignment import align
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision
from practiceear.units import FloatArray
from tests.unit.metrics.simulated import aligned, coverage, wandering

SIXTEENTHS = MetronomeGrid(120.0, Meter(), Subdivision.parse("4"))  # 125 ms: 6 and 10 ms


def shares(
    deviation_s: FloatArray,
    about: Centre = Centre.PLAYER,
    grid: MetronomeGrid = SIXTEENTHS,
    ear_s: float = 0.0,
) -> OnTime:
    return on_time_shares(aligned(deviation_s), grid, about=about, onset_floor_s=ear_s)


@pytest.mark.parametrize(
    ("interval_s", "inner_s", "outer_s"),
    [(0.125, 0.006, 0.010), (0.24, 0.006, 0.012), (0.5, 0.0125, 0.025), (0.0, 0.006, 0.010)],
)
def test_windows_of_the_experiments(interval_s: float, inner_s: float, outer_s: float) -> None:
    assert on_time_windows_s(interval_s) == pytest.approx((inner_s, outer_s))


def test_the_live_screen_has_the_same_windows() -> None:
    assert vars(status)["on_time_windows_s"] is on_time_windows_s


def test_shares_by_hand() -> None:
    # About their mean 0: 20 notes are 4 ms off, 12 are 8 ms off, 8 are 15 ms off.
    half = np.repeat([0.004, 0.008, 0.015], [10, 6, 4])
    order = np.random.default_rng(5).permutation(40)
    found = shares(np.concatenate((half, -half))[order])
    assert found.inner.value == pytest.approx(50.0)
    assert found.outer.value == pytest.approx(80.0)
    assert (found.inner_s, found.outer_s) == (0.006, 0.010)
    assert found.inner.low < 50.0 < found.inner.high


def test_windows_follow_the_note_value() -> None:
    deviation_s = np.tile([0.0061, -0.0061], 20)  # between 6 and 6.25 ms
    eighths_s = SIXTEENTHS.slot_time_s(2 * np.arange(40)) + deviation_s
    found = on_time_shares(align(eighths_s, SIXTEENTHS), SIXTEENTHS, about=Centre.PLAYER)
    assert found.inner_s == pytest.approx(0.00625)
    assert found.inner.value == 100.0
    assert shares(deviation_s).inner.value == 0.0


def test_a_steady_bias_harms_only_against_the_click() -> None:
    rng = np.random.default_rng(1)
    deviation_s = rng.normal(0.0, 0.003, 60)
    about_player = shares(deviation_s - 0.02)
    assert about_player.outer.value > 95.0
    assert about_player == shares(deviation_s - 0.02 + 0.007)  # a shift changes nothing
    assert shares(deviation_s - 0.02, Centre.CLICK).outer.value < 5.0


def test_an_unsure_click_widens_the_interval() -> None:
    deviation_s = np.random.default_rng(2).normal(-0.008, 0.004, 60)
    sure = on_time_shares(aligned(deviation_s), SIXTEENTHS, about=Centre.CLICK)
    unsure = on_time_shares(
        aligned(deviation_s), SIXTEENTHS, about=Centre.CLICK, bias_floor_s=0.002
    )
    assert unsure.outer.value == sure.outer.value
    assert unsure.outer.low < sure.outer.low - 10
    assert unsure.outer.high > sure.outer.high


def test_far_off_the_click_the_slot_is_in_doubt() -> None:
    found = shares(np.full(40, 0.06), Centre.CLICK)
    assert "slot beside" in found.inner.reason
    assert not shares(np.full(40, 0.06)).inner.is_unavailable


@pytest.mark.parametrize("n", [0, 1, 23])
def test_too_few_notes_are_refused(n: int) -> None:
    found = shares(np.zeros(n))
    assert f"{24 - n} more" in found.inner.reason
    assert found.outer.is_unavailable


def test_inner_is_never_more_than_outer() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        found = shares(wandering(rng, 48, 0.3, 0.01), ear_s=0.001)
        assert found.inner.value <= found.outer.value


def within(window_s: float, sd_s: float, bias_s: float = 0.0) -> float:
    """The true share in per cent, of normal deviations."""
    return float(100 * (ndtr((window_s - bias_s) / sd_s) - ndtr((-window_s - bias_s) / sd_s)))


@pytest.mark.parametrize("correlation", [0.0, 0.4])
@pytest.mark.parametrize("about", [Centre.PLAYER, Centre.CLICK])
@pytest.mark.parametrize("n", [32, 96])
def test_intervals_hold_the_truth(n: int, about: Centre, correlation: float) -> None:
    rng = np.random.default_rng(n)
    takes = [shares(wandering(rng, n, correlation, 0.01) - 0.006, about) for _ in range(400)]
    bias_s = -0.006 if about is Centre.CLICK else 0.0
    assert coverage([take.inner for take in takes], within(0.006, 0.01, bias_s)) >= 0.915
    assert coverage([take.outer for take in takes], within(0.010, 0.01, bias_s)) >= 0.915


def test_the_detectors_error_is_taken_out() -> None:
    rng = np.random.default_rng(8)
    heard = [
        rng.normal(0.0, 0.007, 96) + rng.normal(0.0, 0.005 * (1 + rng.normal(0, 0.05)), 96)
        for _ in range(300)
    ]
    truth = within(0.010, 0.007)
    corrected = [shares(one, ear_s=0.005).outer for one in heard]
    assert coverage(corrected, truth) >= 0.915
    assert np.mean([metric.value for metric in corrected]) == pytest.approx(truth, abs=2.0)
    assert np.mean([shares(one).outer.value for one in heard]) < truth - 8.0


def test_where_the_ear_is_coarser_than_the_window_the_share_is_open_above() -> None:
    deviation_s = np.random.default_rng(4).normal(0.0, 0.012, 64)
    found = shares(deviation_s, ear_s=0.0125)
    assert found.inner.is_unavailable or found.inner.high == 100.0
    assert math.isnan(found.outer.detector_error)
