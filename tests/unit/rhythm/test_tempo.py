"""Grids found in notes whose tempo is known, and refused where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from practiceear.errors import UsageError
from practiceear.rhythm.alignment import align
from practiceear.rhythm.grid import MetronomeGrid, Subdivision
from practiceear.rhythm.tempo import GridFit, find_grid
from practiceear.units import FloatArray


def played(slots: object, slot_s: float, spread_s: float, seed: int = 1) -> FloatArray:
    rng = np.random.default_rng(seed)
    at = 2.0 + slot_s * np.asarray(slots, dtype=np.float64)
    return np.sort(at + rng.normal(0.0, spread_s, at.size))


def spoiled(onset_s: FloatArray, share: float, seed: int = 7) -> FloatArray:
    """Lose a share of the notes and hear as many that were not played."""
    rng = np.random.default_rng(seed)
    n_wrong = round(share * onset_s.size)
    kept = np.delete(onset_s, rng.choice(onset_s.size, n_wrong, replace=False))
    return np.sort(np.append(kept, rng.uniform(onset_s[0], onset_s[-1], n_wrong)))


def grid_of(fit: GridFit) -> MetronomeGrid:
    assert fit.grid is not None, fit.reason
    return fit.grid


@pytest.mark.parametrize("spread_s", [0.003, 0.015, 0.03])
@pytest.mark.parametrize("slot_s", [0.17, 0.25, 0.31, 0.6, 0.9])
def test_the_tempo_of_even_notes(slot_s: float, spread_s: float) -> None:
    fit = find_grid(played(range(60), slot_s, spread_s))
    # Sixty notes know their tempo to within spread * sqrt(12) / 60**1.5.
    allowed = 4.0 * spread_s * np.sqrt(12) / 60**1.5
    assert grid_of(fit).slot_s == pytest.approx(slot_s, abs=allowed)
    assert 50.0 <= grid_of(fit).bpm <= 160.0
    assert fit.spread_slots == pytest.approx(spread_s / slot_s, rel=0.35)
    assert fit.is_tempo_found
    assert "bpm" in fit.remark


@pytest.mark.parametrize("share", [0.04, 0.08])
@pytest.mark.parametrize("seed", range(5))
def test_lost_and_false_notes_do_not_break_it(share: float, seed: int) -> None:
    onsets = spoiled(played(range(64), 0.2, 0.012, seed), share, seed)
    assert grid_of(find_grid(onsets)).slot_s == pytest.approx(0.2, rel=0.003)


def test_a_grid_fits_the_notes_it_was_found_in() -> None:
    onsets = played(range(80), 0.3, 0.02)
    found = align(onsets, grid_of(find_grid(onsets)))
    assert np.unique(found.slot - np.arange(80)).size == 1
    assert abs(np.mean(found.deviation_s)) < 0.002


@pytest.mark.parametrize(
    ("rhythm", "n_cells", "name", "bpm"),
    [
        pytest.param([0, 2], 3, "swing", 100.0, id="swung eighths"),
        pytest.param([0, 2], 3, "swing", 70.0, id="slowly swung eighths"),
        pytest.param([0, 3, 4, 5], 6, "3", 100.0, id="quarters and triplets"),
        pytest.param([0, 2, 3], 4, "4", 75.0, id="eighth and two sixteenths"),
    ],
)
def test_the_beat_is_where_the_rhythm_puts_it(
    rhythm: list[int], n_cells: int, name: str, bpm: float
) -> None:
    slots = [n_cells * beat + place for beat in range(20) for place in rhythm]
    slot_s = 60.0 / bpm / {"swing": 3, "3": 3, "4": 4}[name]
    onsets = played(slots, slot_s, 0.008)
    grid = grid_of(find_grid(onsets))
    assert grid.subdivision.name == name
    assert grid.bpm == pytest.approx(bpm, rel=0.003)
    assert grid.nearest_slot(np.array([2.0])) % grid.subdivision.n_slots == 0
    assert grid_of(find_grid(onsets, bpm=bpm)).subdivision.name == name


def test_an_upbeat_is_not_the_beat() -> None:
    slots = [-1, *(2 * beat for beat in range(20)), 41, 42, 43, 44]
    grid = grid_of(find_grid(played(slots, 0.3, 0.01)))
    assert grid.position_in_beat(grid.nearest_slot(np.array([2.0])))[0] == 0
    assert grid.subdivision.name == "2"


@pytest.mark.parametrize(("n_slots", "bpm"), [(1, 80), (2, 100), (3, 72), (4, 90), (6, 60)])
def test_at_a_given_tempo_the_simplest_subdivision_is_taken(n_slots: int, bpm: int) -> None:
    onsets = played(range(48), 60 / bpm / n_slots, 0.012)
    fit = find_grid(spoiled(onsets, 0.04), bpm=bpm)
    assert grid_of(fit).subdivision.name == str(n_slots)
    assert grid_of(fit).bpm == bpm
    assert not fit.is_phase_known
    assert not fit.is_tempo_found


def test_a_given_first_beat_makes_early_and_late_known() -> None:
    onsets = played(range(32), 0.25, 0.01) - 0.04
    kwargs = {"bpm": 120.0, "subdivision": Subdivision.parse(2), "first_beat_s": 2.0}
    fit = find_grid(onsets, **kwargs)  # type: ignore[arg-type]
    assert fit.is_phase_known
    assert grid_of(fit).first_beat_s == 2.0
    assert np.mean(align(onsets, grid_of(fit)).deviation_s) == pytest.approx(-0.04, abs=0.006)


def test_a_full_description_needs_no_notes() -> None:
    fit = find_grid(np.zeros(0), bpm=90.0, subdivision=Subdivision.parse(2), first_beat_s=1.0)
    assert grid_of(fit).bpm == 90.0


def test_swing_that_was_asked_for_is_laid_on_the_beat() -> None:
    slots = [3 * beat + place for beat in range(20) for place in (0, 2)]
    onsets = played(slots, 0.2, 0.008)
    for bpm in (100.0, None):
        fit = find_grid(onsets, bpm=bpm, subdivision=Subdivision.parse("swing"))
        found = align(onsets, grid_of(fit))
        assert found.n_extra == 0
        assert found.slot[0] % 2 == 0


@pytest.mark.parametrize("n_notes", [0, 1, 5, 7])
def test_too_few_notes_say_how_many_more(n_notes: int) -> None:
    fit = find_grid(0.5 * np.arange(float(n_notes)), bpm=120.0)
    assert fit.grid is None
    assert f"{8 - n_notes} more" in fit.reason


def test_notes_that_accelerate_have_no_one_tempo() -> None:
    ioi = 0.3 * np.linspace(1.0, 0.7, 60)
    fit = find_grid(np.cumsum(ioi))
    assert fit.grid is None
    assert "wanders" in fit.reason


def test_free_rhythm_is_hardly_ever_taken_for_a_grid() -> None:
    rng = np.random.default_rng(5)
    n_grids = sum(
        find_grid(np.cumsum(rng.gamma(3.0, 0.1, n_notes))).grid is not None
        for n_notes in (10, 20, 40, 80)
        for _ in range(25)
    )
    assert n_grids <= 5


def test_another_tempo_than_asked_for_is_named() -> None:
    onsets = played(range(80), 60 / 112 / 2, 0.01)
    fit = find_grid(onsets, bpm=120.0, subdivision=Subdivision.parse(2))
    assert fit.grid is None
    assert "112.0 bpm" in fit.reason


def test_twice_the_notes_asked_for_are_refused() -> None:
    onsets = played(range(60), 0.25, 0.01)
    fit = find_grid(onsets, bpm=120.0, subdivision=Subdivision.parse(1))
    assert fit.grid is None


def test_a_subdivision_that_makes_no_tempo_is_refused() -> None:
    fit = find_grid(played(range(40), 0.12, 0.005), subdivision=Subdivision.parse(1))
    assert fit.grid is None
    assert "500 bpm" in fit.reason


def test_a_senseless_tempo_is_the_users_error() -> None:
    with pytest.raises(UsageError, match="10000"):
        find_grid(np.arange(20.0), bpm=10000.0)


def test_a_fit_is_a_grid_or_a_reason() -> None:
    with pytest.raises(ValueError, match="either"):
        GridFit(None)


def test_simultaneous_onsets_do_not_break_it() -> None:
    onsets = np.repeat(played(range(20), 0.3, 0.0), 2)
    fit = find_grid(onsets)
    assert fit.grid is None or fit.grid.slot_s == pytest.approx(0.3, rel=0.01)
    assert find_grid(np.zeros(20)).grid is None
