"""Intervals that hold what they promise, and formulas worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.evenness import robust_sd_ioi, sd_ioi
from practiceear.metrics.intervals import PlayedIntervals
from practiceear.metrics.metric import Metric
from practiceear.metrics.reliability import (
    WIDEST_RATIO,
    lag_one,
    mean_count,
    mean_interval,
    mean_metric,
    measured,
    more_needed,
    sd_dof,
    sd_interval,
    sd_ioi_floor,
    slope_interval,
    spread_of,
    too_few,
    without_trend,
)
from practiceear.metrics.timing import deviation_bias, deviation_spread, drift
from practiceear.rhythm.alignment import Alignment
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision
from practiceear.units import FloatArray

N_TAKES = 1500
# 1,500 takes know a coverage of 95 % to ±1.1 %: 92 and 98 % are far outside that.
LEAST, MOST = 0.92, 0.985


def test_intervals_of_textbook_size() -> None:
    # Chi-square quantiles with 31 degrees of freedom: 17.539 and 48.232.
    low, high = sd_interval(10.0, 31.0)
    assert low == pytest.approx(10.0 * math.sqrt(31 / 48.232), rel=1e-4)
    assert high == pytest.approx(10.0 * math.sqrt(31 / 17.539), rel=1e-4)
    # Student's t with 15 degrees of freedom: 2.1314.
    assert mean_interval(5.0, 4.0, 16, 16.0) == pytest.approx((5 - 2.1314, 5 + 2.1314), rel=1e-4)
    assert slope_interval(0.1, 0.01, 15.0) == pytest.approx((0.078686, 0.121314), rel=1e-4)


def test_a_mean_worth_more_than_its_values_keeps_their_quantile() -> None:
    low, high = mean_interval(0.0, 1.0, 16, 64.0)
    assert high == pytest.approx(2.1314 / 8, rel=1e-4)
    assert low == -high


def test_alternation_and_wandering_cost_degrees_of_freedom() -> None:
    assert sd_dof(60.0, 0.0) == 60.0
    assert sd_dof(60.0, -0.5) == pytest.approx(40.0)  # 1 + 2/4
    assert sd_dof(60.0, 0.5) == pytest.approx(36.0)  # (1 + 1/4) / (1 - 1/4)
    assert sd_dof(60.0, -0.5, adjacent_share=0.5) == pytest.approx(48.0)
    assert sd_dof(2.0, 0.9) == 1.0


def test_a_wandering_series_is_worth_fewer_values() -> None:
    assert mean_count(10**6, 0.5) == pytest.approx(10**6 / 3, rel=0.01)
    assert mean_count(10**6, -0.5) == pytest.approx(3 * 10**6, rel=0.01)
    assert mean_count(64, 0.0) == pytest.approx(64)
    assert mean_count(8, 0.9) == 2.0


def test_lag_one_of_a_hand_made_series() -> None:
    # Products -1 -1 -1, power 4: r = -3/4 * 4/3 = -1, and the bias is taken out.
    alternating = np.array([1.0, -1.0, 1.0, -1.0])
    assert lag_one(alternating) == -0.9
    blocks = np.array([False, True, False, True])
    assert lag_one(np.array([1.0, 1.0, -1.0, -1.0]), is_adjacent=blocks) == 0.9
    assert lag_one(np.zeros(20)) == 0.0
    assert lag_one(np.array([1.0, -1.0])) == 0.0
    assert lag_one(alternating, is_adjacent=np.zeros(4, dtype=np.bool_)) == 0.0


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.5])
def test_lag_one_has_no_bias(correlation: float) -> None:
    rng = np.random.default_rng(8)
    series = [_wandering(rng, 24, correlation, 1.0) for _ in range(N_TAKES)]
    found = np.mean([lag_one(one - one.mean()) for one in series])
    assert found == pytest.approx(correlation, abs=0.04)


def test_a_trend_is_taken_out() -> None:
    time_s = np.array([0.0, 1.0, 2.0, 5.0])
    np.testing.assert_allclose(without_trend(3.0 - 2.0 * time_s, time_s), 0.0, atol=1e-12)
    assert without_trend(np.array([1.0, 3.0]), np.array([4.0, 4.0])).tolist() == [-1.0, 1.0]


def test_spread_of_a_hand_made_series() -> None:
    residual = np.array([-1.0, 1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0])
    assert spread_of(residual).sd == pytest.approx(math.sqrt(8 / 7))
    assert spread_of(residual, n_fitted=2).sd == pytest.approx(math.sqrt(8 / 6))
    assert spread_of(residual, robust=True).sd == pytest.approx(1.4826 * math.sqrt(8 / 7))
    even = spread_of(np.zeros(10))
    assert (even.sd, even.low, even.high) == (0.0, 0.0, 0.0)


def test_few_notes_are_rough() -> None:
    interval = (0.5, 2.0)
    assert measured(MetricKey.SD_IOI, 1.0, 31, interval).is_rough
    assert not measured(MetricKey.SD_IOI, 1.0, 32, interval).is_rough
    assert "3 more" in too_few(5, "notes")


def test_the_floor_of_intervals_is_of_two_onsets() -> None:
    assert sd_ioi_floor(0.003) == pytest.approx(0.0042426, rel=1e-4)


# What follows simulates takes and counts how often the truth lies in the interval.

SPREAD_S = 0.01


def _timer(rng: np.random.Generator, n: int) -> FloatArray:
    """An uneven inner clock: independent intervals."""
    return 0.25 + rng.normal(0.0, SPREAD_S, n)


def _motor(rng: np.random.Generator, n: int) -> FloatArray:
    """An even clock and an uneven hand: independent onsets."""
    return np.asarray(0.25 + np.diff(rng.normal(0.0, SPREAD_S / math.sqrt(2.0), n + 1)))


def _both(rng: np.random.Generator, n: int) -> FloatArray:
    return np.asarray(0.25 + (_timer(rng, n) + _motor(rng, n) - 0.5) / math.sqrt(2.0))


def _intervals(ioi_s: FloatArray) -> PlayedIntervals:
    notes = np.arange(ioi_s.size)
    return PlayedIntervals(notes, ioi_s, ioi_s - ioi_s.mean(), notes > 0, 1)


def _coverage(metrics: list[Metric], truth: float) -> float:
    """Share of the intervals that were told and hold the truth."""
    told = [metric for metric in metrics if not metric.is_unavailable]
    assert len(told) > len(metrics) / 4  # of those that are left out it would say nothing
    return float(np.mean([metric.low <= truth <= metric.high for metric in told]))


@pytest.mark.parametrize("player", [_timer, _motor, _both])
@pytest.mark.parametrize(
    ("measure", "n"),
    [*((sd_ioi, n) for n in (8, 16, 64, 200)), *((robust_sd_ioi, n) for n in (24, 64, 200))],
)
def test_sd_ioi_intervals_hold_the_truth(
    measure: Callable[[PlayedIntervals], Metric],
    n: int,
    player: Callable[[np.random.Generator, int], FloatArray],
) -> None:
    rng = np.random.default_rng(40 + n)
    metrics = [measure(_intervals(player(rng, n))) for _ in range(N_TAKES)]
    assert LEAST <= _coverage(metrics, SPREAD_S) <= MOST


def _wandering(rng: np.random.Generator, n: int, correlation: float, sd: float) -> FloatArray:
    noise = rng.normal(0.0, 1.0, n)
    noise[0] /= math.sqrt(1.0 - correlation**2)
    for note in range(1, n):
        noise[note] += correlation * noise[note - 1]
    return np.asarray(sd * math.sqrt(1.0 - correlation**2) * noise)


def _against_the_click(deviation_s: FloatArray) -> tuple[FloatArray, Alignment]:
    slots = np.arange(deviation_s.size)
    is_matched = np.ones(deviation_s.size, dtype=np.bool_)
    alignment = Alignment(slots, is_matched, deviation_s, np.zeros(0, dtype=np.int64), 1, 0)
    return 0.25 * slots + deviation_s, alignment


SIXTEENTHS = MetronomeGrid(60.0, Meter(), Subdivision.parse("4"))


@pytest.mark.parametrize("correlation", [-0.3, 0.0, 0.3, 0.5])
@pytest.mark.parametrize("n", [24, 64, 200])
def test_timing_intervals_hold_the_truth(n: int, correlation: float) -> None:
    rng = np.random.default_rng(90 + n)
    takes = [
        _against_the_click(-0.02 + _wandering(rng, n, correlation, SPREAD_S))
        for _ in range(N_TAKES)
    ]
    biases = [deviation_bias(alignment, SIXTEENTHS, is_phase_known=True) for _, alignment in takes]
    spreads = [deviation_spread(alignment) for _, alignment in takes]
    drifts = [drift(onset_s, alignment) for onset_s, alignment in takes]
    assert LEAST <= _coverage(biases, -0.02) <= MOST
    assert LEAST <= _coverage(spreads, SPREAD_S) <= MOST
    assert LEAST <= _coverage(drifts, 0.0) <= MOST


def test_a_mean_interval_that_ignored_wandering_would_fail() -> None:
    rng = np.random.default_rng(3)
    series = [_wandering(rng, 64, 0.5, 1.0) for _ in range(N_TAKES)]
    plain = [mean_interval(one.mean(), float(one.std(ddof=1)), 64, 64.0) for one in series]
    assert np.mean([low <= 0.0 <= high for low, high in plain]) < 0.85
    metrics = [
        mean_metric(MetricKey.DEVIATION_BIAS, one, "notes", is_informative=lambda _: True)
        for one in series
    ]
    assert LEAST <= _coverage(metrics, 0.0) <= MOST


@pytest.mark.parametrize("robust", [False, True])
@pytest.mark.parametrize("n", [8, 12, 20, 40])
def test_no_spread_is_told_that_is_not_known_to_a_factor_of_two(n: int, robust: bool) -> None:
    rng = np.random.default_rng(n)
    for _ in range(300):
        residual = _wandering(rng, n, rng.uniform(-0.6, 0.9), 1.0)
        spread = spread_of(residual - residual.mean(), robust=robust)
        metric = spread.metric(MetricKey.LOUDNESS_SD, "notes with a level")
        assert metric.is_unavailable == (spread.high > WIDEST_RATIO * spread.low)
        assert ("about" in metric.reason) == (spread.n_more > 0) == metric.is_unavailable


def test_a_positive_mean_not_known_to_a_factor_of_two_is_refused() -> None:
    ratios = np.tile([0.1, 0.2, 0.9, 1.0], 5)
    told = mean_metric(MetricKey.GATE_RATIO, 3.0 + ratios, "notes")
    assert told.value == pytest.approx(3.55)
    refused = mean_metric(MetricKey.GATE_RATIO, np.repeat([0.05, 0.9], 10), "notes")
    assert refused.is_unavailable
    assert "too uncertain from 20 notes" in refused.reason
    few = mean_metric(MetricKey.GATE_RATIO, ratios[:15], "notes")
    assert few.reason == "too few notes (15 of the 16 needed, 1 more)"


def test_how_many_more_are_needed() -> None:
    assert more_needed(12, lambda count: count >= 12) == 0
    assert more_needed(12, lambda count: count >= 20) == 8
    assert 400 <= more_needed(100, lambda count: count >= 500) <= 410
