"""Habit against wander: formulas by hand, and intervals that hold what they promise."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.metric import Metric
from practiceear.metrics.runs.alignment import AlignedRuns
from practiceear.metrics.runs.evenness import (
    alternate_offset,
    instability,
    irregularity,
    medial_sd_ioi,
    run_sds,
)
from practiceear.metrics.runs.study import study_runs
from practiceear.metrics.runs.wander import habit_interval, pooled_wander, wander_of
from practiceear.units import FloatArray
from tests.support.scales import (
    IOI_S,
    Slips,
    both,
    clocks,
    hands,
    laid_out,
    played,
    scale,
    unlike_notes,
    up_and_down,
)

Player = Callable[[np.random.Generator, int, int], FloatArray]
N_TAKES = 400
# 400 takes know a coverage of 95 % to ±2.1 %.
LEAST, MOST = 0.91, 1.0


def without_line(habit_s: FloatArray) -> FloatArray:
    return np.array(laid_out(habit_s[None, :]).late_s[0])


def true_instability_s(player: Player, n_places: int) -> float:
    """What a player's notes move by from run to run, of very many runs."""
    late_s = laid_out(player(np.random.default_rng(0), 20_000, n_places)).late_s
    return math.sqrt(float(np.mean(late_s.var(axis=0))))


def test_the_formulas_by_hand() -> None:
    # Ten runs of six notes: note 2 is 12 ms late always, note 3 by chance +-8 ms.
    onset_s = np.tile(IOI_S * np.arange(6), (10, 1))
    onset_s[:, 2] += 0.012
    onset_s[:, 3] += 0.008 * np.array([1, -1, 0, 1, -1, 1, 1, -1, -1, 0])
    aligned = laid_out(onset_s)
    late_s = np.array(aligned.late_s)
    variance = np.mean(late_s.var(axis=0, ddof=1))
    assert instability([aligned]).value == pytest.approx(math.sqrt(variance))
    square = np.mean(late_s.mean(axis=0) ** 2) - variance / 10
    assert irregularity([aligned]).value == pytest.approx(math.sqrt(square))
    sds = np.diff(onset_s, axis=1).std(axis=1, ddof=1)
    np.testing.assert_allclose(run_sds(aligned), sds)
    assert medial_sd_ioi([aligned]).value == pytest.approx(sds.mean())
    assert instability([aligned]).n == 10
    assert not instability([aligned]).is_rough
    assert medial_sd_ioi([laid_out(onset_s[:9])]).is_rough


def test_the_medial_sd_is_of_directions_not_of_runs() -> None:
    rng = np.random.default_rng(1)
    up = laid_out(hands(rng, 20, 15, 0.005), "up")
    down = laid_out(hands(rng, 5, 15, 0.02), "down")
    both_ways = laid_out(hands(rng, 9, 15, 0.3), "")
    found = medial_sd_ioi([up, down, both_ways])
    assert found.value == pytest.approx((run_sds(up).mean() + run_sds(down).mean()) / 2)
    assert found.n == 25
    assert found.low < found.value < found.high


def test_perfect_runs_are_neither_irregular_nor_unstable() -> None:
    aligned = laid_out(np.tile(IOI_S * np.arange(8), (6, 1)))
    measures = (instability, irregularity, medial_sd_ioi, alternate_offset)
    for metric in (measure([aligned]) for measure in measures):
        assert metric.value == pytest.approx(0.0, abs=1e-12)
        assert metric.high == pytest.approx(0.0, abs=1e-12)


def test_habit_alone_leaves_no_instability_and_chance_alone_no_irregularity() -> None:
    rng = np.random.default_rng(2)
    habit_s = 0.01 * rng.standard_normal(15)
    steady = laid_out(np.tile(IOI_S * np.arange(15) + habit_s, (8, 1)))
    assert instability([steady]).value == pytest.approx(0.0, abs=1e-9)
    wanted = math.sqrt(float(np.mean(without_line(habit_s) ** 2)))
    assert irregularity([steady]).value == pytest.approx(wanted)
    found = [irregularity([laid_out(hands(rng, 10, 15))]) for _ in range(200)]
    assert np.mean([one.value**2 for one in found]) < 0.0025**2
    assert np.mean([one.low == 0.0 for one in found]) > 0.94


