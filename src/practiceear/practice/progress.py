"""Progress over weeks: evenness by drill and tempo, retention, load, effort and pain.

Only like is held beside like: one instrument, one drill, one tempo. Free playing without a
drill is load, not progress.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from practiceear.journal.connection import Journal
from practiceear.journal.reading import (
    DayLoad,
    MeasuredTake,
    TakeFilter,
    day_loads,
    measured_takes,
)
from practiceear.practice.assessed import AssessedDrill, read_assessed
from practiceear.practice.load import WeekLoad, week_load
from practiceear.practice.trend import DayPoint, Trend, day_points, retention, trend

EVENNESS_KEYS = ("medial_sd_ioi_s", "sd_ioi_s")
"""Of a drill with runs enough the first is told, else the second."""

CV_KEY = "cv_ioi"
LATEST_WEEKS = 26


@dataclass(frozen=True, slots=True)
class DrillAtTempo:
    """One drill at one tempo on one instrument.

    Attributes
    ----------
    key
        Which measure of evenness ``points`` hold, in seconds.
    points
        Day by day.
    """

    instrument: str
    drill: str
    bpm: float | None
    key: str
    points: tuple[DayPoint, ...]
    trend: Trend


@dataclass(frozen=True, slots=True)
class TempoCost:
    """What a drill costs in evenness at each tempo: (bpm, median CV, takes), slowest first."""

    instrument: str
    drill: str
    tempos: tuple[tuple[float, float, int], ...]


@dataclass(frozen=True, slots=True)
class Retention:
    """How much of a day's evenness the first take of the next day still had; median of n."""

    instrument: str
    drill: str
    ratio: float
    n: int


@dataclass(frozen=True, slots=True)
class Progress:
    """What the journal tells over weeks.

    Attributes
    ----------
    drills
        Most practised first.
    assessed
        Baseline and reassessments.
    weeks
        Load of each week that ends with the weekday of ``today``, the newest last.
    days
        Load, effort and pain day by day.
    """

    today: date
    drills: tuple[DrillAtTempo, ...]
    assessed: tuple[AssessedDrill, ...]
    costs: tuple[TempoCost, ...]
    retained: tuple[Retention, ...]
    weeks: tuple[WeekLoad, ...]
    days: tuple[DayLoad, ...]


def read_progress(journal: Journal, today: date, *, drill: str | None = None) -> Progress:
    """Read what the journal tells, of all drills or of one.

    Parameters
    ----------
    journal
        Open.
    today
        The player's calendar day.
    drill
        Name of a drill; None takes all.
    """
    wanted = TakeFilter(drill=drill)
    days = day_loads(journal)
    told = {key: measured_takes(journal, key, wanted) for key in (*EVENNESS_KEYS, CV_KEY)}
    return Progress(
        today=today,
        drills=_drills(told),
        assessed=read_assessed(journal, EVENNESS_KEYS, drill=drill),
        costs=_costs(told[CV_KEY]),
        retained=_retained(told[EVENNESS_KEYS[-1]]),
        weeks=_weeks(days, today),
        days=tuple(days),
    )


def _drills(told: dict[str, list[MeasuredTake]]) -> tuple[DrillAtTempo, ...]:
    by_key: dict[str, dict[tuple[str, str, float | None], list[MeasuredTake]]] = {}
    for key in EVENNESS_KEYS:
        groups: dict[tuple[str, str, float | None], list[MeasuredTake]] = defaultdict(list)
        for one in told[key]:
            if one.drill is not None:
                groups[one.instrument, one.drill, one.bpm].append(one)
        by_key[key] = groups
    found = []
    first, second = EVENNESS_KEYS
    for group in {**by_key[second], **by_key[first]}:
        medial, plain = by_key[first].get(group, []), by_key[second].get(group, [])
        key, takes = (first, medial) if len(medial) >= len(plain) / 2 > 0 else (second, plain)
        points = day_points(takes or medial)
        if points:
            found.append(DrillAtTempo(*group, key, points, trend(points)))
    return tuple(sorted(found, key=lambda one: (-len(one.points), one.drill, one.bpm or 0.0)))


def _costs(takes: Sequence[MeasuredTake]) -> tuple[TempoCost, ...]:
    groups: dict[tuple[str, str], dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    for one in takes:
        if one.drill is not None and one.bpm is not None:
            groups[one.instrument, one.drill][one.bpm].append(one.measure.value)
    return tuple(
        TempoCost(
            *group,
            tuple((bpm, median(values), len(values)) for bpm, values in sorted(tempos.items())),
        )
        for group, tempos in sorted(groups.items())
        if len(tempos) > 1
    )


def _retained(takes: Sequence[MeasuredTake]) -> tuple[Retention, ...]:
    groups: dict[tuple[str, str, float | None], list[MeasuredTake]] = defaultdict(list)
    for one in takes:
        if one.drill is not None:
            groups[one.instrument, one.drill, one.bpm].append(one)
    ratios: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (instrument, drill, _), members in groups.items():
        by_day: dict[date, list[MeasuredTake]] = defaultdict(list)
        for one in members:
            by_day[date.fromisoformat(one.day)].append(one)
        for day, played in by_day.items():
            following = by_day.get(day + timedelta(days=1))
            if following:
                ratios[instrument, drill].append(retention(played[-1], following[0]))
    return tuple(
        Retention(*group, median(found), len(found)) for group, found in sorted(ratios.items())
    )


def _weeks(days: Sequence[DayLoad], today: date) -> tuple[WeekLoad, ...]:
    if not days:
        return ()
    first = date.fromisoformat(days[0].day)
    n_weeks = min(LATEST_WEEKS, max(1, -(-((today - first).days + 1) // 7)))
    ends = [today - timedelta(weeks=back) for back in reversed(range(n_weeks))]
    return tuple(week_load(days, end) for end in ends)
