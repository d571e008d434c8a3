"""The one note that is always late: found where it is, and not made up where it is not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from practiceear.metrics.runs.evenness import instability, irregularity
from practiceear.metrics.runs.notes import (
    NoteHabit,
    RunFinding,
    note_habits,
    note_that_stands_out,
    run_finding,
)
from practiceear.metrics.runs.study import study_runs
from practiceear.units import FloatArray
from tests.support.scales import (
    Slips,
    both,
    clocks,
    hands,
    laid_out,
    played,
    scale,
    unlike_notes,
)

Player = Callable[[np.random.Generator, int, int], FloatArray]
N_TAKES = 500


def named(onset_s: FloatArray, floor_s: float = 0.0) -> NoteHabit | None:
    return note_that_stands_out(note_habits([laid_out(onset_s)], floor_s))


@pytest.mark.parametrize("player", [hands, clocks, both, unlike_notes])
@pytest.mark.parametrize(("n_runs", "n_places"), [(5, 8), (5, 15), (10, 29), (20, 15)])
def test_no_note_is_named_where_chance_is_all_there_is(
    player: Player, n_runs: int, n_places: int
) -> None:
    rng = np.random.default_rng(20 + n_runs)
    alarms = [named(player(rng, n_runs, n_places)) is not None for _ in range(N_TAKES)]
    # 5 % ± 2 % in 500 takes.
    assert np.mean(alarms) <= 0.07


def test_two_patterns_share_the_chance() -> None:
    rng = np.random.default_rng(1)
    alarms = 0
    for _ in range(N_TAKES):
        patterns = [laid_out(hands(rng, 20, 8)), laid_out(hands(rng, 20, 8), "down")]
        alarms += note_that_stands_out(note_habits(patterns)) is not None
    assert alarms <= 0.07 * N_TAKES


def test_plain_confidence_limits_would_raise_false_alarms() -> None:
    rng = np.random.default_rng(2)
    takes = [note_habits([laid_out(hands(rng, 20, 15))]) for _ in range(200)]
    alarms = [any(note.low_s > 0 or note.high_s < 0 for note in notes) for notes in takes]
    assert np.mean(alarms) > 0.3


def test_the_limits_of_each_note_hold_its_own_truth() -> None:
    rng = np.random.default_rng(3)
    habit_s = np.zeros(15)
    habit_s[6] = 0.02
    true_s = laid_out(habit_s[None, :]).late_s[0]
    held = [
        note.low_s <= true_s[note.place] <= note.high_s
        for _ in range(200)
        for note in note_habits([laid_out(hands(rng, 8, 15) + habit_s)])
    ]
    assert 0.92 <= np.mean(held) <= 0.98


@pytest.mark.parametrize(("n_runs", "late_s", "share"), [(8, 0.03, 0.95), (20, 0.015, 0.9)])
def test_the_late_note_is_found(n_runs: int, late_s: float, share: float) -> None:
    rng = np.random.default_rng(4)
    habit_s = late_s * (np.arange(15) == 6)
    found = [named(hands(rng, n_runs, 15) + habit_s) for _ in range(200)]
    right = [note is not None and note.place == 6 and note.late_s > 0 for note in found]
    assert np.mean(right) > share


def test_an_early_note_is_early() -> None:
    rng = np.random.default_rng(5)
    note = named(hands(rng, 12, 15, 0.004) - 0.03 * (np.arange(15) == 3))
    assert note is not None
    assert note.place == 3
    assert note.late_s == pytest.approx(-0.03, abs=0.006)
    assert note.n_runs == 12
    assert note.wander_s == pytest.approx(0.004, rel=0.6)


def test_what_the_detector_may_do_to_one_pitch_is_no_habit() -> None:
    rng = np.random.default_rng(6)
    onset_s = hands(rng, 12, 15, 0.001) + 0.005 * (np.arange(15) == 3)
    assert named(onset_s) is not None
    assert named(onset_s, floor_s=0.006) is None


def test_the_detector_is_believed_of_the_notes_that_it_hears_well() -> None:
    rng = np.random.default_rng(6)
    onset_s = hands(rng, 12, 15, 0.001) + 0.005 * (np.arange(15) == 3)
    vague_s = np.where(np.arange(onset_s.size) % 15 == 3, 0.006, 0.001)
    assert note_that_stands_out(note_habits([laid_out(onset_s)], vague_s)) is None
    note = note_that_stands_out(note_habits([laid_out(onset_s)], np.roll(vague_s, 1)))
    assert note is not None
    assert note.place == 3


def finding(onset_s: FloatArray, floor_s: float = 0.001) -> RunFinding:
    patterns = [laid_out(onset_s)]
    return run_finding(
        note_habits(patterns, floor_s),
        instability(patterns, floor_s),
        irregularity(patterns, floor_s),
    )


def test_habit_and_wander_are_told_apart() -> None:
    rng = np.random.default_rng(7)
    habit_s = 0.03 * (np.arange(15) == 4)
    habits = [finding(hands(rng, 10, 15, 0.006) + habit_s) for _ in range(100)]
    wanders = [finding(hands(rng, 10, 15)) for _ in range(100)]
    assert habits.count(RunFinding.HABIT) > 97
    assert wanders.count(RunFinding.WANDER) > 90
    assert wanders.count(RunFinding.HABIT) <= 9


def test_it_wanders_is_not_said_of_the_detector_nor_of_equal_shares() -> None:
    rng = np.random.default_rng(8)
    even = [finding(hands(rng, 10, 15, 0.005), floor_s=0.005) for _ in range(N_TAKES)]
    assert even.count(RunFinding.WANDER) <= 0.05 * N_TAKES
    equal = 0
    for _ in range(N_TAKES):
        habit_s = laid_out(rng.normal(0.0, 1.0, (1, 15))).late_s[0].copy()
        habit_s *= 0.01 * np.sqrt(13 / 15) / np.sqrt(np.mean(habit_s**2))
        equal += finding(hands(rng, 10, 15) + habit_s) is RunFinding.WANDER
    assert equal <= 0.05 * N_TAKES


def test_too_few_runs_leave_it_open() -> None:
    rng = np.random.default_rng(9)
    assert note_habits([laid_out(hands(rng, 4, 15))]) == ()
    assert finding(hands(rng, 4, 15)) is RunFinding.OPEN


def test_from_notes_to_the_note_that_is_late() -> None:
    rng = np.random.default_rng(10)
    late_s = 0.03 * (np.arange(15) == 10)
    slips = Slips(unclear=0.05, octave=0.02, missed=0.01, extra=0.01)
    found = 0
    for _ in range(20):
        one = played(scale(15), 10, rng, pause=(3, 9), late_s=late_s, slips=slips)
        note = study_runs(one.onset_s, one.pitch_midi, 0.002).standing_out
        found += note is not None and note.pitch_midi == pytest.approx(scale(15)[10], abs=0.5)
    assert found >= 19
