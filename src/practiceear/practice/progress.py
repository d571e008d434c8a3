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
from practiceear.practice.assessment import AssessedDrill, Group, read_assessed, with_verdicts
from practiceear.practice.body import Body, recent_body
from practiceear.practice.day_to_day import FEWEST_FOR_LINE, DayLine
from practiceear.practice.heard_run import CV_KEY
from practiceear.practice.load import WeekLoad, week_load
from practiceear.practice.trend import (
    FEWEST_DAYS,
    Change,
    DayPoint,
    Kept,
    Trend,
    day_line,
    day_points,
    kept_overnight,
    trend,
)

EVENNESS_KEYS = ("medial_sd_ioi_s", "sd_ioi_s")
"""Of a drill with runs enough the first is shown, else the second."""

LATEST_WEEKS = 26
_GRAVITY = (Change.WORSE, Change.BETTER, Change.WITHIN_CHANCE, Change.TOO_FEW)


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
    """What a drill costs in evenness at each tempo.

    Attributes
    ----------
    tempos
        Slowest first: bpm, median unevenness in percent of the mean interval, takes.
    """

    instrument: str
    drill: str
    tempos: tuple[tuple[float, float, int], ...]


@dataclass(frozen=True, slots=True)
class Retention:
    """How much of a day's evenness the first take of the next day still had."""

    instrument: str
    drill: str
    kept: Kept


@dataclass(frozen=True, slots=True)
class Progress:
    """What the journal holds of weeks of practice.

    Attributes
    ----------
    asked_for
        Name of the only drill that was asked for; None: all.
    body
        Pain, effort and stops: it comes before all else.
    drills
        Those that became less even first, then those that became more even, then the others;
        among them the most practised first.
    assessed
        Baseline and reassessments.
    weeks
        Load of each week that ends with the weekday of ``today``, the newest last.
    days
        Load, effort, pain and stops day by day.
    """

    today: date
    asked_for: str | None
    body: Body
    drills: tuple[DrillAtTempo, ...]
    assessed: tuple[AssessedDrill, ...]
    costs: tuple[TempoCost, ...]
    retained: tuple[Retention, ...]
    weeks: tuple[WeekLoad, ...]
    days: tuple[DayLoad, ...]

    @property
    def change(self) -> Change:
        """What may be said of all drills together: never better than the worst of them.

        What the body allows is not in it: see ``body.is_well``.
        """
        changes = [one.trend.change for one in self.drills]
        changes += [one.verdicts[-1].change for one in self.assessed if one.verdicts]
        if Change.WORSE in changes:
            return Change.WORSE
        if Change.BETTER in changes:
            is_doubtful = any(one.trend.may_be_worse for one in self.drills)
            return Change.WITHIN_CHANCE if is_doubtful else Change.BETTER
        return Change.WITHIN_CHANCE if Change.WITHIN_CHANCE in changes else Change.TOO_FEW


def read_progress(journal: Journal, today: date, *, drill: str | None = None) -> Progress:
    """Read what the journal holds, of all drills or of one.

    Pain, effort, stops and load are of all that was played, whichever drill is asked for.

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
    takes = {key: measured_takes(journal, key, wanted) for key in (*EVENNESS_KEYS, CV_KEY)}
    drills = _drills(takes)
    return Progress(
        today=today,
        asked_for=drill,
        body=recent_body(days, today),
        drills=drills,
        assessed=with_verdicts(
            read_assessed(journal, EVENNESS_KEYS, drill=drill), _day_lines(drills)
        ),
        costs=_costs(takes[CV_KEY]),
        retained=_retained(takes[EVENNESS_KEYS[-1]]),
        weeks=_weeks(days, today),
        days=tuple(days),
    )


def _drills(takes: dict[str, list[MeasuredTake]]) -> tuple[DrillAtTempo, ...]:
    found = _days_of_drills(takes)
    n_shown = sum(len(points) >= FEWEST_DAYS for _, _, points in found)
    drills = [
        DrillAtTempo(*group, key, points, trend(points, max(1, n_shown)))
        for group, key, points in found
    ]

    def order(one: DrillAtTempo) -> tuple[int, int, str, float]:
        return _GRAVITY.index(one.trend.change), -len(one.points), one.drill, one.bpm or 0.0

    return tuple(sorted(drills, key=order))


def _days_of_drills(
    takes: dict[str, list[MeasuredTake]],
) -> list[tuple[Group, str, tuple[DayPoint, ...]]]:
    """Each drill at each tempo with the measure that most of its takes have, day by day."""
    by_key: dict[str, dict[Group, list[MeasuredTake]]] = {}
    for key in EVENNESS_KEYS:
        groups: dict[Group, list[MeasuredTake]] = defaultdict(list)
        for one in takes[key]:
            if one.drill is not None:
                groups[one.instrument, one.drill, one.bpm].append(one)
        by_key[key] = groups
    found = []
    first, second = EVENNESS_KEYS
    for group in {**by_key[second], **by_key[first]}:
        medial, plain = by_key[first].get(group, []), by_key[second].get(group, [])
        key, chosen = (first, medial) if len(medial) >= len(plain) / 2 > 0 else (second, plain)
        points = day_points(chosen or medial)
        if points:
            found.append((group, key, points))
    return found


def _day_lines(drills: Sequence[DrillAtTempo]) -> dict[tuple[str, str], list[DayLine]]:
    """Lines through the days of each drill at each tempo: they tell how much days differ."""
    lines: dict[tuple[str, str], list[DayLine]] = defaultdict(list)
    for one in drills:
        if len(one.points) >= FEWEST_FOR_LINE:
            lines[one.instrument, one.drill].append(day_line(one.points))
    return lines


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
    groups: dict[Group, list[MeasuredTake]] = defaultdict(list)
    for one in sorted(takes, key=lambda one: one.utc_s):
        if one.drill is not None:
            groups[one.instrument, one.drill, one.bpm].append(one)
    pairs: dict[tuple[str, str], list[tuple[MeasuredTake, MeasuredTake]]] = defaultdict(list)
    for (instrument, drill, _), members in groups.items():
        by_day: dict[date, list[MeasuredTake]] = defaultdict(list)
        for one in members:
            by_day[date.fromisoformat(one.day)].append(one)
        for day, played in by_day.items():
            following = by_day.get(day + timedelta(days=1))
            if following:
                pairs[instrument, drill].append((played[-1], following[0]))
    found = ((group, kept_overnight(pairs[group], len(pairs))) for group in sorted(pairs))
    return tuple(Retention(*group, kept) for group, kept in found if kept.n)


def _weeks(days: Sequence[DayLoad], today: date) -> tuple[WeekLoad, ...]:
    if not days:
        return ()
    first = date.fromisoformat(days[0].day)
    n_weeks = min(LATEST_WEEKS, max(1, -(-((today - first).days + 1) // 7)))
    ends = [today - timedelta(weeks=back) for back in reversed(range(n_weeks))]
    return tuple(week_load(days, end) for end in ends)
