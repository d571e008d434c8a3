"""Takes that are no even row: what is left out, what is refused, and that good ones keep all."""

from __future__ import annotations

import numpy as np
import pytest

from practiceear.analysis.pipeline import NotePipeline
from practiceear.analysis.snapshot import SessionSnapshot, measure
from practiceear.instruments.registry import load_instrument
from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.intervals import Unfit
from practiceear.metrics.runs.notes import RunFinding
from practiceear.notes.tracker import NOTE
from practiceear.rhythm.playing_segments import find_playing_segments
from practiceear.rhythm.tempo import Misfit
from practiceear.settings import Exercise
from practiceear.units import FloatArray

RATE_HZ = 44100
SCALE = (60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65, 64, 62)
JITTER_S = 0.008


def heard(onset_s: FloatArray, bpm: float | None = None) -> SessionSnapshot:
    notes = np.zeros(onset_s.size, dtype=NOTE)
    notes["onset_sample"] = np.round(onset_s * RATE_HZ)
    notes["offset_sample"] = notes["onset_sample"] + RATE_HZ // 12
    notes["pitch_midi"] = np.resize(SCALE, onset_s.size)
    notes["level_dbfs"], notes["attack_s"], notes["dip_db"] = -20.0, 0.01, 12.0
    return measure(notes, NotePipeline(RATE_HZ, load_instrument("piano")), Exercise(bpm))


def row(n_notes: int, slot_s: float, first_s: float = 1.0) -> FloatArray:
    return np.asarray(first_s + slot_s * np.arange(n_notes))


def played(due_s: FloatArray, seed: int) -> FloatArray:
    return due_s + np.random.default_rng(seed).normal(0.0, JITTER_S, due_s.size)


def talk(first_s: float, n_sounds: int, seed: int) -> FloatArray:
    steps_s = np.exp(np.random.default_rng(seed).normal(np.log(0.32), 0.6, n_sounds))
    return np.asarray(first_s + np.cumsum(steps_s))


def holds(snapshot: SessionSnapshot, onset_s: FloatArray, slot_s: float) -> bool:
    """Whether the interval holds the spread of the equal notes of a take."""
    ioi_s = np.diff(onset_s)
    true_s = float(np.std(ioi_s[np.abs(ioi_s / slot_s - 1.0) < 0.3]))
    own = snapshot.metrics[MetricKey.CORRECTED_SD_IOI]
    return own.low <= true_s <= own.high


def test_nearly_all_talk_is_told_from_playing_and_no_note_is_taken_for_talk() -> None:
    n_kept = 0
    for seed in range(12):
        before_s = talk(0.3, 7, seed)
        music_s = played(row(64, 60 / 88 / 2, float(before_s[-1]) + 1.1), seed)
        after_s = talk(float(music_s[-1]) + 1.2, 6, seed + 50)
        is_played = find_playing_segments(np.concatenate((before_s, music_s, after_s))).is_played
        assert is_played[7:71].all()
        n_kept += int(is_played.sum()) - 64
    assert n_kept < 0.06 * 12 * 13  # a few syllables fall on the beat by chance


@pytest.mark.parametrize("bpm", [None, 88.0])
@pytest.mark.parametrize("seed", range(4))
def test_talk_around_the_playing_enters_no_number(bpm: float | None, seed: int) -> None:
    before_s = talk(0.3, 7, seed)
    music_s = played(row(64, 60 / 88 / 2, float(before_s[-1]) + 1.1), seed)
    after_s = talk(float(music_s[-1]) + 1.2, 6, seed + 50)
    mixed = heard(np.concatenate((before_s, music_s, after_s)), bpm)
    alone = heard(music_s, bpm)
    assert len(alone.notes) == 64
    assert alone.left_out_s == ()
    assert mixed.left_out_s[0][0] == pytest.approx(before_s[0], abs=1e-3)
    assert abs(len(mixed.notes) - 64) <= 6  # few syllables may fall on the beat by chance
    assert holds(mixed, music_s, 60 / 88 / 2)
    drift = mixed.metrics[MetricKey.DRIFT]
    assert drift.is_unavailable or drift.low <= 0.0 <= drift.high


