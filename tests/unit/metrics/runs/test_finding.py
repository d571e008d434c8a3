"""Runs are found by pauses, direction and contour, and laid under each other note by note."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from practiceear.metrics.runs.alignment import AlignedRuns, align_runs
from practiceear.metrics.runs.contour import Contour, pair_notes, pair_transposed
from practiceear.metrics.runs.finding import LONGEST_RUN_NOTES, Run, find_runs
from practiceear.metrics.runs.segments import cut_phrase, without_octave_errors
from practiceear.units import FloatArray
from tests.support.scales import IOI_S, Played, Slips, in_thirds, played, scale, up_and_down

BROKEN_CHORD = [60.0, 67.0, 64.0, 67.0, 59.0, 67.0, 62.0, 67.0]
BREATH = (3.0, 9.0)


def contour(pitches: list[float]) -> Contour:
    return Contour.of(IOI_S * np.arange(float(len(pitches))), np.array(pitches))


def shapes(one: Played) -> list[tuple[str, int, int]]:
    """Direction, runs and notes of each pattern that was found."""
    aligned = align_runs(find_runs(one.onset_s, one.pitch_midi), one.onset_s, one.pitch_midi)
    return [(a.direction, a.n_runs, a.n_places) for a in aligned]


def test_the_same_run_costs_nothing_and_pairs_all_notes() -> None:
    found = pair_notes(contour(scale(8)), contour(scale(8)))
    assert found.cost == 0.0
    assert found.pairs == tuple((note, note) for note in range(8))


def test_a_missed_note_leaves_a_hole_and_an_extra_one_is_left_out() -> None:
    onset_s = IOI_S * np.arange(15.0)
    pitch = np.array(scale(15))
    heard_s, heard = np.delete(onset_s, 5), np.delete(pitch, 5)
    heard_s, heard = np.insert(heard_s, 9, heard_s[9] - 0.07), np.insert(heard, 9, 76.0)
    found = pair_notes(Contour.of(onset_s, pitch), Contour.of(heard_s, heard))
    expected = [(place, place) for place in range(5)]
    expected += [(place, place - 1) for place in range(6, 10)]
    expected += [(place, place) for place in range(10, 15)]
    assert found.is_one_pattern
    assert found.pairs == tuple(expected)


def test_without_pitch_time_alone_tells_which_note_is_missing() -> None:
    silent = np.full(8, np.nan)
    whole = Contour.of(IOI_S * np.arange(8.0), silent)
    gapped = Contour.of(np.delete(IOI_S * np.arange(8.0), 3), silent[1:])
    assert [pair[0] for pair in pair_notes(whole, gapped).pairs] == [0, 1, 2, 4, 5, 6, 7]


def test_octave_errors_and_unclear_pitches_cost_little_another_scale_much() -> None:
    major, minor = scale(8), [60.0, 62.0, 63.0, 65.0, 67.0, 68.0, 70.0, 72.0]
    wrong = [*major[:2], major[2] + 12, *major[3:5], math.nan, *major[6:]]
    assert pair_notes(contour(major), contour(wrong)).is_one_pattern
    assert not pair_notes(contour(major), contour(minor)).is_one_pattern
    assert not pair_notes(contour(major), contour(scale(8, root=72))).is_one_pattern
    assert not pair_notes(contour(major), contour(scale(8, root=65))).is_one_pattern
    assert pair_transposed(contour(major), contour(scale(8, root=65))).cost == 0.0


def test_a_phrase_is_cut_where_it_turns_and_the_turning_note_is_in_both_legs() -> None:
    segments = cut_phrase(np.array([*up_and_down(8), 60.0]))
    assert [(leg.first, leg.last, leg.direction) for leg in segments] == [
        (0, 7, "up"),
        (7, 14, "down"),
    ]


def test_a_turning_note_that_is_played_twice_is_shared_out() -> None:
    segments = cut_phrase(np.array([*scale(8), *scale(8)[::-1]]))
    assert [(leg.first, leg.last) for leg in segments] == [(0, 7), (8, 15)]


def test_a_phrase_that_falls_back_begins_again() -> None:
    segments = cut_phrase(np.tile(scale(8), 3))
    assert [(leg.first, leg.n_notes, leg.direction) for leg in segments] == [
        (0, 8, "up"),
        (8, 8, "up"),
        (16, 8, "up"),
    ]


def test_a_broken_chord_is_cut_into_its_repetitions() -> None:
    cells = cut_phrase(np.tile(BROKEN_CHORD, 6))
    assert [(cell.first, cell.n_notes) for cell in cells] == [(8 * one, 8) for one in range(6)]
    moving = np.concatenate([np.array(BROKEN_CHORD) + 2.0 * one for one in range(6)])
    assert len(cut_phrase(moving)) == 6


def test_octave_errors_are_put_right_alone_and_in_pairs() -> None:
    pitch = np.array(scale(15))
    wrong = pitch.copy()
    wrong[4] += 12.0
    wrong[9:11] -= 12.0
    np.testing.assert_array_equal(without_octave_errors(wrong), pitch)
    np.testing.assert_array_equal(without_octave_errors(pitch), pitch)


@pytest.mark.parametrize(
    ("pitches", "pause", "expected"),
    [
        (scale(15), BREATH, [("up", 10, 15)]),
        (scale(15)[::-1], BREATH, [("down", 10, 15)]),
        (up_and_down(15), (0.0, 0.0), [("up", 10, 15), ("down", 10, 15)]),
        (up_and_down(5), (0.0, 0.0), [("up", 10, 5), ("down", 10, 5)]),
        (scale(8), (0.0, 0.0), [("up", 10, 8)]),
        (in_thirds(9), BREATH, [("up", 10, 14)]),
        ([60.0, 64.0, 67.0, 72.0, 76.0, 79.0, 84.0], BREATH, [("up", 10, 7)]),
        (BROKEN_CHORD, (0.0, 0.0), [("", 10, 8)]),
        (BROKEN_CHORD, BREATH, [("", 10, 8)]),
        ([math.nan] * 8, BREATH, [("", 10, 8)]),
    ],
)
def test_patterns_are_found(
    pitches: list[float], pause: tuple[float, float], expected: list[tuple[str, int, int]]
) -> None:
    one = played(pitches, 10, np.random.default_rng(1), pause=pause)
    if pause == (0.0, 0.0) and len(expected) == 2:  # the last run ends on the note it began with
        onset_s = np.append(one.onset_s, one.onset_s[-1] + IOI_S)
        one = Played(onset_s, np.append(one.pitch_midi, pitches[0]), [*one.truth, None])
    assert shapes(one) == expected


def test_two_scales_are_two_patterns_the_commonest_first() -> None:
    rng = np.random.default_rng(2)
    first = played(scale(8, 65), 5, rng, pause=BREATH)
    second = played(scale(8), 7, rng, pause=BREATH)
    onset_s = np.concatenate((first.onset_s, second.onset_s + first.onset_s[-1] + 1.0))
    runs = find_runs(onset_s, np.concatenate((first.pitch_midi, second.pitch_midi)))
    assert [run.pattern for run in runs] == [1] * 5 + [0] * 7


def test_one_pattern_in_many_keys_is_one_pattern() -> None:
    pitch = np.concatenate([np.array(scale(8, 60 + key)) for key in (0, 2, 4, 5, 7, 9)])
    onset_s = IOI_S * (np.arange(48) + 5.0 * (np.arange(48) // 8))
    assert {run.pattern for run in find_runs(onset_s, pitch)} == {0}


def test_a_long_gap_inside_a_run_is_closed_again() -> None:
    one = played(scale(15), 8, np.random.default_rng(3), pause=BREATH)
    lost = [3 * 15 + 6, 3 * 15 + 7]  # two notes in a row: a gap of three intervals
    onset_s, pitch = np.delete(one.onset_s, lost), np.delete(one.pitch_midi, lost)
    (aligned,) = align_runs(find_runs(onset_s, pitch), onset_s, pitch)
    assert aligned.n_runs == 8
    assert np.flatnonzero(~aligned.is_heard[3]).tolist() == [6, 7]
    assert np.count_nonzero(~aligned.is_heard) == 2


def columns_that_hold_one_note(one: Played) -> tuple[float, float]:
    """Share of notes that were laid into a pattern, and of those the share in a wrong place."""
    n_right = n_wrong = 0
    used: set[int] = set()
    runs = find_runs(one.onset_s, one.pitch_midi)
    for aligned in align_runs(runs, one.onset_s, one.pitch_midi):
        for place in range(aligned.n_places):
            notes = aligned.note[aligned.is_heard[:, place], place].tolist()
            labels = [one.truth[note] for note in notes]
            places = Counter(label[1] if label else None for label in labels)
            n_most = places.most_common(1)[0][1]
            n_right, n_wrong = n_right + n_most, n_wrong + len(notes) - n_most
            used.update(notes)
    n_meant = sum(label is not None for label in one.truth)
    return len(used) / n_meant, n_wrong / max(1, n_right + n_wrong)


@pytest.mark.parametrize(
    ("pitches", "pause"),
    [
        (scale(15), BREATH),
        (up_and_down(15), (0.0, 0.0)),
        (up_and_down(8), (0.0, 0.0)),
        (BROKEN_CHORD, BREATH),
        ([math.nan] * 8, BREATH),
    ],
)
def test_slips_of_player_and_ear_do_not_push_notes_out_of_place(
    pitches: list[float], pause: tuple[float, float]
) -> None:
    slips = Slips(unclear=0.06, octave=0.02, missed=0.01, extra=0.01)
    rng = np.random.default_rng(4)
    results = [
        columns_that_hold_one_note(played(pitches, 12, rng, pause=pause, slips=slips))
        for _ in range(20)
    ]
    used, wrong = np.mean(results, axis=0)
    assert used > 0.93
    assert wrong < 0.015


def test_takes_of_no_or_few_notes_have_no_patterns() -> None:
    for n_notes in range(5):
        onset_s = IOI_S * np.arange(float(n_notes))
        for pitch in (np.full(n_notes, np.nan), np.full(n_notes, 60.0)):
            runs = find_runs(onset_s, pitch)
            assert sum(run.n_notes for run in runs) == n_notes
            assert align_runs(runs, onset_s, pitch) == ()


def test_notes_at_the_same_time_and_one_note_over_and_over_are_no_pattern() -> None:
    for onset_s in (np.zeros(40), np.repeat(IOI_S * np.arange(20.0), 2), IOI_S * np.arange(40.0)):
        runs = find_runs(onset_s, np.full(40, 60.0))
        assert all(run.pattern is None for run in runs)


def test_a_piece_without_pauses_is_no_run() -> None:
    rng = np.random.default_rng(6)
    n_notes = 3 * LONGEST_RUN_NOTES
    pitch = rng.integers(50, 80, n_notes).astype(np.float64)
    runs = find_runs(IOI_S * np.arange(float(n_notes)), pitch)
    assert all(run.pattern is None for run in runs)


def test_lost_sound_ends_a_run() -> None:
    one = played(scale(15), 1, np.random.default_rng(7))
    is_unbroken = np.ones(14, dtype=np.bool_)
    is_unbroken[6] = False
    runs = find_runs(one.onset_s, one.pitch_midi, is_unbroken)
    assert [(run.first_note, run.n_notes) for run in runs] == [(0, 7), (7, 8)]


def one_pattern(onset_s: FloatArray, pitch_midi: FloatArray) -> AlignedRuns:
    (aligned,) = align_runs(find_runs(onset_s, pitch_midi), onset_s, pitch_midi)
    return aligned


def test_tempo_start_and_transposition_of_time_do_not_count() -> None:
    one = played(scale(8), 8, np.random.default_rng(8), pause=BREATH)
    plain = one_pattern(one.onset_s, one.pitch_midi)
    slower = one_pattern(7.0 + 1.7 * one.onset_s, one.pitch_midi)
    np.testing.assert_allclose(slower.late_s, 1.7 * plain.late_s, atol=1e-9)
    np.testing.assert_array_equal(slower.note, plain.note)


def test_a_breath_inside_a_run_is_no_lateness() -> None:
    one = played(scale(15), 8, np.random.default_rng(9), pause=BREATH, sd_s=0.0)
    breathing_s = one.onset_s.copy()
    for run, place in ((2, 7), (5, 4)):
        breathing_s[15 * run + place :] += 1.1 * IOI_S
    aligned = one_pattern(breathing_s, one.pitch_midi)
    assert aligned.n_runs == 8
    np.testing.assert_allclose(aligned.late_s, 0.0, atol=1e-9)
    assert np.argwhere(aligned.is_after_breath).tolist() == [[2, 7], [5, 4]]


def test_a_held_note_is_longer_and_not_uneven() -> None:
    one = played(scale(15), 8, np.random.default_rng(10), pause=BREATH, sd_s=0.001)
    held_s = one.onset_s.copy()
    for run in range(8):
        held_s[15 * run + 8 :] += IOI_S
    aligned = one_pattern(held_s, one.pitch_midi)
    assert aligned.place.tolist() == [*range(8), *range(9, 16)]
    assert aligned.is_even
    assert np.nanmax(np.abs(aligned.late_s)) < 0.005


def test_dotted_notes_are_not_taken_for_uneven_ones() -> None:
    one = played(scale(8), 8, np.random.default_rng(11), pause=BREATH, sd_s=0.0)
    dotted_s = one.onset_s + np.tile([0.0, 0.5 * IOI_S], 32)
    assert not one_pattern(dotted_s, one.pitch_midi).is_even


def test_impossible_runs_and_takes_are_refused() -> None:
    with pytest.raises(ValueError, match="no run of 0 notes"):
        Run(3, 0)
    with pytest.raises(ValueError, match="sideways"):
        Run(0, 5, "sideways")
    with pytest.raises(ValueError, match="3 onsets and 2 pitches"):
        find_runs(np.arange(3.0), np.zeros(2))
    with pytest.raises(ValueError, match="in order"):
        find_runs(np.array([1.0, 0.5]), np.zeros(2))
