from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from practiceear.click_removal.calibration import Calibration, calibrate, self_test

PLAYED_S = 1.0 + 0.75 * np.arange(12.0)


def heard_s(lag_s: float, spread_s: float = 0.0004, seed: int = 0) -> np.ndarray:
    return PLAYED_S + lag_s + np.random.default_rng(seed).normal(0.0, spread_s, len(PLAYED_S))


@pytest.mark.parametrize("lag_s", [0.0, 0.002, 0.031, 0.147, 0.33, 0.44])
def test_lag_is_the_median_of_the_plays(lag_s: float) -> None:
    onset_s = heard_s(lag_s)
    found = calibrate(onset_s, PLAYED_S)
    assert found.lag_s == pytest.approx(max(0.0, np.median(onset_s - PLAYED_S)))
    assert found.lag_s == pytest.approx(lag_s, abs=0.0005)
    assert (found.n_heard, found.n_played, found.grade) == (12, 12, "good")
    assert found.is_usable
    assert ("Bluetooth" in found.message) == (lag_s > 0.15)


@pytest.mark.parametrize(
    ("spread_s", "grade"), [(0.001, "good"), (0.0025, "fair"), (0.005, "poor"), (0.012, "refused")]
)
def test_the_grade_follows_the_spread(spread_s: float, grade: str) -> None:
    # Evenly from -1.5 to 1.5 times that: the quartiles lie 1.5 times it apart.
    onset_s = PLAYED_S + 0.03 + spread_s * np.linspace(-1.5, 1.5, 12)
    found = calibrate(onset_s, PLAYED_S)
    assert found.grade == grade
    assert found.is_usable == (grade != "refused")
    assert math.isnan(found.lag_s) == (grade == "refused")
    assert grade in found.message or grade == "refused"


def test_a_voice_and_missed_plays_do_no_harm() -> None:
    rng = np.random.default_rng(1)
    alone = calibrate(heard_s(0.08), PLAYED_S)
    voice_s = rng.uniform(0.0, 11.0, 40)
    with_voice = calibrate(rng.permutation([*heard_s(0.08), *voice_s]), PLAYED_S)
    assert with_voice.lag_s == pytest.approx(alone.lag_s, abs=0.002)
    assert with_voice.grade == "good"
    missed = calibrate(heard_s(0.08)[[0, 1, 3, 4, 5, 6, 8, 9, 11]], PLAYED_S)
    assert missed.n_heard == 9
    assert missed.lag_s == pytest.approx(0.08, abs=0.001)


def test_an_echo_is_not_the_lag() -> None:
    echo_s = heard_s(0.115, seed=2)
    found = calibrate(np.concatenate([echo_s, heard_s(0.04)]), PLAYED_S)
    assert found.lag_s == pytest.approx(0.04, abs=0.001)


def test_lags_change_with_the_clock_only() -> None:
    onset_s = np.concatenate([heard_s(0.05), [2.345, 6.789]])
    first, later = calibrate(onset_s, PLAYED_S), calibrate(onset_s + 100.0, PLAYED_S + 100.0)
    assert later.lag_s == pytest.approx(first.lag_s)
    shifted = calibrate(onset_s + 0.1, PLAYED_S)
    assert shifted.lag_s == pytest.approx(first.lag_s + 0.1)


def test_what_is_heard_before_it_was_sent_is_no_lag() -> None:
    found = calibrate(heard_s(-0.05), PLAYED_S)
    assert not found.is_usable
    # A detector that is 1 ms early on a plain loop is no reason to refuse.
    assert calibrate(heard_s(-0.001), PLAYED_S).lag_s == 0.0


@pytest.mark.parametrize(
    ("n_heard", "n_played", "words"),
    [
        (0, 12, "None of the 12"),
        (8, 12, "Only 8 of 12"),
        (5, 6, "Only 5 of 6"),
        (5, 5, "Only 5 sounds were played"),
        (0, 0, "Only 0 sounds were played"),
    ],
)
def test_too_little_is_refused(n_heard: int, n_played: int, words: str) -> None:
    found = calibrate(heard_s(0.03)[:n_heard], PLAYED_S[:n_played])
    assert found.grade == "refused"
    assert math.isnan(found.lag_s)
    assert (found.n_heard, found.n_played) == (n_heard, n_played)
    assert words in found.message


def test_noise_is_refused() -> None:
    for seed in range(20):
        onset_s = np.random.default_rng(seed).uniform(0.0, 11.0, 12)
        assert not calibrate(onset_s, PLAYED_S).is_usable


def test_sounds_too_close_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="played_s"):
        calibrate(heard_s(0.03), 0.4 * np.arange(12.0))
    with pytest.raises(ValueError, match="played_s"):
        calibrate(heard_s(0.03), PLAYED_S[::-1])


def test_a_calibration_holds_together() -> None:
    found = calibrate(heard_s(0.03), PLAYED_S)
    for wrong in ({"lag_s": -0.1}, {"lag_s": math.nan}, {"n_heard": 13}, {"grade": "refused"}):
        with pytest.raises(ValueError, match=r"lag_s|n_heard"):
            dataclasses.replace(found, **wrong)
    assert isinstance(found, Calibration)


def test_the_ruler_measures_itself() -> None:
    sharp = self_test(heard_s(0.0304, 0.0005), PLAYED_S, 0.03)
    assert sharp.is_passed
    assert sharp.bias_s == pytest.approx(0.0004, abs=0.0004)
    assert sharp.spread_s == pytest.approx(0.0005, rel=0.5)
    blunt = self_test(heard_s(0.03, 0.003), PLAYED_S, 0.03)
    assert not blunt.is_passed
    assert blunt.n_heard == 12


def test_the_self_test_needs_enough_clicks() -> None:
    few = self_test(heard_s(0.03)[:8], PLAYED_S, 0.03)
    assert (few.n_heard, few.n_played) == (8, 12)
    assert not few.is_passed
    none = self_test(np.zeros(0), PLAYED_S, 0.03)
    assert math.isnan(none.bias_s)
    assert math.isnan(none.spread_s)
    assert not none.is_passed
    elsewhere = self_test(heard_s(0.09), PLAYED_S, 0.03)
    assert elsewhere.n_heard == 0
