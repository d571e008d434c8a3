"""Early, late or on the click as a whole: only beyond chance, bias and what anybody hears."""

from __future__ import annotations

import math

import numpy as np
import pytest

from practiceear.metrics.lateness import NORMAL_LEAD_S, Lateness, lateness
from practiceear.metrics.on_time import INNER_S, Side, side_of
from tests.unit.metrics.simulated import wandering


def judged(shift_s: float, n: int = 80, sd_s: float = 0.005, **known: float) -> Lateness:
    late_s = shift_s + wandering(np.random.default_rng(4), n, 0.3, sd_s)
    return lateness(late_s, **{"slot_s": 0.3, "interval_s": 0.3, "bias_s": 0.002, **known})


@pytest.mark.parametrize("shift_s", [0.007, 0.010, 0.020, 0.060])
def test_early_and_late_are_mirror_images(shift_s: float) -> None:
    late_s = shift_s + wandering(np.random.default_rng(4), 80, 0.3, 0.002)
    early, late = (
        lateness(one, slot_s=0.3, interval_s=0.3, bias_s=0.002) for one in (-late_s, late_s)
    )
    assert (early.side, late.side) == (Side.EARLY, Side.LATE)
    assert early.late.value == -late.late.value
    assert early.is_throughout is late.is_throughout is True


def test_a_small_lead_is_normal_and_the_same_delay_is_not() -> None:
    lead, delay = judged(-0.8 * NORMAL_LEAD_S), judged(0.8 * NORMAL_LEAD_S)
    assert lead.is_normal_lead
    assert not lead.is_off
    assert delay.is_off
    assert judged(-1.3 * NORMAL_LEAD_S).is_off


@pytest.mark.parametrize("shift_s", [-0.02, 0.02])
def test_what_the_bias_covers_is_no_side(shift_s: float) -> None:
    assert judged(shift_s, bias_s=0.024).side is Side.ON_CLICK
    assert judged(shift_s, bias_s=0.004).side is not Side.ON_CLICK
    assert judged(2 * shift_s, bias_s=0.024).side is not Side.ON_CLICK


def test_what_chance_leaves_open_is_not_called_on_the_click() -> None:
    assert judged(0.008, n=9, sd_s=0.020).side is Side.OPEN
    assert judged(0.0, n=7).side is Side.OPEN
    assert judged(0.0, n=7).late.is_unavailable


def test_what_may_be_meant_for_the_place_beside_is_no_side() -> None:
    far = judged(0.12)
    assert far.is_far
    assert far.side is Side.OPEN


@pytest.mark.parametrize("correlation", [0.0, 0.5])
@pytest.mark.parametrize("n", [8, 16, 64])
def test_a_player_on_the_click_is_rarely_called_early_or_late(n: int, correlation: float) -> None:
    rng = np.random.default_rng(n)
    takes = [
        lateness(wandering(rng, n, correlation, 0.025), slot_s=0.5, interval_s=0.5, bias_s=0.0)
        for _ in range(300)
    ]
    alarms = np.mean([one.side in (Side.EARLY, Side.LATE) for one in takes])
    assert alarms < 0.12  # 5 % were they independent; few notes that wander claim more


def test_nobody_is_late_by_less_than_anybody_hears() -> None:
    assert side_of(0.9 * INNER_S, 0.0, 0.0, 0.010) is Side.ON_CLICK
    assert side_of(1.1 * INNER_S, 0.0, 0.0, 0.010) is Side.LATE
    assert side_of(math.nan, 0.0, 0.0, 0.010) is Side.OPEN