def test_tuning_makes_no_drift() -> None:
    music_s = played(row(64, 0.375, 15.2), 3)
    snapshot = heard(np.concatenate(([1.0, 4.1, 6.9, 10.3], music_s)), 80.0)
    assert snapshot.onset_s[0] > 6.0
    assert snapshot.metrics[MetricKey.DRIFT].low <= 0.0 <= snapshot.metrics[MetricKey.DRIFT].high


@pytest.mark.parametrize("bpm", [None, 92.0])
@pytest.mark.parametrize("off_slots", [0.3, 0.5, 0.7])
def test_after_a_pause_the_beat_may_begin_anew(bpm: float | None, off_slots: float) -> None:
    slot_s = 60 / 92 / 2
    first_s = row(32, slot_s)
    later_s = row(32, slot_s, float(first_s[-1]) + (9 + off_slots) * slot_s)
    onset_s = played(np.concatenate((first_s, later_s)), 4)
    snapshot = heard(onset_s, bpm)
    assert snapshot.grid_fit.misfit is Misfit.PAUSE
    assert f"{onset_s[32]:.1f} s" in snapshot.grid_fit.reason
    assert snapshot.metrics[MetricKey.DRIFT].is_unavailable
    assert holds(snapshot, onset_s, slot_s)


def test_a_small_step_over_a_pause_is_no_drift() -> None:
    slot_s = 60 / 88 / 2
    later_s = row(64, slot_s, 1.0 + 80.1 * slot_s)
    snapshot = heard(played(np.concatenate((row(64, slot_s), later_s)), 5), 88.0)
    assert snapshot.grid_fit.grid is not None
    drift = snapshot.metrics[MetricKey.DRIFT]
    assert drift.low <= 0.0 <= drift.high


@pytest.mark.parametrize("bpm", [None, 80.0, 90.0, 100.0])
def test_two_tempos_have_no_one_evenness(bpm: float | None) -> None:
    first_s = row(48, 0.375)
    onset_s = played(np.concatenate((first_s, row(48, 0.3, float(first_s[-1]) + 0.375))), 6)
    snapshot = heard(onset_s, bpm)
    assert snapshot.intervals.unfit is Unfit.TEMPO_CHANGES
    assert "from 160 to 200 notes a minute" in snapshot.intervals.reason
    assert snapshot.runs.finding is RunFinding.OPEN


@pytest.mark.parametrize("bpm", [None, 80.0, 100.0])
@pytest.mark.parametrize("spread_s", [0.014, 0.02])
@pytest.mark.parametrize("slots_s", [(0.375, 0.3), (0.3, 0.375), (0.3, 0.35)])
def test_two_tempos_give_no_number(
    bpm: float | None, spread_s: float, slots_s: tuple[float, float]
) -> None:
    first_s = row(48, slots_s[0])
    due_s = np.concatenate((first_s, row(48, slots_s[1], float(first_s[-1]) + slots_s[0])))
    onset_s = due_s + np.random.default_rng(1).normal(0.0, spread_s, due_s.size)
    snapshot = heard(onset_s, bpm)
    assert snapshot.metrics[MetricKey.CORRECTED_SD_IOI].is_unavailable
    assert snapshot.grid_fit.grid is None


@pytest.mark.parametrize("bpm", [None, 76.0])
@pytest.mark.parametrize("period", [20, 32])
def test_rubato_is_called_by_its_name(bpm: float | None, period: int) -> None:
    swing = 0.18 * np.sin(2 * np.pi * np.arange(95) / period)
    onset_s = np.concatenate(([1.0], 1.0 + np.cumsum(60 / 76 / 4 * (1.0 + swing))))
    snapshot = heard(onset_s, bpm)
    assert snapshot.intervals.unfit is Unfit.TEMPO_MOVES
    assert snapshot.metrics[MetricKey.SD_IOI].is_unavailable
    assert snapshot.runs.finding is RunFinding.OPEN


