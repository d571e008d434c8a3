"""A reassessment is judged by how much days differ, not by how well one day is known."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest

from practiceear.practice.assessment import (
    GUESS_DAYS,
    USUAL_VARIATION,
    Variation,
    as_any_day,
    compare_stages,
    usual_variation,
)
from practiceear.practice.trend import Change, DayPoint, day_line
from practiceear.reports.progress_lines import changed_words, verdict_words

FIRST = date(2026, 3, 1)
TAKE_SD = 0.13
KNOWN = Variation(0.1, 40, is_guess=False)


def point(at: int, log_value: float, n_takes: int = 10) -> DayPoint:
    value, error = 0.016 * math.exp(log_value), TAKE_SD / math.sqrt(n_takes)
    ends = (value * math.exp(-1.96 * error), value * math.exp(1.96 * error))
    return DayPoint(FIRST + timedelta(days=at), value, *ends, n_takes)


def player_days(
    chance: np.random.Generator, n_days: int, sd: float, hanging_together: float
) -> list[float]:
    """What each day of an unchanged player adds to the logarithm of the unevenness."""
    values = [float(chance.standard_normal())]
    for new in chance.standard_normal(n_days - 1):
        step = math.sqrt(1.0 - hanging_together**2) * float(new)
        values.append(hanging_together * values[-1] + step)
    return [sd * one for one in values]


@pytest.mark.parametrize(
    ("sd", "n_own", "n_again", "hanging_together"),
    [(0.1, 20, 1, 0.3), (0.15, 20, 2, 0.5), (0.2, 20, 3, 0.0), (0.2, 0, 1, 0.0), (0.2, 6, 3, 0.5)],
)
def test_an_unchanged_player_is_rarely_said_to_have_changed(
    sd: float, n_own: int, n_again: int, hanging_together: float
) -> None:
    chance = np.random.default_rng(n_own + n_again)
    n_players, n_false = 300, 0
    for _ in range(n_players):
        days = player_days(chance, 28 * n_again + 1, sd, hanging_together)
        takes = TAKE_SD / math.sqrt(10) * chance.standard_normal(n_again + 1)
        stages = [[point(28 * at, days[28 * at] + float(takes[at]))] for at in range(n_again + 1)]
        at_days = np.sort(chance.choice(len(days), n_own, replace=False))
        practised = [
            point(at, days[at] + TAKE_SD / 2.0 * float(chance.standard_normal()), 4)
            for at in at_days.tolist()
        ]
        lines = [day_line(practised)] if practised else []
        verdicts = compare_stages(stages, usual_variation(lines), n_again)
        n_false += any(one.change is not Change.WITHIN_CHANCE for one in verdicts)
    assert n_false / n_players <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / n_players)


def test_the_same_difference_is_called_one_only_where_days_differ_little() -> None:
    stages = [[point(0, 0.0)], [point(28, -0.5)]]
    for sd, change in ((0.1, Change.BETTER), (0.3, Change.WITHIN_CHANCE)):
        (verdict,) = compare_stages(stages, Variation(sd, 40, is_guess=False), 1)
        assert verdict.change is change
        assert verdict.percent == pytest.approx(100.0 * math.expm1(-0.5))
        assert verdict.low < verdict.percent < verdict.high
    (worse,) = compare_stages(stages[::-1], KNOWN, 1)
    assert worse.change is Change.WORSE


def test_more_days_and_fewer_comparisons_tell_more() -> None:
    def width(n_days: int, n_shown: int) -> float:
        stages = [[point(start + at, 0.0) for at in range(n_days)] for start in (0, 28)]
        (verdict,) = compare_stages(stages, KNOWN, n_shown)
        return verdict.high - verdict.low

    assert width(3, 1) < width(1, 1) < width(1, 3)


def test_so_many_days_as_are_advised_see_a_fifth_in_four_cases_of_five() -> None:
    chance = np.random.default_rng(8)
    (verdict,) = compare_stages([[point(0, 0.0)], [point(28, 0.0)]], KNOWN, 1)
    needed = verdict.n_days_to_see
    assert needed is not None
    assert "days differ by about 11 % anyway" in verdict_words(verdict)
    seen = 0
    sd = math.hypot(KNOWN.sd, TAKE_SD / math.sqrt(10))
    for _ in range(300):
        stages = [
            [point(start + at, mean + sd * float(chance.standard_normal())) for at in range(needed)]
            for start, mean in ((0, 0.0), (28, math.log(0.8)))
        ]
        (found,) = compare_stages(stages, KNOWN, 1)
        seen += found.change is Change.BETTER
    assert 0.75 <= seen / 300 <= 0.95
    (hopeless,) = compare_stages(
        [[point(0, 0.0)], [point(28, 0.0)]], Variation(0.5, 40, is_guess=False), 1
    )
    assert hopeless.n_days_to_see is None


@pytest.mark.parametrize("sd", [0.1, 0.2])
def test_intervals_of_days_that_differ_overlap(sd: float) -> None:
    chance = np.random.default_rng(10)
    variation = Variation(sd, 40, is_guess=False)
    n_apart = 0
    for _ in range(300):
        before, after = (
            as_any_day(point(at, float(value)), variation)
            for at, value in zip((0, 28), sd * chance.standard_normal(2), strict=True)
        )
        n_apart += before.high < after.low or after.high < before.low
    assert n_apart / 300 <= 0.05


def test_the_guess_gives_way_to_the_days_that_were_played() -> None:
    chance = np.random.default_rng(9)
    guess = usual_variation([])
    assert (guess.sd, guess.n_free, guess.is_guess) == (USUAL_VARIATION, GUESS_DAYS, True)
    values = 0.05 * chance.standard_normal(60)
    some, many = (
        usual_variation([day_line([point(at, float(values[at]), 30) for at in range(n)])])
        for n in (6, 60)
    )
    assert many.sd < some.sd < guess.sd
    assert many.sd == pytest.approx(0.05, rel=0.6)
    assert not many.is_guess
    assert "a cautious guess" in verdict_words(
        compare_stages([[point(0, 0.0)], [point(28, 0.0)]], guess, 1)[0]
    )


@pytest.mark.parametrize(
    ("percent", "low", "high", "words"),
    [
        (-5.1, -6.3, -3.9, "5 % less uneven each week (4 to 6 %)"),
        (12.2, 9.8, 14.4, "12 % more uneven each week (10 to 14 %)"),
        (-7.1, -11.7, -2.0, "7 % less uneven each week (2 to 12 %)"),
        (-1.2, -2.2, -0.12, "1.2 % less uneven each week (0.12 to 2.2 %)"),
    ],
)
def test_a_change_is_said_without_signs(
    percent: float, low: float, high: float, words: str
) -> None:
    assert changed_words(percent, low, high, " each week") == words
