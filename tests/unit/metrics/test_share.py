"""Shares and their intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.on_time import hit_correlation, share_count, share_interval, share_metric
from tests.unit.metrics.simulated import coverage, wandering


def hits(n_hits: int, n: int) -> np.ndarray:
    """Spread evenly, so that they neither cluster nor avoid each other much."""
    is_hit = np.zeros(n, dtype=np.bool_)
    is_hit[np.round(np.linspace(0, n - 1, n_hits)).astype(int)] = True
    return is_hit


def test_wilson_by_hand() -> None:
    # 10 of 40 (Wilson 1927): (p + z²/2n ± z sqrt(pq/n + z²/4n²)) / (1 + z²/n)
    z, n, p = 1.959964, 40.0, 0.25
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = share_interval(p, n)
    assert low == pytest.approx((p + z * z / (2 * n) - reach) / (1 + z * z / n), rel=1e-5)
    assert high == pytest.approx((p + z * z / (2 * n) + reach) / (1 + z * z / n), rel=1e-5)


def test_none_and_all_are_no_certainty() -> None:
    low, high = share_interval(0.0, 40.0)
    assert low == 0.0
    assert high == pytest.approx(3.8415 / (40 + 3.8415), rel=1e-3)
    assert share_interval(1.0, 40.0) == pytest.approx((1 - high, 1.0))


def test_one_of_many_may_have_been_a_rare_chance() -> None:
    # One hit or more in 40 has a chance of 5 % where the share is -log(0.95) / 40.
    assert share_interval(1 / 40, 40.0)[0] == pytest.approx(-math.log(0.95) / 40, rel=1e-3)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1, 0.5, 0.77])
def test_hits_and_misses_mirror_each_other(share: float) -> None:
    low, high = share_interval(share, 50.0)
    assert share_interval(1.0 - share, 50.0) == pytest.approx((1.0 - high, 1.0 - low))


def test_share_in_per_cent() -> None:
    metric = share_metric(MetricKey.DETACHED_SHARE, hits(4, 60), "changes of note")
    assert metric.value == pytest.approx(100 * 4 / 60)
    assert metric.n == 60
    assert metric.unit == "%"
    assert 0.0 < metric.low < 100 * 4 / 60 < metric.high < 20.0


def test_hits_in_clusters_tell_less() -> None:
    clustered = np.repeat(np.tile([True, False], 4), 8)
    mixed = np.tile([True, False], 32)
    assert share_metric(MetricKey.DETACHED_SHARE, mixed, "notes").high < 62.5
    assert hit_correlation(clustered) > 0.6
    assert share_count(64, hit_correlation(clustered)) < 16
    assert share_count(64, hit_correlation(mixed)) == 64


@pytest.mark.parametrize("n", [0, 1, 15])
def test_too_few_are_refused_with_the_count(n: int) -> None:
    metric = share_metric(MetricKey.DETACHED_SHARE, np.ones(n, dtype=np.bool_), "notes")
    assert f"{16 - n} more" in metric.reason


def test_a_few_clusters_are_refused() -> None:
    metric = share_metric(MetricKey.DETACHED_SHARE, np.repeat([True, False], 10), "notes")
    assert "too uncertain from 20 notes" in metric.reason


@pytest.mark.parametrize("n", [24, 64, 200])
@pytest.mark.parametrize("share", [0.03, 0.2, 0.5, 0.9])
def test_intervals_hold_the_truth(share: float, n: int) -> None:
    rng = np.random.default_rng(round(1000 * share) + n)
    metrics = [
        share_metric(MetricKey.DETACHED_SHARE, rng.random(n) < share, "notes") for _ in range(800)
    ]
    assert 0.925 <= coverage(metrics, 100 * share) <= 0.995


def test_intervals_of_clusters_hold_the_truth() -> None:
    rng = np.random.default_rng(3)
    metrics = [
        share_metric(MetricKey.DETACHED_SHARE, wandering(rng, 64, 0.6, 1.0) > 0.0, "notes")
        for _ in range(800)
    ]
    assert coverage(metrics, 50.0) >= 0.91
