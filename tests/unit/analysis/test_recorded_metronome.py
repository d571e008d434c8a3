"""A metronome that sounds in a take becomes its grid: the same as if the first beat was given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from practiceear.analysis.recorded_metronome import (
    cut_ends,
    find_clicks,
    is_of_notes,
    with_clicks,
)
from practiceear.analysis.review import TakeReview, review_take
from practiceear.audio.blocks import AudioBlock
from practiceear.audio.takefile import TakeFile
from practiceear.instruments.registry import load_profile
from practiceear.metrics.catalogue import MetricKey
from practiceear.rhythm.click_train import ONSET_ERROR_S, ClickTrain
from practiceear.rhythm.grid import Subdivision
from practiceear.settings import Exercise
from practiceear.units import FloatArray
from tests.support.recordings import FIXTURES
from tests.support.sounds import Sound, take

RATE_HZ = 44100
PERIOD_S = 60.0 / 88.0
FIRST_BEAT_S = 3.2272727  # of the fixture, where its player comes in


def blocks_of(sound: Sound, size: int = 4096) -> Iterator[AudioBlock]:
    for first in range(0, len(sound), size):
        yield AudioBlock(sound[first : first + size], first)


def reviewed(path: Path, exercise: Exercise, instrument: str = "piano") -> TakeReview:
    file = TakeFile(path)
    return review_take(file, file, load_profile(instrument), exercise)


@pytest.fixture(scope="module")
def by_itself() -> TakeReview:
    return reviewed(FIXTURES / "piano_sixteenths_click" / "take.flac", Exercise())


def test_the_beeps_of_a_fixture_give_its_grid(by_itself: TakeReview) -> None:
    clicks, grid = by_itself.clicks, by_itself.snapshot.grid_fit.grid
    assert clicks is not None
    assert grid is not None
    assert clicks.per_minute == pytest.approx(88.0, rel=1e-5)
    assert grid.bpm == pytest.approx(88.0, rel=1e-5)
    off_s = (clicks.first_click_s - FIRST_BEAT_S + PERIOD_S / 2) % PERIOD_S - PERIOD_S / 2
    assert abs(off_s) <= ONSET_ERROR_S
    assert "88.00 a minute: the grid is its own" in by_itself.snapshot.grid_fit.remark


def test_it_measures_as_if_the_first_beat_was_given(by_itself: TakeReview) -> None:
    given = Exercise(88.0, first_beat_s=FIRST_BEAT_S, subdivision=None)
    told = reviewed(FIXTURES / "piano_sixteenths_click" / "take.flac", given)
    assert told.clicks is None
    for key, off in ((MetricKey.DEVIATION_SPREAD, 1e-5), (MetricKey.DEVIATION_BIAS, ONSET_ERROR_S)):
        assert by_itself.snapshot.metrics[key].value == pytest.approx(
            told.snapshot.metrics[key].value, abs=off
        )


def test_a_tempo_that_was_named_is_kept_in_whole_clicks() -> None:
    clicks = ClickTrain(0.5, 0.1, 40, 99.0)
    onset_s = 0.1 + 0.25 * np.arange(30.0)
    for bpm, found_bpm in ((120.0, 120.0), (60.5, 60.0), (239.0, 240.0), (None, 120.0)):
        exercise = with_clicks(Exercise(bpm), clicks, onset_s)
        assert exercise is not None
        assert exercise.bpm == pytest.approx(found_bpm)
        assert exercise.first_beat_s is not None
        late_s = (exercise.first_beat_s - 0.1 + 0.25) % 0.5 - 0.25
        assert late_s == pytest.approx(0.0, abs=1e-9)


def test_a_click_that_sounds_on_every_second_beat_only() -> None:
    onset_s = 0.1 + 0.5 * np.arange(40.0) + np.random.default_rng(1).normal(0.0, 0.006, 40)
    exercise = with_clicks(
        Exercise(subdivision=Subdivision.parse("1")), ClickTrain(1.0, 0.1, 20, 99.0), onset_s
    )
    assert exercise is not None
    assert exercise.bpm == pytest.approx(120.0)


def test_the_slowest_tempo_is_still_one() -> None:
    onset_s = 0.1 + 1.5 * np.arange(40.0)
    exercise = with_clicks(Exercise(20.0), ClickTrain(1.5000002, 0.1, 40, 99.0), onset_s)
    assert exercise is not None
    assert exercise.bpm == pytest.approx(20.0)


def test_without_a_metronome_nothing_changes() -> None:
    review = reviewed(FIXTURES / "violin_detached" / "take.flac", Exercise(), "violin")
    assert review.clicks is None
    assert "metronome" not in review.snapshot.grid_fit.remark


def machine_played(spread_s: float, seed: int = 2) -> tuple[Sound, FloatArray]:
    due_s = 0.3 + 0.3 * np.arange(56.0)
    onset_s = due_s + np.random.default_rng(seed).normal(0.0, spread_s, len(due_s))
    return take(list(onset_s), 17.5, RATE_HZ), onset_s


def test_notes_of_a_machine_are_no_metronome() -> None:
    sound, onset_s = machine_played(0.0)
    assert find_clicks(blocks_of(sound), RATE_HZ, onset_s, None) is None


@pytest.mark.parametrize("off", [0.0007, -0.0024])
@pytest.mark.parametrize("n_parts", [1, 2, 4])
def test_a_click_a_little_off_is_still_the_machine_that_plays(off: float, n_parts: int) -> None:
    onset_s = 0.3 + 60 / 88 / 2 * np.arange(64.0)
    clicks = ClickTrain(n_parts * 60 / 88 / 2 * (1.0 + off), 0.3, 60, 50.0)
    assert is_of_notes(clicks, onset_s)
    by_hand = onset_s + np.random.default_rng(3).normal(0.0, 0.006, 64)
    assert not is_of_notes(clicks, by_hand)


@pytest.mark.parametrize("off", [-0.003, 0.003])
def test_soft_attacks_of_a_machine_are_no_metronome_either(off: float) -> None:
    late_s = np.random.default_rng(5).normal(0.0, 0.003, 14)  # another for each note of a scale
    onset_s = 0.3 + 60 / 88 / 2 * np.arange(64.0) + np.resize(late_s, 64)
    assert is_of_notes(ClickTrain(60 / 88 * (1.0 + off), 0.3, 30, 85.0), onset_s)
    assert not is_of_notes(ClickTrain(60 / 88, 0.3, 30, 85.0), onset_s)


@pytest.mark.parametrize("late_s_per_s", [-0.001, 0.0, 0.001])
def test_who_drags_a_little_still_plays_to_the_click(late_s_per_s: float) -> None:
    due_s = 0.3 + 60 / 88 / 2 * np.arange(64.0)
    onset_s = due_s * (1.0 + late_s_per_s) + np.random.default_rng(6).normal(0.0, 0.005, 64)
    assert not is_of_notes(ClickTrain(60 / 88, 0.3, 30, 85.0), onset_s)


@pytest.mark.parametrize("size", [441, 100_000])
def test_blocks_of_any_size_give_the_same_clicks(size: int) -> None:
    sound, _ = soundfile.read(FIXTURES / "piano_sixteenths_click" / "take.flac", dtype="float32")
    onset_s = FIRST_BEAT_S + PERIOD_S / 4 * np.arange(57.0)
    late_s = np.random.default_rng(4).normal(0.0, 0.007, 57)
    found = [
        find_clicks(blocks_of(sound, one), RATE_HZ, onset_s + late_s, None) for one in (4096, size)
    ]
    assert found[0] is not None
    assert found[0] == found[1]


@pytest.mark.parametrize("size", [100, 4096])
def test_the_two_ends_are_cut_out_of_the_blocks(size: int) -> None:
    sound = np.arange(100_000, dtype=np.float32)
    cut = cut_ends(blocks_of(sound, size), 1000, 10.0, 90.0)
    np.testing.assert_array_equal(cut.first, sound[10_000:40_000])
    np.testing.assert_array_equal(cut.last, sound[60_000:90_000])
    assert (cut.first_s, cut.last_s) == (10.0, 60.0)


def test_the_period_is_mended_over_a_long_take() -> None:
    clicks = 0.2 + 0.6 * np.arange(150.0)
    onset_s = 0.2 + 0.3 * np.arange(298.0)
    onset_s += np.random.default_rng(6).normal(0.005, 0.008, len(onset_s))
    sound = take(list(onset_s), 91.0, RATE_HZ)
    burst = 0.05 * np.sin(2 * np.pi * 2400.0 * np.arange(800.0) / RATE_HZ)
    for at_s in clicks:
        first = round(at_s * RATE_HZ)
        sound[first : first + 800] += burst * np.linspace(1.0, 0.0, 800)
    found = find_clicks(blocks_of(sound), RATE_HZ, onset_s, None)
    assert found is not None
    assert found.period_s == pytest.approx(0.6, rel=2e-6)
    last_s = found.first_click_s + 0.6 * 149 * found.period_s / 0.6
    assert last_s == pytest.approx(clicks[-1], abs=ONSET_ERROR_S)
    assert find_clicks(blocks_of(sound[: 5 * RATE_HZ]), RATE_HZ, onset_s[:14], None) is None


def test_a_take_with_tempo_changes_is_not_searched() -> None:
    path = FIXTURES / "piano_sixteenths_click" / "take.flac"
    review = reviewed(path, replace(Exercise(), is_tempo_steady=False))
    assert review.clicks is None


@pytest.mark.parametrize(("late_slots", "is_played_to"), [(0.0, True), (0.2, True), (0.45, False)])
def test_notes_far_from_a_heard_period_are_not_played_to_it(
    late_slots: float, is_played_to: bool
) -> None:
    """What rings on in equal notes returns as exactly as a click does, but between them."""
    onset_s = 0.1 + 0.25 * (late_slots + np.arange(40.0))
    exercise = with_clicks(Exercise(), ClickTrain(0.5, 0.1, 40, 99.0), onset_s)
    assert (exercise is not None) is is_played_to
