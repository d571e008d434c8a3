"""Load, feedback, assessments and trends over weeks."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest

from practiceear.journal.reading import DayLoad, MeasuredTake
from practiceear.journal.records import MeasureRow
from practiceear.practice.body import week_load
from practiceear.practice.session_drills import FeedbackStage, feedback_for
from practiceear.practice.session_limits import due_assessment, next_assessment
from practiceear.practice.trend import (
    CORRELATIONS,
    Change,
    DayPoint,
    day_line,
    day_points,
    day_variance,
    fit_line,
    overnight_retention,
    trend,
    weights,
)

FIRST = date(2026, 3, 1)


def loads(minutes: list[float]) -> list[DayLoad]:
    return [
        DayLoad((FIRST + timedelta(days=at)).isoformat(), 1, 10, 60 * one, 0.0, None, None)
        for at, one in enumerate(minutes)
    ]


def test_a_steady_week_did_not_grow() -> None:
    found = week_load(loads([20.0] * 28), FIRST + timedelta(days=27))
    assert found.growth == pytest.approx(0.0)
    assert not found.grew_too_fast


def test_a_week_that_doubled_is_warned_of() -> None:
    found = week_load(loads([20.0] * 21 + [40.0] * 7), FIRST + timedelta(days=27))
    assert found.growth == pytest.approx(1.0)
    assert found.grew_too_fast


def test_the_first_week_and_very_little_have_no_growth() -> None:
    assert week_load(loads([20.0] * 7), FIRST + timedelta(days=6)).growth is None
    assert week_load(loads([1.0] * 21), FIRST + timedelta(days=20)).growth is None
    assert week_load([], FIRST).sounding_s == 0.0


def test_feedback_fades_and_silent_bars_grow() -> None:
    stages = [feedback_for(one) for one in range(12)]
    order = list(FeedbackStage)
    assert [order.index(one.stage) for one in stages] == sorted(
        order.index(one.stage) for one in stages
    )
    assert [one.gap_off_bars for one in stages] == sorted(one.gap_off_bars for one in stages)
    shown = [
        sum(one.is_shown_after(run) for run in range(1, 13))
        for one in (stages[0], stages[3], stages[-1])
    ]
    assert shown == [12, 4, 0]


def test_assessments_fall_due_in_their_weeks() -> None:
    weeks = (4, 8, 12)

    def due(day: int, *done: int) -> int | None:
        days = [FIRST + timedelta(days=one) for one in done]
        found = due_assessment(weeks, FIRST, days, FIRST + timedelta(days=day))
        return None if found is None else found.week

    assert due_assessment(weeks, None, [], FIRST) is not None
    assert due(27) is None
    assert due(28) == 4
    assert due(30, 29) is None
    assert due(56, 29) == 8
    assert due(90) == 12
    assert due(90, 85) is None
    following = next_assessment(weeks, FIRST, FIRST + timedelta(days=28))
    assert following is not None
    assert following.week == 8
    assert next_assessment(weeks, FIRST, FIRST + timedelta(days=100)) is None


def points(values: np.ndarray) -> list[DayPoint]:
    return [
        DayPoint(FIRST + timedelta(days=2 * at), float(one), 0.0, 0.0, 1)
        for at, one in enumerate(values)
    ]


def test_three_points_draw_no_line() -> None:
    found = trend(points(np.array([0.02, 0.015, 0.01])))
    assert found.change is Change.TOO_FEW
    assert math.isnan(found.percent_a_week)


@pytest.mark.parametrize("n_days", [4, 8, 20, 60])
@pytest.mark.parametrize("lag_one", [0.0, 0.3])
def test_an_unchanged_player_is_rarely_called_better(n_days: int, lag_one: float) -> None:
    chance = np.random.default_rng(n_days)
    n_better = 0
    for _ in range(400):
        drift = [float(chance.standard_normal())]
        for _ in range(n_days - 1):
            step = math.sqrt(1.0 - lag_one**2) * float(chance.standard_normal())
            drift.append(lag_one * drift[-1] + step)
        values = 0.012 * np.exp(0.2 * np.array(drift))
        n_better += trend(points(values)).change is Change.BETTER
    assert n_better / 400 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 400)


def test_a_player_who_improves_is_called_better_in_time() -> None:
    chance = np.random.default_rng(2)
    values = 0.02 * np.exp(-0.02 * np.arange(40) + 0.15 * chance.standard_normal(40))
    found = trend(points(values))
    assert found.change is Change.BETTER
    assert found.low < 100 * math.expm1(-0.02 * 3.5) < found.high


def measured(day: str, value: float, low: float, high: float) -> MeasuredTake:
    measure = MeasureRow("sd_ioi_s", "s", 60, value, low, high, 0.006)
    return MeasuredTake(1, 1, day, 0.0, "violin", "scale", 60.0, measure)


def test_takes_of_one_day_are_one_point() -> None:
    takes = [measured("2026-03-01", 0.01, 0.008, 0.0125)] * 4
    takes += [measured("2026-03-02", 0.02, 0.016, 0.025)]
    first, second = day_points(takes)
    assert first.value == pytest.approx(0.01)
    assert first.n_takes == 4
    assert math.log(first.high / first.low) == pytest.approx(math.log(0.0125 / 0.008) / 2)
    assert math.log(second.high / second.low) == pytest.approx(math.log(0.025 / 0.016))


def test_what_is_kept_overnight_is_the_next_days_first_take_against_the_last() -> None:
    pair = measured("a", 0.01, 0.0, 0.0), measured("b", 0.0125, 0.0, 0.0)
    found = overnight_retention([pair] * 3)
    assert found.ratio == pytest.approx(0.8)
    assert found.n == 3
    assert math.isnan(found.low)  # three pairs tell nothing of the nights to come
    chance = np.random.default_rng(4)
    many = [
        (measured("a", 0.01 * math.exp(0.2 * one), 0.0, 0.0), pair[1])
        for one in chance.standard_normal(40)
    ]
    wide, narrow = overnight_retention(many, 12), overnight_retention(many)
    assert wide.low < narrow.low < 0.8 < narrow.high < wide.high


def unchanged_days(
    chance: np.random.Generator, n_days: int, hanging_together: float, sd: float = 0.12
) -> list[DayPoint]:
    """Days of a player who does not change, each hanging together with the one before."""
    values = [float(chance.standard_normal())]
    for new in chance.standard_normal(n_days - 1):
        step = math.sqrt(1.0 - hanging_together**2) * float(new)
        values.append(hanging_together * values[-1] + step)
    return points(0.016 * np.exp(sd * np.array(values)))


@pytest.mark.parametrize(
    ("n_drills", "n_days", "hanging_together"), [(4, 28, 0.3), (12, 12, 0.0), (12, 28, 0.5)]
)
def test_pages_of_unchanged_players_hold_no_better_drill(
    n_drills: int, n_days: int, hanging_together: float
) -> None:
    chance = np.random.default_rng(n_drills)
    n_pages = 600 // n_drills
    n_better = 0
    for _ in range(n_pages):
        found = [
            trend(unchanged_days(chance, n_days, hanging_together), n_drills).change
            for _ in range(n_drills)
        ]
        n_better += Change.BETTER in found
    assert n_better / n_pages <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / n_pages)


def test_a_trend_that_is_shown_with_others_needs_more_to_be_called_one() -> None:
    days = unchanged_days(np.random.default_rng(5), 20, 0.0)
    alone, among = trend(days), trend(days, 12)
    assert among.low < alone.low < alone.percent_a_week < alone.high < among.high


def test_a_line_through_independent_days_is_the_straight_line() -> None:
    chance = np.random.default_rng(6)
    week, value = np.sort(chance.uniform(0.0, 8.0, 30)), chance.standard_normal(30)
    found = fit_line(week, value)
    slope, offset = np.polyfit(week, value, 1)
    left_over = value - (slope * week + offset)
    assert found.slope[0] == pytest.approx(slope)
    assert found.power[0] == pytest.approx(float(np.sum(left_over**2)))
    error = 1.0 / math.sqrt(float(np.sum((week - week.mean()) ** 2)))
    assert found.slope_error[0] == pytest.approx(error)
    for at, correlation in enumerate(CORRELATIONS):  # generalised least squares, written out
        lag = np.abs(np.subtract.outer(np.arange(30), np.arange(30)))
        inverse = np.linalg.inv(np.where(lag == 0, 1.0, correlation**lag))
        design = np.column_stack([np.ones(30), week])
        normal = design.T @ inverse @ design
        line = np.linalg.solve(normal, design.T @ inverse @ value)
        rest = value - design @ line
        assert found.slope[at] == pytest.approx(line[1])
        assert found.slope_error[at] == pytest.approx(math.sqrt(np.linalg.inv(normal)[1, 1]))
        assert found.power[at] == pytest.approx(float(rest @ inverse @ rest))


def test_days_that_hang_together_are_weighted_as_such() -> None:
    chance = np.random.default_rng(7)
    lines = {
        known: [day_line(unchanged_days(chance, 40, known)) for _ in range(8)]
        for known in (0.0, 0.8)
    }
    usual = {known: float(weights(some) @ CORRELATIONS) for known, some in lines.items()}
    assert usual[0.0] < 0.2
    assert usual[0.8] == pytest.approx(0.8, abs=0.12)
    for some in lines.values():
        assert math.sqrt(day_variance(some)) == pytest.approx(0.12, rel=0.35)


def test_two_days_make_no_line_and_no_variance() -> None:
    with pytest.raises(ValueError, match="2 days"):
        fit_line(np.arange(2.0), np.arange(2.0))
    assert math.isnan(day_variance([]))
