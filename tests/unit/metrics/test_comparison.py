"""Two takes: by how much they differ, and no difference where there is none."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from practiceear.metrics.articulation import gate_ratio
from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.comparison import (
    Comparison,
    Scale,
    compare,
    shared_confidence,
    spread_dof,
)
from practiceear.metrics.intervals import ungridded_intervals
from practiceear.metrics.metric import Metric
from practiceear.metrics.on_time import share_metric
from practiceear.metrics.reliability import mean_metric, sd_interval, spread_of
from practiceear.units import FloatArray
from tests.support.detector_error import without_floor

Take = Callable[[np.random.Generator, int, float], Metric]
N_PAIRS = 500


def wandering(rng: np.random.Generator, n: int, memory: float) -> FloatArray:
    """A series of SD 1 in which each value remembers so much of the last one."""
    shocks = rng.normal(0.0, math.sqrt(1.0 - memory**2), n)
    series = np.empty(n)
    last = rng.normal()
    for note, shock in enumerate(shocks):
        series[note] = last = memory * last + shock
    return series


def spread(memory: float, scale: float = 1.0) -> Take:
    def measure(rng: np.random.Generator, n: int, by: float) -> Metric:
        series = by * scale * wandering(rng, n, memory)
        return spread_of(series - series.mean()).metric(MetricKey.SD_IOI, "notes")

    return measure


def intervals_of_a_hand(rng: np.random.Generator, n: int, by: float) -> Metric:
    ioi = by * np.diff(rng.normal(size=n + 1))
    return spread_of(ioi - ioi.mean()).metric(MetricKey.SD_IOI, "intervals")


def mean(memory: float) -> Take:
    def measure(rng: np.random.Generator, n: int, by: float) -> Metric:
        series = by + wandering(rng, n, memory)
        return mean_metric(MetricKey.DEVIATION_BIAS, series, "notes", is_informative=lambda _: True)

    return measure


def share_of_hits(rng: np.random.Generator, n: int, by: float) -> Metric:
    return share_metric(MetricKey.ON_TIME_INNER, rng.random(n) < 0.7 * by, "notes")


def without_its_floor(rng: np.random.Generator, n: int, by: float) -> Metric:
    return without_floor(intervals_of_a_hand(rng, n, by), detector_error=0.8, scatter=0.1)


def sd(value: float, dof: float = 60.0, n: int = 61) -> Metric:
    return Metric(MetricKey.SD_IOI, value, n, *sd_interval(value, dof))


def test_degrees_of_freedom_are_read_from_the_interval() -> None:
    for dof in (2.5, 7.0, 63.0, 4000.0):
        assert spread_dof(sd(0.01, dof)) == pytest.approx(dof, rel=1e-6)
    assert spread_dof(Metric(MetricKey.SD_IOI, 1.0, 60, 0.8, 1.2)) is None
    assert spread_dof(Metric(MetricKey.SD_IOI, 0.0, 60, 0.0, 1.2)) is None
    assert spread_dof(without_floor(sd(0.01, 60.0), 0.008)) is None


def test_a_ratio_by_hand() -> None:
    # F(60, 60) at 97.5 %: 1.6668.
    found = compare(sd(0.010), sd(0.012))
    assert found.scale is Scale.RATIO
    assert found.value == pytest.approx(1.2)
    assert found.low == pytest.approx(1.2 / math.sqrt(1.6668), rel=1e-4)
    assert found.high == pytest.approx(1.2 * math.sqrt(1.6668), rel=1e-4)
    assert not found.is_different
    assert compare(sd(0.010), sd(0.013)).is_different


def test_a_difference_of_means_by_hand() -> None:
    first = Metric(MetricKey.DEVIATION_BIAS, 0.010, 41, 0.008, 0.012)
    second = Metric(MetricKey.DEVIATION_BIAS, 0.016, 41, 0.013, 0.019)
    found = compare(first, second)
    assert found.scale is Scale.DIFFERENCE
    assert found.value == pytest.approx(0.006)
    # Student with 40 degrees of freedom made the intervals; Welch's 70 make this one.
    errors = np.array([0.002, 0.003]) / 2.0211
    assert (found.high - found.low) / 2 == pytest.approx(1.9945 * np.hypot(*errors), rel=1e-3)
    assert found.is_different


def test_ten_per_cent_needs_some_seven_hundred_independent_notes() -> None:
    # (1.96 + 0.84)² / ln(0.9)² a side for independent values, half as many more for a hand's.
    independent = compare(sd(0.010, 63.0, 64), sd(0.009, 63.0, 64))
    assert independent.n_needed == pytest.approx(707, rel=0.03)
    of_a_hand = compare(sd(0.010, 42.0, 64), sd(0.009, 42.0, 64))
    assert of_a_hand.n_needed == pytest.approx(1.5 * 707, rel=0.03)
    assert compare(sd(0.010), sd(0.010)).n_needed == math.inf


@pytest.mark.parametrize(("measure", "by"), [(spread(0.0), 1.25), (intervals_of_a_hand, 1.3)])
def test_so_many_notes_find_it_four_times_in_five(measure: Take, by: float) -> None:
    rng = np.random.default_rng(1)
    n_needed = int(compare(measure(rng, 4000, 1.0), measure(rng, 4000, by)).n_needed)
    found = [
        compare(measure(rng, n_needed, 1.0), measure(rng, n_needed, by)).is_different
        for _ in range(N_PAIRS)
    ]
    assert np.mean(found) == pytest.approx(0.8, abs=0.07)


def test_what_can_be_detected_is_found_four_times_in_five() -> None:
    rng = np.random.default_rng(2)
    by = compare(sd(1.0, 95.0, 96), sd(1.0, 95.0, 96)).detectable
    measure = spread(0.0)
    found = [
        compare(measure(rng, 96, 1.0), measure(rng, 96, by)).is_different for _ in range(N_PAIRS)
    ]
    assert np.mean(found) == pytest.approx(0.8, abs=0.07)


@pytest.mark.parametrize("n", [(32, 32), (64, 64), (256, 256), (32, 256)])
@pytest.mark.parametrize(
    "measure",
    [
        spread(0.0),
        spread(0.4),
        intervals_of_a_hand,
        mean(0.0),
        mean(0.4),
        mean(-0.3),
        share_of_hits,
        without_its_floor,
    ],
)
def test_identical_players_are_seldom_called_different(measure: Take, n: tuple[int, int]) -> None:
    rng = np.random.default_rng(sum(n))
    pairs = [compare(measure(rng, n[0], 1.0), measure(rng, n[1], 1.0)) for _ in range(N_PAIRS)]
    # 5 % ± 2 % in 500 pairs.
    assert np.mean([pair.is_different for pair in pairs if not pair.is_unavailable]) <= 0.07


@pytest.mark.parametrize("confidence", [0.97, 0.99])
def test_higher_confidence_makes_fewer_false_alarms(confidence: float) -> None:
    rng = np.random.default_rng(3)
    for measure in (spread(0.3), mean(0.3), without_its_floor):
        pairs = [
            compare(measure(rng, 64, 1.0), measure(rng, 64, 1.0), confidence)
            for _ in range(N_PAIRS)
        ]
        alarms = np.mean([pair.is_different for pair in pairs if not pair.is_unavailable])
        assert alarms <= 1.0 - confidence + 0.015


@pytest.mark.parametrize(
    ("measure", "by"),
    [(spread(0.0), 2.0), (mean(0.0), 2.0), (without_its_floor, 2.5), (share_of_hits, 0.5)],
)
def test_large_differences_are_found(measure: Take, by: float) -> None:
    rng = np.random.default_rng(4)
    pairs = [compare(measure(rng, 96, 1.0), measure(rng, 96, by)) for _ in range(100)]
    assert np.mean([pair.is_different for pair in pairs]) > 0.95


@pytest.mark.parametrize("measure", [spread(0.2), mean(0.2), without_its_floor])
def test_exchanging_the_takes_changes_signs_only(measure: Take) -> None:
    rng = np.random.default_rng(5)
    for _ in range(50):
        one, other = measure(rng, 40, 1.0), measure(rng, 90, 1.1)
        there, back = compare(one, other, 0.98), compare(other, one, 0.98)
        assert there.is_different == back.is_different
        assert there.reason == "" or back.is_unavailable
        if there.is_unavailable:
            continue
        turned = turned_round(there)
        assert (back.value, back.low, back.high) == pytest.approx(turned)
        assert back.n_needed == there.n_needed
        assert back.detectable == pytest.approx(there.detectable)


def turned_round(found: Comparison) -> tuple[float, float, float]:
    if found.scale is Scale.RATIO:
        return 1.0 / found.value, 1.0 / found.high, 1.0 / found.low
    return -found.value, -found.high, -found.low


def test_gain_of_both_takes_changes_no_ratio() -> None:
    one, other = compare(sd(0.010), sd(0.013)), compare(sd(10.0), sd(13.0))
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))


def test_what_the_detector_alone_explains_is_not_compared() -> None:
    both_at_floor = compare(
        replace(sd(0.010), detector_error=0.012), replace(sd(0.014), detector_error=0.013)
    )
    assert "at the floor" in both_at_floor.reason
    assert not both_at_floor.is_different
    one = compare(
        replace(sd(0.010), detector_error=0.012), replace(sd(0.030), detector_error=0.012)
    )
    assert one.is_different


def test_a_mean_within_the_floor_depends_on_the_room() -> None:
    first = Metric(MetricKey.GATE_RATIO, 0.60, 60, 0.58, 0.62, detector_error=0.1)
    near = Metric(MetricKey.GATE_RATIO, 0.65, 60, 0.63, 0.67, detector_error=0.1)
    far = Metric(MetricKey.GATE_RATIO, 0.80, 60, 0.78, 0.82, detector_error=0.1)
    assert compare(first, near).is_different
    assert compare(first, near).is_within_floor
    assert not compare(first, far).is_within_floor


def test_refusals_say_which_take_they_are_of() -> None:
    refused = Metric.unavailable(MetricKey.SD_IOI, 3, "too few intervals")
    assert compare(refused, sd(0.01)).reason.startswith("the first take gives no number: too few")
    assert compare(sd(0.01), refused).reason.startswith("the second take")


def test_only_like_things_are_compared() -> None:
    with pytest.raises(ValueError, match="sd_ioi_s cannot be compared with gate_ratio"):
        compare(sd(0.01), Metric(MetricKey.GATE_RATIO, 1.0, 9, 0.5, 2.0))
    with pytest.raises(ValueError, match="confidence"):
        compare(sd(0.01), sd(0.01), 1.0)
    with pytest.raises(ValueError, match="question"):
        shared_confidence(0)
    assert shared_confidence(1) == pytest.approx(0.95)
    assert shared_confidence(4) == pytest.approx(0.9875)


def test_takes_without_any_spread_are_alike() -> None:
    even = Metric(MetricKey.SD_IOI, 0.0, 40, 0.0, 0.0)
    assert not compare(even, even).is_different
    assert compare(even, sd(0.01)).is_different


def test_what_a_room_does_to_both_takes_is_not_counted_in_their_difference() -> None:
    rng = np.random.default_rng(9)
    intervals = ungridded_intervals(np.arange(97.0))
    falls_s = np.full(97, 0.1)
    one, other = (
        gate_ratio(rng.normal(mean, 0.03, 97), falls_s, intervals, 0.2) for mean in (0.6, 0.75)
    )
    found = compare(one, other)
    assert found.is_different
    assert found.value == pytest.approx(0.15, abs=0.01)
    assert found.high - found.low < 0.03
    assert found.is_within_floor
