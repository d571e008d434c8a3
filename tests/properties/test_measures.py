"""Relations that every measure must keep, whatever was played."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from practiceear.metrics.evenness import cv_ioi, robust_sd_ioi, sd_ioi
from practiceear.metrics.intervals import played_intervals, ungridded_intervals
from practiceear.metrics.loudness import loudness_evenness
from practiceear.metrics.metric import Metric
from practiceear.metrics.reliability import spread_of
from practiceear.metrics.timing import deviation_bias, deviation_spread, drift
from practiceear.rhythm.alignment import align, assign_slots
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision
from practiceear.rhythm.tempo import find_grid
from practiceear.units import FloatArray
from tests.naive_metronome import cheapest, cost

SUBDIVISIONS = st.sampled_from(["1", "2", "3", "4", "5", "6", "8", "swing"])
SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def grids(draw: st.DrawFn) -> MetronomeGrid:
    return MetronomeGrid(
        draw(st.floats(20.0, 400.0)),
        Meter(tuple(draw(st.lists(st.integers(1, 7), min_size=1, max_size=4)))),
        Subdivision.parse(draw(SUBDIVISIONS)),
        draw(st.floats(-10.0, 1000.0)),
    )


@st.composite
def takes(draw: st.DrawFn) -> tuple[FloatArray, MetronomeGrid]:
    """Notes on most slots of a grid, a few lost, spread by up to an eighth of a slot."""
    grid = draw(grids())
    n_slots = draw(st.integers(30, 70))
    rng = np.random.default_rng(draw(SEEDS))
    slots = np.sort(rng.choice(n_slots, n_slots - draw(st.integers(0, 4)), replace=False))
    spread_s = draw(st.floats(0.001, 0.12)) * float(np.min(grid.slot_length_s(np.arange(8))))
    noise_s = np.clip(rng.normal(0.0, spread_s, slots.size), -2.5 * spread_s, 2.5 * spread_s)
    return np.sort(grid.slot_time_s(slots) + noise_s), grid


def measures(onset_s: FloatArray, grid: MetronomeGrid) -> list[Metric]:
    alignment = align(onset_s, grid)
    intervals = played_intervals(onset_s, alignment, grid)
    return [
        sd_ioi(intervals),
        cv_ioi(intervals),
        robust_sd_ioi(intervals),
        deviation_spread(alignment),
        deviation_bias(alignment, grid, is_phase_known=True),
        drift(onset_s, alignment),
    ]


def assert_same(one: Metric, other: Metric, scale: float = 1.0) -> None:
    assert one.n == other.n
    assert one.is_unavailable == other.is_unavailable
    numbers = [(one.value, other.value), (one.low, other.low), (one.high, other.high)]
    for left, right in numbers:
        np.testing.assert_allclose(scale * left, right, rtol=1e-4, atol=1e-7)


@given(grids(), st.integers(-5000, 5000))
def test_slots_and_times_are_one_ruler(grid: MetronomeGrid, slot: int) -> None:
    slots = np.array([slot, slot + 1])
    times = grid.slot_time_s(slots)
    assert times[1] > times[0]
    assert grid.nearest_slot(times).tolist() == slots.tolist()
    quarter_s = 0.25 * grid.slot_length_s(slots)
    assert grid.nearest_slot(times + quarter_s).tolist() == slots.tolist()
    bar = grid.slots_per_bar
    assert grid.is_accent(slots).tolist() == grid.is_accent(slots + bar).tolist()
    assert bool(grid.is_accent(np.array([slot * bar]))[0])


@settings(max_examples=60, deadline=None)
@given(takes(), st.floats(-100.0, 100.0))
def test_shifting_take_and_click_together_changes_nothing(
    take: tuple[FloatArray, MetronomeGrid], shift_s: float
) -> None:
    onset_s, grid = take
    moved = MetronomeGrid(grid.bpm, grid.meter, grid.subdivision, grid.first_beat_s + shift_s)
    for one, other in zip(measures(onset_s, grid), measures(onset_s + shift_s, moved), strict=True):
        assert_same(one, other)


@settings(max_examples=60, deadline=None)
@given(takes(), st.floats(0.5, 2.0))
def test_twice_as_slow_is_twice_as_uneven(
    take: tuple[FloatArray, MetronomeGrid], stretch: float
) -> None:
    onset_s, grid = take
    if not 20.0 <= grid.bpm / stretch <= 400.0:
        stretch = 1.0
    slower = MetronomeGrid(
        grid.bpm / stretch, grid.meter, grid.subdivision, grid.first_beat_s * stretch
    )
    before, after = measures(onset_s, grid), measures(onset_s * stretch, slower)
    for one, other in zip(before, after, strict=True):
        assert_same(one, other, stretch if one.unit == "s" else 1.0)


@settings(max_examples=60, deadline=None)
@given(takes())
def test_every_note_and_slot_is_accounted_for(take: tuple[FloatArray, MetronomeGrid]) -> None:
    onset_s, grid = take
    found = align(onset_s, grid)
    matched = found.slot[found.is_matched]
    assert np.all(np.diff(matched) > 0)
    assert found.n_matched + found.n_extra == onset_s.size
    span = int(matched[-1] - matched[0]) + 1
    assert found.n_matched + found.n_missed + found.n_rest_slots == span
    assert not np.isin(found.missed_slots, matched).any()
    np.testing.assert_array_equal(np.isnan(found.deviation_s), ~found.is_matched)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0.0, 2.5), min_size=1, max_size=4),
    st.integers(0, 2),
)
def test_no_assignment_is_cheaper(steps: list[float], pulse: int) -> None:
    positions = 3.0 + np.cumsum(steps)
    slot, is_matched = assign_slots(positions, np.full(positions.size, pulse))
    slots = [int(s) if m else None for s, m in zip(slot, is_matched, strict=True)]
    pulses = [pulse] * positions.size
    found = cost(positions.tolist(), pulses, slots)
    assert found is not None
    np.testing.assert_allclose(found, cheapest(positions.tolist(), pulses), atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(9, 60), st.floats(-40.0, 40.0), st.floats(-5.0, 5.0))
def test_gain_and_crescendo_do_not_make_loudness_uneven(
    seed: int, n_notes: int, gain_db: float, db_a_second: float
) -> None:
    rng = np.random.default_rng(seed)
    onset_s = np.cumsum(rng.uniform(0.1, 1.0, n_notes))
    level = rng.normal(-20.0, 2.0, n_notes)
    assert_same(
        loudness_evenness(level, onset_s),
        loudness_evenness(level + gain_db + db_a_second * onset_s, onset_s),
    )


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(9, 60))
def test_the_order_of_notes_does_not_matter_to_a_spread(seed: int, n_notes: int) -> None:
    rng = np.random.default_rng(seed)
    off_mean = rng.uniform(-1.0, 1.0, n_notes)
    off_mean -= off_mean.mean()
    one, other = spread_of(off_mean), spread_of(rng.permutation(off_mean))
    np.testing.assert_allclose(one.sd, other.sd, rtol=1e-9)
    # Its interval may differ: neighbours that resemble each other tell less.
    assert one.low <= one.sd <= one.high
    assert one.n == other.n


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(20, 60), st.floats(0.08, 1.0), st.floats(-50.0, 50.0))
def test_free_playing_needs_no_clock(seed: int, n_notes: int, ioi_s: float, shift_s: float) -> None:
    rng = np.random.default_rng(seed)
    onset_s = np.cumsum(rng.normal(ioi_s, 0.04 * ioi_s, n_notes))
    one = sd_ioi(ungridded_intervals(onset_s))
    assert_same(one, sd_ioi(ungridded_intervals(onset_s + shift_s)))
    assert_same(one, sd_ioi(ungridded_intervals(onset_s * 1.5)), 1.5)
    assert one.is_unavailable or one.n >= 0.8 * (n_notes - 1)


def test_free_playing_is_seldom_taken_for_a_tempo_that_moves() -> None:
    n_refused = 0
    for seed in range(300):
        onset_s = np.cumsum(np.random.default_rng(seed).normal(0.3, 0.012, 48))
        n_refused += sd_ioi(ungridded_intervals(onset_s)).is_unavailable
    assert n_refused <= 3


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(24, 60), st.floats(0.12, 1.0), st.floats(-50.0, 50.0))
def test_a_found_grid_moves_with_the_take(
    seed: int, n_notes: int, slot_s: float, shift_s: float
) -> None:
    rng = np.random.default_rng(seed)
    onset_s = slot_s * np.arange(n_notes) + rng.normal(0.0, 0.05 * slot_s, n_notes)
    one, other = find_grid(np.sort(onset_s)), find_grid(np.sort(onset_s) + shift_s)
    assert one.grid is not None, one.reason
    assert other.grid is not None, other.reason
    np.testing.assert_allclose(one.grid.slot_s, slot_s, rtol=0.01)
    np.testing.assert_allclose(other.grid.bpm, one.grid.bpm, rtol=1e-6)
    late_s = other.grid.first_beat_s - shift_s - one.grid.first_beat_s
    assert abs(late_s) < 1e-5
