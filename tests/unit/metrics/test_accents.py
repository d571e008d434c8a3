"""Accents against the notes around them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from practiceear.metrics.loudness import Accents, accented_notes, accents
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision
from practiceear.units import FloatArray
from tests.unit.metrics.simulated import aligned, coverage, wandering

GRID = MetronomeGrid(120.0, Meter((4,)))


def played(level_dbfs: FloatArray, floor_db: float = math.nan) -> Accents:
    alignment = aligned(np.zeros(level_dbfs.size))
    return accents(level_dbfs, alignment, accented_notes(alignment, GRID), floor_db)


def levels(n_bars: int, louder_db: float, sd_db: float, correlation: float = 0.0) -> FloatArray:
    rng = np.random.default_rng(n_bars)
    level_dbfs = -30.0 + wandering(rng, 4 * n_bars, correlation, sd_db)
    level_dbfs[::4] += louder_db
    return level_dbfs


def test_contrast_by_hand() -> None:
    # Beats at -20, -26, -24, -25: 5 dB above the mean of the three others on both sides.
    found = played(np.tile([-20.0, -26.0, -24.0, -25.0], 10))
    assert found.contrast.value == pytest.approx(5.0)
    assert found.contrast.n == 9  # the first has nothing before it
    # Levels about the mean of their kind and the line over time: no accent varies, the
    # others by -1, 1 and 0 dB, which alone gives sqrt(20 / 37).
    assert found.clarity.value == pytest.approx(5.0 / math.sqrt(20 / 37), rel=0.01)


def test_a_crescendo_is_no_accent() -> None:
    level_dbfs = levels(12, 4.0, 1.0)
    one, other = played(level_dbfs), played(level_dbfs + 0.3 * np.arange(48))
    assert other.contrast.value == pytest.approx(one.contrast.value)
    assert other.clarity.value == pytest.approx(one.clarity.value)


def test_gain_changes_nothing() -> None:
    level_dbfs = levels(12, 4.0, 1.0)
    one, other = played(level_dbfs), played(level_dbfs - 17.0)
    assert (other.contrast.value, other.clarity.low) == pytest.approx(
        (one.contrast.value, one.clarity.low)
    )


def test_accents_that_are_softer_are_negative() -> None:
    found = played(levels(16, -3.0, 1.0))
    assert found.contrast.high < 0.0
    assert found.clarity.high < 0.0


def test_groups_of_beats_have_their_accents() -> None:
    grid = MetronomeGrid(120.0, Meter((3, 2)), Subdivision.parse("2"))
    alignment = aligned(np.zeros(20))
    assert np.flatnonzero(accented_notes(alignment, grid)).tolist() == [0, 6, 10, 16]


def test_the_floor_is_what_errors_of_levels_do_to_the_contrast() -> None:
    found = played(levels(17, 0.0, 1.0), floor_db=2.0)
    assert found.contrast.detector_error == pytest.approx(2.0 * math.sqrt(1 / 16 + 1 / 51))


def test_notes_without_a_level_do_not_count() -> None:
    level_dbfs = levels(12, 4.0, 1.0)
    level_dbfs[4] = np.nan
    assert played(level_dbfs).contrast.n == 10


@pytest.mark.parametrize("n_bars", [0, 1, 8])
def test_too_few_accents_are_refused(n_bars: int) -> None:
    found = played(levels(n_bars, 4.0, 1.0))
    assert f"{8 - max(0, n_bars - 1)} more" in found.contrast.reason
    assert found.clarity.is_unavailable


def test_accents_alone_have_nothing_to_stand_out_from() -> None:
    alignment = aligned(np.zeros(40))
    assert accents(np.zeros(40), alignment, np.ones(40, np.bool_)).contrast.n == 0


def test_without_any_spread_there_is_no_clarity() -> None:
    found = played(np.tile([-20.0, -25.0, -25.0, -25.0], 10))
    assert found.contrast.value == pytest.approx(5.0)
    assert found.clarity.is_unavailable


@pytest.mark.parametrize("correlation", [0.0, 0.5])
@pytest.mark.parametrize("n_bars", [10, 40])
def test_intervals_hold_the_truth(n_bars: int, correlation: float) -> None:
    rng = np.random.default_rng(n_bars)
    takes = []
    for _ in range(400):
        level_dbfs = -30.0 + wandering(rng, 4 * n_bars, correlation, 2.0)
        level_dbfs[::4] += 4.0
        takes.append(played(level_dbfs))
    assert 0.92 <= coverage([take.contrast for take in takes], 4.0) <= 0.995
    assert 0.92 <= coverage([take.clarity for take in takes], 2.0) <= 0.998
