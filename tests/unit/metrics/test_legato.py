"""How far the sound falls between notes."""

from __future__ import annotations

import numpy as np
import pytest

from practiceear.metrics.articulation import detached_share, legato_dip
from practiceear.metrics.intervals import ungridded_intervals
from tests.unit.metrics.simulated import coverage, in_a_row

EVEN = in_a_row(np.full(40, 0.25))


def test_dip_and_share_by_hand() -> None:
    dip_db = np.tile([2.0, 4.0, 2.0, 12.0], 11)[:41]
    assert legato_dip(dip_db, EVEN, 1.0).value == pytest.approx(5.0)
    assert legato_dip(dip_db, EVEN, 1.0).detector_error == 1.0
    share = detached_share(dip_db, EVEN)
    assert share.value == pytest.approx(25.0)
    assert share.low < 25.0 < share.high


def test_ten_db_is_detached() -> None:
    assert detached_share(np.full(41, 10.0), EVEN).value == 100.0
    assert detached_share(np.full(41, 9.9), EVEN).value == 0.0


def test_deeper_dips_shift_the_mean_and_raise_the_share() -> None:
    dip_db = np.random.default_rng(1).gamma(4.0, 2.0, 41)
    one, other = legato_dip(dip_db, EVEN), legato_dip(dip_db + 3.0, EVEN)
    assert other.value - one.value == pytest.approx(3.0)
    assert other.high - other.low == pytest.approx(one.high - one.low)
    assert detached_share(dip_db + 3.0, EVEN).value >= detached_share(dip_db, EVEN).value


def test_a_note_before_a_rest_is_not_joined_to_anything() -> None:
    dip_db = np.full(42, 3.0)
    dip_db[40:] = 60.0  # no interval begins with these
    assert legato_dip(dip_db, EVEN).value == pytest.approx(3.0)
    assert detached_share(dip_db, EVEN).value == 0.0


def test_notes_without_a_dip_do_not_count() -> None:
    dip_db = np.full(41, 3.0)
    dip_db[:27] = np.nan
    assert "3 more" in legato_dip(dip_db, EVEN).reason
    assert "3 more" in detached_share(dip_db, EVEN).reason


def test_where_legato_and_detached_are_both_possible_nothing_is_said() -> None:
    dip_db = np.repeat([0.0, 40.0], 21)[:41]  # half a take of each: what would a mean say
    assert "too uncertain" in legato_dip(dip_db, EVEN).reason


def test_where_there_are_no_intervals_the_reason_is_passed_on() -> None:
    intervals = ungridded_intervals(np.cumsum(np.tile([0.2, 0.4, 0.6, 0.2, 0.8, 0.4], 8)))
    assert "no grid" in legato_dip(np.full(48, 1.0), intervals).reason
    assert "no grid" in detached_share(np.full(48, 1.0), intervals).reason


@pytest.mark.parametrize("n", [24, 64])
def test_intervals_of_skewed_dips_hold_the_truth(n: int) -> None:
    rng = np.random.default_rng(n)
    intervals = in_a_row(np.full(n, 0.25))
    dips = [rng.exponential(3.0, n + 1) for _ in range(600)]
    assert coverage([legato_dip(one, intervals) for one in dips], 3.0) >= 0.915
    truth = 100.0 * np.exp(-10.0 / 3.0)
    assert coverage([detached_share(one, intervals) for one in dips], truth) >= 0.92