@pytest.mark.parametrize("bpm", [None, 72.0, 81.0])
@pytest.mark.parametrize("seed", [7, 8])
def test_triplets_among_sixteenths_accuse_no_note(bpm: float | None, seed: int) -> None:
    beats = np.tile([3, 3, 3, 3, 4, 4, 4], 12)
    due_s = 1.0 + np.concatenate(([0], np.cumsum(beats)[:-1])) * 60 / 72 / 12
    snapshot = heard(played(due_s, seed), bpm)
    assert snapshot.grid_fit.grid is None
    assert snapshot.metrics[MetricKey.SD_IOI].is_unavailable
    assert snapshot.runs.finding is not RunFinding.HABIT
    assert not any(one.is_even for one in snapshot.runs.patterns)


@pytest.mark.parametrize("bpm", [None, 72.0])
@pytest.mark.parametrize("seed", [0, 3])
def test_uneven_triplets_among_sixteenths_get_no_false_grid(bpm: float | None, seed: int) -> None:
    beats = np.tile([3, 3, 3, 3, 4, 4, 4], 12)
    due_s = 1.0 + np.concatenate(([0], np.cumsum(beats)[:-1])) * 60 / 72 / 12
    spread_s = np.random.default_rng(seed).normal(0.0, 0.015, due_s.size)
    snapshot = heard(due_s + spread_s, bpm)
    assert snapshot.grid_fit.grid is None
    assert snapshot.metrics[MetricKey.SD_IOI].is_unavailable
    assert snapshot.runs.finding is not RunFinding.HABIT


def test_a_slowing_end_is_no_unevenness() -> None:
    ioi_s = np.full(75, 0.3125)
    ioi_s[-12:] *= 1.0 + 0.07 * np.arange(1, 13)
    onset_s = played(np.concatenate(([1.0], 1.0 + np.cumsum(ioi_s))), 8)
    snapshot = heard(onset_s)
    assert snapshot.left_out_s
    assert holds(snapshot, onset_s[:64], 0.3125)


@pytest.mark.parametrize("seed", [3, 5])
def test_runs_that_slow_at_their_end_accuse_no_note(seed: int) -> None:
    ioi_s = np.tile(0.3125 * np.concatenate((np.ones(9), 1.0 + 0.04 * np.arange(1, 6))), 5)
    due_s = np.concatenate(([1.0], 1.0 + np.cumsum(ioi_s)))
    assert heard(played(due_s, seed)).runs.finding is not RunFinding.HABIT


@pytest.mark.parametrize("spread_s", [0.0, 0.008, 0.02, 0.025])
@pytest.mark.parametrize("seed", range(3))
def test_good_takes_lose_nothing(spread_s: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    takes = {
        "even": row(64, 0.3),
        "slower by 5 %": 1.0 + np.cumsum(0.3 * np.linspace(1.0, 1.05, 64)),
        "with breaths": np.concatenate([row(15, 0.3, 1.0 + 4.8 * k) for k in range(5)]),
        "swung": row(32, 0.6).repeat(2) + np.tile([0.0, 0.4], 32),
        "quarters and eighths": (row(20, 1.8)[:, None] + [0.0, 0.6, 0.9, 1.2]).ravel(),
    }
    for name, due_s in takes.items():
        snapshot = heard(due_s + rng.normal(0.0, spread_s, due_s.size))
        assert not snapshot.metrics[MetricKey.SD_IOI].is_unavailable, name
        assert snapshot.left_out_s == (), name


def test_what_the_rhythm_leaves_free_is_not_due() -> None:
    bars = (row(8, 3.0, 1.5)[:, None] + 0.75 * np.array([0.0, 1.0, 1.5, 2.0, 3.0])).ravel()
    with_upbeat = np.concatenate(([1.125], bars))
    assert heard(played(with_upbeat, 9), 80.0).missed_s.size == 0