def test_chance_is_taken_out_of_the_mean_square_without_bias() -> None:
    rng = np.random.default_rng(3)
    habit_s = without_line(0.004 * rng.standard_normal(15))
    worlds = [wander_of(laid_out(clocks(rng, 6, 15) + habit_s)) for _ in range(2000)]
    found = np.mean([one.mean_square - one.chance for one in worlds])
    assert found == pytest.approx(float(np.mean(habit_s**2)), rel=0.15)


def test_runs_with_holes_are_measured_the_same() -> None:
    rng = np.random.default_rng(4)
    slips = Slips(missed=0.03)
    values = []
    for missing in (None, slips):
        takes = [played(scale(15), 12, rng, pause=(3, 9), slips=missing) for _ in range(40)]
        studies = [study_runs(one.onset_s, one.pitch_midi) for one in takes]
        values.append(np.mean([one.instability.value for one in studies]))
    expected = 0.006 * math.sqrt(1 - 2 / 15)
    assert values == pytest.approx([expected, expected], rel=0.04)


def coverage(metrics: Sequence[Metric], truth: float) -> float:
    """Share of the intervals that were told and hold the truth."""
    told = [one for one in metrics if not one.is_unavailable]
    assert len(told) > 0.8 * len(metrics)
    return float(np.mean([one.low <= truth + 1e-12 and truth <= one.high for one in told]))


