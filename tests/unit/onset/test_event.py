"""How far off an onset may be that has neighbours: less than alone, and never far."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.detector_error import Errors, without_errors
from practiceear.metrics.reliability import spread_of
from practiceear.onset.event import NEIGHBOUR_SHARE, error_beside_neighbours_s, to_nearest_s

ERRORS = st.floats(1e-4, 1.0)
INTERVALS = st.floats(0.03, 10.0)


@given(ERRORS, INTERVALS)
def test_it_is_the_spread_of_both_densities_multiplied(error_s: float, nearest_s: float) -> None:
    room_s = NEIGHBOUR_SHARE * nearest_s
    off_s = np.linspace(-6.0, 6.0, 4001) * min(error_s, room_s)
    density = np.exp(-0.5 * ((off_s / error_s) ** 2 + (off_s / room_s) ** 2))
    twin_s = np.sqrt(np.sum(density * off_s**2) / np.sum(density))
    found_s = error_beside_neighbours_s(np.array([error_s]), np.array([nearest_s]))
    assert found_s[0] == pytest.approx(twin_s, rel=1e-3)


@given(ERRORS, INTERVALS)
def test_neighbours_only_make_it_smaller(error_s: float, nearest_s: float) -> None:
    one, interval = np.array([error_s]), np.array([nearest_s])
    found_s = error_beside_neighbours_s(one, interval)
    assert 0.0 < found_s[0] <= min(error_s, NEIGHBOUR_SHARE * nearest_s)
    assert found_s[0] <= error_beside_neighbours_s(one, 2.0 * interval)[0]
    assert error_beside_neighbours_s(one, np.array([np.inf]))[0] == error_s


def test_a_clearly_heard_slow_note_stays_as_it_was() -> None:
    found_s = error_beside_neighbours_s(np.array([0.002]), np.array([0.3]))
    assert found_s[0] == pytest.approx(0.002, rel=0.003)


def test_what_is_not_known_stays_unknown() -> None:
    assert np.isnan(error_beside_neighbours_s(np.array([np.nan]), np.array([0.1]))).all()


def test_the_nearest_neighbour_by_hand() -> None:
    assert to_nearest_s(np.array([1.0, 1.5, 1.6, 3.0])) == pytest.approx([0.5, 0.1, 0.1, 1.4])
    assert to_nearest_s(np.array([2.0])).tolist() == [np.inf]
    assert to_nearest_s(np.zeros(0)).size == 0


def test_a_few_vague_notes_of_a_fast_run_do_not_praise_the_player() -> None:
    """Notes of 83 ms, of each fifth the detector alone says that it may be 110 ms off."""
    true_s, n_praised, n_covered = 0.0075, 0, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        residual_s = rng.normal(0.0, np.hypot(true_s, 0.004), 127)
        alone_s = np.where(rng.random(127) < 0.2, 0.11, 0.004)
        said_s = error_beside_neighbours_s(alone_s, np.full(127, 0.083))
        residual_s -= residual_s.mean()
        metric = spread_of(residual_s).metric(MetricKey.SD_IOI, "intervals")
        own = without_errors(metric, Errors(residual_s, said_s))
        n_praised += own.high < 0.8 * true_s
        n_covered += own.low <= true_s <= own.high
    assert n_praised == 0
    assert n_covered >= 55
