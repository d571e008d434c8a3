"""One place of the bar that is always late, or none; and swing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from practiceear.metrics.metric import Metric
from practiceear.metrics.position import PositionOffsets, Swing, position_offsets, swing
from practiceear.rhythm.alignment import align
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision
from practiceear.units import FloatArray, IntArray
from tests.unit.metrics.simulated import aligned, coverage, wandering


def bars_of(n_positions: int) -> MetronomeGrid:
    return MetronomeGrid(120.0, Meter((n_positions,)))


def offsets(
    deviation_s: FloatArray,
    n_positions: int = 8,
    slots: IntArray | None = None,
    floor_s: float = math.nan,
) -> PositionOffsets:
    return position_offsets(aligned(deviation_s, slots), bars_of(n_positions), floor_s)


def named(found: PositionOffsets) -> tuple[int, ...] | None:
    return None if found.lean is None else found.lean.places


def one_late(n_bars: int, late_s: float, seed: int = 0) -> FloatArray:
    """Eight places to the bar; the third is late."""
    rng = np.random.default_rng(seed)
    deviation_s = rng.normal(0.0, 0.005, 8 * n_bars)
    deviation_s[2::8] += late_s
    return deviation_s


def test_offsets_by_hand() -> None:
    # Two bars of +-1 ms around places at 0, 0, 8 and 0 ms, whose mean is 2 ms.
    bar_s = np.array([0.0, 0.0, 0.008, 0.0])
    wiggle_s = np.array([[0.001, -0.001, 0.0, 0.0], [-0.001, 0.001, 0.0, 0.0]])
    found = offsets((bar_s + np.tile(wiggle_s, (4, 1))).ravel(), 4)
    assert found.positions == (0, 1, 2, 3)
    assert [one.value for one in found.offsets] == pytest.approx([-2e-3, -2e-3, 6e-3, -2e-3])
    assert [one.n for one in found.offsets] == [8] * 4
    # t with 7 degrees of freedom at 1 - 0.04 / 2 / 4: 3.4995; SD of the first place 1.069 ms.
    reach_s = 3.4995 * 0.001 * math.sqrt(8 / 7) / math.sqrt(8)
    assert found.offset(0).high + 2e-3 == pytest.approx(reach_s, rel=1e-4)
    assert named(found) == (2,)


def test_a_late_place_is_named_and_only_that() -> None:
    found = offsets(one_late(12, 0.012))
    assert named(found) == (2,)
    assert found.offset(2).low > 0.0
    assert found.offset(2).value == pytest.approx(0.012 * 7 / 8, abs=0.004)


def test_a_shift_changes_nothing_and_a_scale_scales() -> None:
    deviation_s = one_late(6, 0.012)
    found, shifted, doubled = (
        offsets(one) for one in (deviation_s, deviation_s + 0.05, 2 * deviation_s)
    )
    for one, other, twice in zip(found.offsets, shifted.offsets, doubled.offsets, strict=True):
        assert (other.value, other.low) == pytest.approx((one.value, one.low))
        assert (twice.value, twice.low) == pytest.approx((2 * one.value, 2 * one.low))
    assert named(found) == named(shifted) == named(doubled) == (2,)


def test_drift_makes_no_place_late() -> None:
    deviation_s = one_late(8, 0.0)
    drifting = offsets(deviation_s + 0.004 * np.arange(64))
    for one, other in zip(offsets(deviation_s).offsets, drifting.offsets, strict=True):
        assert other.value == pytest.approx(one.value, abs=1e-9)
    assert named(offsets(0.004 * np.arange(64.0))) is None  # a rounding error is no habit


def test_missing_notes_do_not_move_the_others() -> None:
    rng = np.random.default_rng(4)
    pattern_s = np.tile([0.0, 0.01, 0.03, 0.0, 0.0, -0.02, 0.0, 0.0], 8)
    deviation_s = pattern_s + np.repeat(rng.normal(0.0, 0.05, 8), 8)
    is_kept = rng.random(64) > 0.15
    found = offsets(deviation_s[is_kept], slots=np.flatnonzero(is_kept))
    expected = pattern_s[:8] - pattern_s[:8].mean()
    # The drift that is taken out is the bars', which is all chance here.
    assert [one.value for one in found.offsets] == pytest.approx(expected, abs=2e-3)


def test_one_stumble_is_no_habit() -> None:
    deviation_s = one_late(8, 0.0)
    deviation_s[26] += 0.08
    assert named(offsets(deviation_s)) is None


def test_what_the_detector_may_have_made_is_not_named() -> None:
    deviation_s = one_late(12, 0.012)
    assert named(offsets(deviation_s, floor_s=0.002)) == (2,)
    assert named(offsets(deviation_s, floor_s=0.010)) is None


def test_the_detector_is_believed_of_the_notes_that_it_hears_well() -> None:
    deviation_s = one_late(24, 0.012)
    vague_s = np.where(np.arange(192) % 8 == 2, 0.010, 0.001)
    found = position_offsets(aligned(deviation_s), bars_of(8), vague_s)
    assert found.lean is None
    # The vague place draws the mean of all by an eighth of its own error at most.
    assert found.offset(2).detector_error == pytest.approx(0.010, rel=0.02)
    assert found.offset(3).detector_error == pytest.approx(math.hypot(0.001, 0.010 / 8), rel=0.05)
    others_s = np.roll(vague_s, 1)
    lean = position_offsets(aligned(deviation_s), bars_of(8), others_s).lean
    assert lean is not None
    assert lean.places == (2,)


def test_only_places_that_are_played_count() -> None:
    deviation_s = one_late(8, 0.012).reshape(8, 8)[:, ::2].ravel()
    found = offsets(deviation_s, slots=2 * np.arange(32))
    assert found.positions == (0, 2, 4, 6)
    assert named(found) == (2,)


def test_extra_notes_do_not_count() -> None:
    grid = MetronomeGrid(60.0, Meter((3,)))
    onset_s = np.sort(np.append(np.arange(15.0), 7.5))
    assert sum(one.n for one in position_offsets(align(onset_s, grid), grid).offsets) == 15


@pytest.mark.parametrize("n_bars", [0, 1, 3])
def test_too_few_bars_are_refused(n_bars: int) -> None:
    found = offsets(one_late(n_bars, 0.05))
    assert f"{4 - n_bars} more" in found.reason
    assert named(found) is None


def test_of_two_places_the_one_off_the_click_is_named() -> None:
    late_s = one_late(16, 0.0)
    assert named(offsets(late_s + np.tile([0.0, 0.02], 64), 2)) == (1,)
    assert named(offsets(late_s + np.tile([-0.02, 0.0], 64), 2)) == (0,)


def test_one_place_is_refused() -> None:
    assert "only one place" in offsets(np.zeros(20), 1).reason
    with pytest.raises(ValueError, match="reason"):
        PositionOffsets((0,), ())


N_TAKES = 300


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.6, 0.9])
def test_false_alarms(correlation: float) -> None:
    rng = np.random.default_rng(round(10 * correlation))
    sizes = [(n_positions, n_bars) for n_positions in (4, 8, 16) for n_bars in (4, 8, 12)]
    takes = [
        offsets(wandering(rng, n_positions * n_bars, correlation, 0.01), n_positions)
        for n_positions, n_bars in sizes
        for _ in range(N_TAKES // len(sizes))
    ]
    # 297 takes with a true rate of 5 % hold 8.7 % and less in 995 of 1000 tests.
    assert np.mean([take.lean is not None for take in takes]) <= 0.087


def test_two_standard_errors_would_have_raised_many() -> None:
    rng = np.random.default_rng(6)
    alarms = []
    for _ in range(N_TAKES):
        bars_s = rng.normal(0.0, 0.01, (8, 8))
        off_s = bars_s.mean(axis=0) - bars_s.mean()
        alarms.append(np.any(np.abs(off_s) > 2.0 * bars_s.std(axis=0, ddof=1) / math.sqrt(8)))
    assert np.mean(alarms) > 0.25


def test_all_intervals_together_hold_the_truth() -> None:
    rng = np.random.default_rng(7)
    truth_s = np.array([0.0, 0.004, -0.006, 0.002])
    held = []
    for _ in range(N_TAKES):
        found = offsets(np.tile(truth_s, 8) + wandering(rng, 32, 0.4, 0.01), 4)
        held.append(
            all(
                one.low <= true <= one.high
                for one, true in zip(found.offsets, truth_s, strict=True)
            )
        )
    assert np.mean(held) >= 0.91


# Swing

SWING = MetronomeGrid(120.0, Meter(), Subdivision.parse("swing"))
STRAIGHT = MetronomeGrid(120.0, Meter(), Subdivision.parse("2"))
SIXTEENTHS = MetronomeGrid(120.0, Meter(), Subdivision.parse("4"))


def off_beats_late(late_s: float, n_beats: int = 33, sd_s: float = 0.0) -> FloatArray:
    deviation_s = wandering(np.random.default_rng(9), 2 * n_beats, 0.5, sd_s) - 0.02
    deviation_s[1::2] += late_s
    return deviation_s


def test_off_beats_by_hand() -> None:
    found = swing(aligned(off_beats_late(0.025)), STRAIGHT)
    assert found.offset.value == pytest.approx(0.025)
    assert found.offset.n == 32  # the last one has no beat after it
    assert found.ratio.value == pytest.approx(275 / 225)


def test_triplet_swing_is_two_to_one() -> None:
    assert swing(aligned(off_beats_late(0.0)), SWING).ratio.value == pytest.approx(2.0)
    # 500 ms a beat: 333.3 + 41.7 and 166.7 - 41.7 ms.
    assert swing(aligned(off_beats_late(1 / 24)), SWING).ratio.value == pytest.approx(3.0)


def test_neither_drift_nor_bias_is_swing() -> None:
    deviation_s = off_beats_late(0.009, sd_s=0.005)
    one = swing(aligned(deviation_s), STRAIGHT)
    other = swing(aligned(deviation_s + 0.1 + 0.003 * np.arange(66)), STRAIGHT)
    assert other.offset.value == pytest.approx(one.offset.value)
    assert other.offset.high == pytest.approx(one.offset.high)


def test_off_beats_of_sixteenths_have_no_ratio() -> None:
    deviation_s = np.tile([0.0, 0.05, 0.01, -0.05], 20)
    found = swing(aligned(deviation_s), SIXTEENTHS)
    assert found.offset.value == pytest.approx(0.01)
    assert "two notes to the beat" in found.ratio.reason


def test_swing_needs_an_off_beat_and_enough_of_them() -> None:
    triplets = MetronomeGrid(120.0, Meter(), Subdivision.parse("3"))
    assert "no off-beat" in swing(aligned(np.zeros(60)), triplets).offset.reason
    few = swing(aligned(off_beats_late(0.01, 10)), STRAIGHT)
    assert "7 more" in few.offset.reason
    assert few.ratio.is_unavailable
    assert swing(aligned(np.zeros(0)), STRAIGHT).offset.is_unavailable
    # Beats alone: nothing stands between them.
    assert swing(aligned(np.zeros(40), 2 * np.arange(40)), STRAIGHT).offset.n == 0


def test_off_beats_half_a_slot_late_may_be_meant_for_the_next_beat() -> None:
    found = swing(aligned(off_beats_late(0.13)), STRAIGHT)
    assert found.offset.is_unavailable
    assert found.ratio.is_unavailable


@pytest.mark.parametrize("correlation", [0.0, 0.5])
@pytest.mark.parametrize("n_beats", [17, 65])
def test_swing_intervals_hold_the_truth(n_beats: int, correlation: float) -> None:
    rng = np.random.default_rng(n_beats)
    found: list[Swing] = []
    for _ in range(400):
        deviation_s = wandering(rng, 2 * n_beats, correlation, 0.01)
        deviation_s[1::2] += 0.009
        found.append(swing(aligned(deviation_s), SWING))
    assert 0.915 <= coverage([one.offset for one in found], 0.009) <= 0.99
    ratios: list[Metric] = [one.ratio for one in found]
    assert 0.915 <= coverage(ratios, (1000 / 3 + 9) / (500 / 3 - 9)) <= 0.99


# Groups of places that lean together


def leaning(grid: MetronomeGrid, late_s: FloatArray, seed: int = 3) -> PositionOffsets:
    """Twelve bars in which every place is as late as ``late_s`` says, by 4 ms more or less."""
    late_s = np.tile(late_s, 12) + np.random.default_rng(seed).normal(0.0, 0.004, 12 * late_s.size)
    return position_offsets(aligned(late_s), grid)


@pytest.mark.parametrize("shift_s", [-0.03, 0.0, 0.02])
@pytest.mark.parametrize("late_s", [-0.02, 0.02])
@pytest.mark.parametrize("n_slots", [2, 3, 4])
def test_off_beats_are_named_as_such(n_slots: int, late_s: float, shift_s: float) -> None:
    grid = MetronomeGrid(80.0, Meter((4,)), Subdivision.parse(n_slots))
    is_off_beat = np.arange(4 * n_slots) % n_slots > 0
    found = leaning(grid, np.where(is_off_beat, late_s, 0.0) + shift_s)
    assert found.lean is not None
    assert found.lean.is_off_beats
    assert found.lean.places == tuple(np.flatnonzero(is_off_beat))
    assert found.lean.apart.low < late_s < found.lean.apart.high


def test_a_whole_beat_and_one_note_of_every_beat_are_named() -> None:
    grid = MetronomeGrid(80.0, Meter((4,)), Subdivision.parse(4))
    place = np.arange(16)
    whole = leaning(grid, np.where(place // 4 == 2, 0.02, 0.0))
    assert named(whole) == (8, 9, 10, 11)
    third = leaning(grid, np.where(place % 4 == 2, 0.02, 0.0))
    assert named(third) == (2, 6, 10, 14)
    assert third.lean is not None
    assert third.lean.is_in_every_bar
    assert not third.lean.is_off_beats


def test_places_are_as_late_as_they_are_against_the_click() -> None:
    late_s = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.045]) - 0.01
    grid, held = MetronomeGrid(180.0, Meter((7,))), []
    for seed in range(40):
        found = leaning(grid, late_s, seed)
        assert named(found) == (6,)
        assert [one.value for one in found.late] == pytest.approx(late_s, abs=0.006)
        pairs = zip(found.late, late_s, strict=True)
        held.append(all(one.low < true_s < one.high for one, true_s in pairs))
    assert np.mean(held) >= 0.85  # of 40 takes with a true rate of 95 %, nearly always


@pytest.mark.parametrize("correlation", [0.0, 0.6])
def test_false_alarms_with_groups(correlation: float) -> None:
    rng = np.random.default_rng(21)
    grid = MetronomeGrid(80.0, Meter((4,)), Subdivision.parse(4))
    takes = [
        position_offsets(aligned(wandering(rng, 16 * 8, correlation, 0.01)), grid)
        for _ in range(150)
    ]
    # 150 takes with a true rate of 5 % hold 10.7 % and less in 995 of 1000 tests.
    assert np.mean([take.lean is not None for take in takes]) <= 0.107