@pytest.mark.parametrize("player", [hands, clocks, both, unlike_notes])
@pytest.mark.parametrize(("n_runs", "n_places"), [(5, 8), (5, 15), (12, 15), (20, 8)])
def test_intervals_hold_the_truth(player: Player, n_runs: int, n_places: int) -> None:
    rng = np.random.default_rng(50 + n_runs)
    habit_s = without_line(0.008 * (np.arange(n_places) == n_places // 2))
    habit_s *= 0.006 / math.sqrt(float(np.mean(habit_s**2)))
    takes = [[laid_out(player(rng, n_runs, n_places) + habit_s)] for _ in range(N_TAKES)]
    many = player(np.random.default_rng(0), 20_000, n_places) + habit_s
    true_sd_ioi_s = float(np.diff(many, axis=1).std(axis=1, ddof=1).mean())
    unstable = [instability(one) for one in takes]
    assert LEAST <= coverage(unstable, true_instability_s(player, n_places)) <= MOST
    assert LEAST <= coverage([irregularity(one) for one in takes], 0.006) <= MOST
    assert LEAST <= coverage([medial_sd_ioi(one) for one in takes], true_sd_ioi_s) <= 0.985


@pytest.mark.parametrize("player", [hands, clocks, both])
def test_where_there_is_no_habit_the_interval_reaches_zero(player: Player) -> None:
    rng = np.random.default_rng(6)
    found = [irregularity([laid_out(player(rng, 8, 15))]) for _ in range(N_TAKES)]
    assert np.mean([one.low == 0.0 for one in found]) > 0.93
    assert all(one.high > 0.0 for one in found)


@pytest.mark.parametrize("n_places", [5, 8, 15])
def test_alternating_strokes_are_told_and_one_late_note_is_not_one(n_places: int) -> None:
    rng = np.random.default_rng(7)
    strokes_s = 0.01 * (np.arange(n_places) % 2)
    late_s = 0.02 * (np.arange(n_places) == 1)
    alternating = [
        alternate_offset([laid_out(hands(rng, 8, n_places, 0.006) + strokes_s)])
        for _ in range(N_TAKES)
    ]
    assert LEAST <= coverage(alternating, 0.01) <= 0.985
    for habit_s in (0.0 * late_s, late_s):
        plain = [
            alternate_offset([laid_out(hands(rng, 8, n_places, 0.006) + habit_s)])
            for _ in range(N_TAKES)
        ]
        assert np.mean([one.low > 0.0 or one.high < 0.0 for one in plain]) < 0.08


def test_two_patterns_tell_more_than_one() -> None:
    rng = np.random.default_rng(8)
    up, down = laid_out(hands(rng, 8, 15)), laid_out(hands(rng, 12, 8), "down")
    joint = pooled_wander([up, down])
    apart = [wander_of(up), wander_of(down)]
    assert joint.variance == pytest.approx((15 * apart[0].variance + 8 * apart[1].variance) / 23)
    assert joint.dof > max(one.dof for one in apart)
    assert joint.chance < apart[0].chance
    assert instability([up, down]).n == 20


def test_an_interval_without_chance_is_a_point() -> None:
    steady = wander_of(laid_out(np.tile(IOI_S * np.arange(8.0) ** 1.1, (6, 1))))
    low, high = habit_interval(steady)
    assert low == pytest.approx(high, rel=1e-3)


def test_what_is_missing_is_said() -> None:
    rng = np.random.default_rng(9)
    measures = (instability, irregularity, medial_sd_ioi, alternate_offset)
    four = laid_out(hands(rng, 4, 15))
    for measure in measures:
        assert "no scale or pattern" in measure([]).reason
        assert "4 of the 5 needed, 1 more" in measure([four]).reason
    dotted = played(scale(8), 8, rng, pause=(3, 9))
    study = study_runs(dotted.onset_s + np.tile([0.0, IOI_S / 2], 32), dotted.pitch_midi)
    assert all("several lengths" in one.reason for one in study.metrics)


def test_a_wandering_few_are_refused_rather_than_guessed() -> None:
    rng = np.random.default_rng(10)
    sway = rng.normal(0.0, 0.02, (5, 1)) * np.sin(np.linspace(0.0, np.pi, 15))
    metric = instability([laid_out(IOI_S * np.arange(15) + sway)])
    assert metric.is_unavailable
    assert "more needed" in metric.reason


def test_the_floor_stands_beside_each() -> None:
    one = played(up_and_down(15), 10, np.random.default_rng(11), sd_s=0.002)
    study = study_runs(one.onset_s, one.pitch_midi, 0.004)
    assert study.instability.detector_error == study.irregularity.detector_error == 0.004
    assert study.medial_sd_ioi.detector_error == pytest.approx(0.004 * math.sqrt(2))
    assert study.instability.is_at_detector_error
    assert [metric.key for metric in study.metrics] == [
        MetricKey.MEDIAL_SD_IOI,
        MetricKey.IRREGULARITY,
        MetricKey.INSTABILITY,
        MetricKey.ALTERNATE_OFFSET,
    ]


def test_breaths_between_and_inside_runs_change_no_measure() -> None:
    rng = np.random.default_rng(12)
    one = played(scale(15), 10, rng, pause=(3, 9))
    breath_s = np.zeros(150)
    for run, place in ((1, 6), (4, 9), (7, 5)):
        breath_s[15 * run + place] = rng.uniform(0.9, 1.3) * IOI_S
    plain = study_runs(one.onset_s, one.pitch_midi)
    breathing = study_runs(one.onset_s + np.cumsum(breath_s), one.pitch_midi)
    for before, after in zip(plain.metrics, breathing.metrics, strict=True):
        assert after.n == before.n
        assert after.value == pytest.approx(before.value, abs=0.1 * 0.006)


def stripped(aligned: AlignedRuns) -> FloatArray:
    return np.array(aligned.late_s)


def test_order_of_runs_does_not_matter() -> None:
    rng = np.random.default_rng(13)
    onset_s = hands(rng, 9, 15)
    one, other = laid_out(onset_s), laid_out(onset_s[rng.permutation(9)])
    for measure in (instability, irregularity, medial_sd_ioi, alternate_offset):
        left, right = measure([one]), measure([other])
        assert (left.value, left.low, left.high) == pytest.approx(
            (right.value, right.low, right.high)
        )
    assert sorted(stripped(one).ravel()) == pytest.approx(sorted(stripped(other).ravel()))
