"""Changes that begin twice."""

from __future__ import annotations

import numpy as np
import pytest

from practiceear.metrics.double_onsets import DoubleOnsets, double_onsets
from practiceear.rhythm.alignment import align
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision
from practiceear.units import FloatArray

EIGHTHS = MetronomeGrid(120.0, Meter(), Subdivision.parse("2"))  # 250 ms


def with_doubles(notes: list[int], after_s: float, n_notes: int = 61) -> FloatArray:
    onset_s = EIGHTHS.slot_time_s(np.arange(n_notes))
    return np.sort(np.append(onset_s, onset_s[notes] + after_s))


def on_grid(onset_s: FloatArray, shortest_s: float = 0.06) -> DoubleOnsets:
    return double_onsets(onset_s, align(onset_s, EIGHTHS), shortest_s=shortest_s)


def test_four_of_sixty_changes() -> None:
    onset_s = with_doubles([7, 20, 21, 50], 0.04)
    for found in (on_grid(onset_s), double_onsets(onset_s)):
        assert (found.n_double, found.n_changes) == (4, 60)
        assert found.share.value == pytest.approx(100 * 4 / 60)
        assert found.share.low < 100 * 4 / 60 < found.share.high


@pytest.mark.parametrize("move_s", [-3.0, 0.011, 40.0])
def test_a_shift_in_time_changes_nothing(move_s: float) -> None:
    onset_s = with_doubles([7, 20, 21, 50], 0.04)
    assert double_onsets(onset_s + move_s) == double_onsets(onset_s)


def test_no_doubles_are_none_of_many_but_not_never() -> None:
    found = double_onsets(with_doubles([], 0.04))
    assert (found.n_double, found.share.value, found.share.low) == (0, 0.0, 0.0)
    assert 4.0 < found.share.high < 8.0


def test_three_onsets_are_one_change() -> None:
    onset_s = np.sort(
        np.append(with_doubles([7], 0.035), EIGHTHS.slot_time_s(np.array([7])) + 0.07)
    )
    assert double_onsets(onset_s).n_double == on_grid(onset_s).n_double == 1


def test_the_first_note_is_no_change() -> None:
    found = on_grid(with_doubles([0], 0.04))
    assert (found.n_double, found.n_changes) == (0, 60)


def test_further_apart_they_are_a_note_of_their_own() -> None:
    assert on_grid(with_doubles([7, 20], 0.07)).n_double == 0
    assert double_onsets(with_doubles([7, 20], 0.07)).n_double == 0


def test_nearer_than_the_instrument_can_is_double_where_the_slot_is_taken() -> None:
    onset_s = with_doubles([7, 20], 0.08)
    assert on_grid(onset_s, shortest_s=0.1).n_double == 2
    assert on_grid(onset_s, shortest_s=0.08).n_double == 0
    # Past the middle between two slots, it may be an early start of the next note.
    early_s = with_doubles([7], 0.16)
    assert on_grid(early_s, shortest_s=0.1).n_double == 1
    assert on_grid(early_s, shortest_s=0.08).n_double == 0


def test_two_notes_that_are_both_meant_are_not_a_double_onset() -> None:
    fast = MetronomeGrid(150.0, Meter(), Subdivision.parse("8"))  # 50 ms
    onset_s = fast.slot_time_s(np.arange(64))
    assert double_onsets(onset_s, align(onset_s, fast)).n_double == 0


def test_fast_notes_need_a_grid() -> None:
    onset_s = 0.11 * np.arange(40.0)
    assert "grid" in double_onsets(onset_s).share.reason
    assert not double_onsets(0.125 * np.arange(40.0)).share.is_unavailable


@pytest.mark.parametrize("n_notes", [0, 1, 2, 16])
def test_too_few_changes_are_refused(n_notes: int) -> None:
    onset_s = 0.25 * np.arange(float(n_notes))
    for found in (double_onsets(onset_s), on_grid(onset_s)):
        assert f"{16 - max(0, n_notes - 1)} more" in found.share.reason
        assert found.n_changes == max(0, n_notes - 1)
