"""A click of known period and moment, under playing: found exactly, and never where none is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

import numpy as np
import pytest

from practiceear.metronome.click import click_sounds
from practiceear.rhythm.click_train import (
    ONSET_ERROR_S,
    ClickTrain,
    candidate_periods_s,
    find_click_train,
)
from tests.support.sounds import Sound, bowed, room, take

PERIOD_S = 0.6018
FIRST_S = 0.35
DURATION_S = 18.0
NEAR_S = (0.602, 0.301, 1.204)


def playing(rate_hz: int = 44100, seed: int = 1, spread_s: float = 0.008) -> Sound:
    """Plucked quavers of a hand that keeps to the click by ``spread_s``."""
    due_s = np.arange(0.35, DURATION_S - 0.5, PERIOD_S / 2)
    late_s = np.random.default_rng(seed).normal(0.01, spread_s, len(due_s))
    return take(list(due_s + late_s), DURATION_S, rate_hz)


def with_clicks(
    sound: Sound, rate_hz: int = 44100, below_db: float = 20.0, jitter_s: float = 0.0
) -> Sound:
    """The same with a metronome that peaks ``below_db`` under it."""
    out = sound.copy()
    rng = np.random.default_rng(3)
    peak = float(np.abs(sound).max()) * 10 ** (-below_db / 20)
    for beat, at_s in enumerate(np.arange(FIRST_S, DURATION_S - 0.3, PERIOD_S)):
        click = click_sounds(rate_hz)[0 if beat % 4 == 0 else 1]
        first = round((at_s + rng.normal(0.0, jitter_s)) * rate_hz)
        out[first : first + len(click)] += peak * click / np.abs(click).max()
    return out


def off_s(found: ClickTrain, first_s: float = FIRST_S) -> float:
    """How far the found moment is off, whole periods aside."""
    return (found.first_click_s - first_s + PERIOD_S / 2) % PERIOD_S - PERIOD_S / 2


@pytest.mark.parametrize("rate_hz", [44100, 22050])
def test_a_click_well_below_the_notes_is_found_to_the_millionth(rate_hz: int) -> None:
    found = find_click_train(with_clicks(playing(rate_hz), rate_hz), rate_hz, NEAR_S)
    assert found is not None
    assert found.period_s == pytest.approx(PERIOD_S, rel=1e-5)
    assert abs(off_s(found)) <= ONSET_ERROR_S
    assert found.per_minute == pytest.approx(60 / PERIOD_S, rel=1e-5)


def test_gain_changes_nothing_and_a_later_start_only_the_moment() -> None:
    sound = with_clicks(playing())
    found, louder = (find_click_train(one, 44100, NEAR_S) for one in (sound, 0.03 * sound))
    later = find_click_train(sound[round(0.2 * 44100) :], 44100, NEAR_S)
    assert found is not None
    assert louder is not None
    assert later is not None
    assert louder.period_s == pytest.approx(found.period_s, rel=1e-7)
    assert louder.first_click_s == pytest.approx(found.first_click_s, abs=1e-4)
    assert later.period_s == pytest.approx(found.period_s, rel=2e-6)
    assert abs(off_s(later, FIRST_S - 0.2)) <= ONSET_ERROR_S


def test_clicks_that_a_hand_makes_are_no_metronome() -> None:
    assert find_click_train(with_clicks(playing(), jitter_s=0.003), 44100, NEAR_S) is None


def _steady_tone(_: int) -> Sound:
    return 0.3 * bowed(440.0, DURATION_S, 44100)


def _one_note_again(seed: int) -> Sound:
    rng = np.random.default_rng(seed)
    steps_s = accumulate(rng.normal(PERIOD_S / 2, 0.006, 54), initial=0.35)
    out = room(DURATION_S, -60.0, 44100)
    note = 0.3 * bowed(880.0, 0.2, 44100, attack_s=0.005)
    for at_s in steps_s:
        first = round(at_s * 44100)
        out[first : first + len(note)] += note[: len(out) - first]
    return out


def _noise(seed: int) -> Sound:
    return (
        np.random.default_rng(seed).normal(0.0, 0.1, round(DURATION_S * 44100)).astype(np.float32)
    )


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "sound_of", [_steady_tone, _one_note_again, _noise, lambda seed: playing(seed=seed)]
)
def test_where_no_click_sounds_none_is_heard(sound_of: Callable[[int], Sound], seed: int) -> None:
    assert find_click_train(sound_of(seed), 44100, NEAR_S) is None


def test_too_few_beats_and_silence_tell_nothing() -> None:
    sound = with_clicks(playing())
    assert find_click_train(sound[: 5 * 44100], 44100, NEAR_S) is None
    assert find_click_train(np.zeros_like(sound), 44100, NEAR_S) is None
    assert find_click_train(sound[:3], 44100, NEAR_S) is None


def test_a_click_is_looked_for_at_multiples_and_parts_of_the_notes() -> None:
    periods_s = candidate_periods_s([0.25, 0.5])
    assert set(periods_s) >= {0.25, 0.5, 0.75, 1.0, 1.5, 2.0}
    assert len(set(periods_s)) == len(periods_s)
    assert candidate_periods_s([]) == ()
