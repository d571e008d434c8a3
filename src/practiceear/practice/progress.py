"""Progress over weeks: evenness by drill and tempo, retention, load, effort and pain.

Compared are takes of one instrument, one drill and one tempo. Free playing without a drill is
load, not progress.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
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
from practiceear.metrics.catalogue import MetricKey
from practiceear.practice.assessment import (
    AssessedDrill,
    DrillGroup,
    read_assessed,
    with_verdicts,
)
from practiceear.practice.body import Body, WeekLoad, recent_body, week_load
from practiceear.practice.trend import (
    FEWEST_DAYS,
    FEWEST_FOR_LINE,
    Change,
    DayLine,
    DayPoint,
    OvernightRetention,
    Trend,
    day_line,
    day_points,
    overnight_retention,
    trend,
)

EVENNESS_KEYS = (MetricKey.MEDIAL_SD_IOI, MetricKey.SD_IOI)
"""Of a drill with runs enough the first is shown, else the second."""

LATEST_WEEKS = 26
_GRAVITY = (Change.WORSE, Change.BETTER, Change.WITHIN_CHANCE, Change.TOO_FEW)


@dataclass(frozen=True, slots=True)
class DrillAtTempo:
    """One drill at one tempo on one instrument, day by day."""

    instrument: str
    drill: str
    bpm: float | None
    key: MetricKey  # the measure of evenness, in seconds
    points: tuple[DayPoint, ...]
    trend: Trend


@dataclass(frozen=True, slots=True)
class TempoCost:
    """Unevenness of a drill at each tempo, slowest first."""

    instrument: str
    drill: str
    tempos: tuple[tuple[float, float, int], ...]  # bpm, median percent, takes


@dataclass(frozen=True, slots=True)
class DrillRetention:
    """Overnight retention of a drill's evenness."""

    instrument: str
    drill: str
    overnight: OvernightRetention


@dataclass(frozen=True, slots=True)
class Progress:
    """Weeks of practice in the journal.

    Drills that became less even come first, then those that became more even, then the others;
    among them the most practised first. Weeks end with the weekday of today, the newest last.
    """

    today: date
    only_drill: str | None  # None: all
    body: Body  # pain, effort and stops come before all else
    drills: tuple[DrillAtTempo, ...]
    assessed: tuple[AssessedDrill, ...]
    costs: tuple[TempoCost, ...]
    retained: tuple[DrillRetention, ...]
    weeks: tuple[WeekLoad, ...]
    days: tuple[DayLoad, ...]

    @property
    def change(self) -> Change:
        """Verdict on all drills together: never better than the worst of them.

        It ignores the body: see ``body.is_well``.
        """
        changes = [drill.trend.change for drill in self.drills]
        changes += [drill.verdicts[-1].change for drill in self.assessed if drill.verdicts]
        if Change.WORSE in changes:
            return Change.WORSE
        if Change.BETTER in changes:
            is_doubtful = any(drill.trend.may_be_worse for drill in self.drills)
            return Change.WITHIN_CHANCE if is_doubtful else Change.BETTER
        return Change.WITHIN_CHANCE if Change.WITHIN_CHANCE in changes else Change.TOO_FEW


def read_progress(journal: Journal, today: date, *, drill: str | None = None) -> Progress:
    """Read the progress of all drills or of one.

    Pain, effort, stops and load are of all that was played, whichever drill is requested.

    ``today``: the player's calendar day. ``drill``: name of a drill; None takes all.
    """
    days = day_loads(journal)
    takes = {
        key: measured_takes(journal, key, TakeFilter(drill=drill))
        for key in (*EVENNESS_KEYS, MetricKey.CV_IOI)
    }
    drills = _drills(takes)
    assessed = read_assessed(journal, EVENNESS_KEYS, drill=drill)
    return Progress(
        today=today,
        only_drill=drill,
        body=recent_body(days, today),
        drills=drills,
        assessed=with_verdicts(assessed, _day_lines(drills)),
        costs=_costs(takes[MetricKey.CV_IOI]),
        retained=_retained(takes[EVENNESS_KEYS[-1]]),
        weeks=_weeks(days, today),
        days=tuple(days),
    )


def _by_group(takes: Iterable[MeasuredTake]) -> dict[DrillGroup, list[MeasuredTake]]:
    groups: dict[DrillGroup, list[MeasuredTake]] = defaultdict(list)
    for take in takes:
        if take.drill is not None:
            groups[take.instrument, take.drill, take.bpm].append(take)
    return groups


def _drills(takes: dict[MetricKey, list[MeasuredTake]]) -> tuple[DrillAtTempo, ...]:
    found = _days_of_drills(takes)
    n_shown = max(1, sum(len(points) >= FEWEST_DAYS for _, _, points in found))
    drills = [
        DrillAtTempo(*group, key, points, trend(points, n_shown)) for group, key, points in found
    ]

    def order(drill: DrillAtTempo) -> tuple[int, int, str, float]:
        gravity = _GRAVITY.index(drill.trend.change)
        return gravity, -len(drill.points), drill.drill, drill.bpm or 0.0

    return tuple(sorted(drills, key=order))


def _days_of_drills(
    takes: dict[MetricKey, list[MeasuredTake]],
) -> list[tuple[DrillGroup, MetricKey, tuple[DayPoint, ...]]]:
    """Each drill at each tempo with the measure that most of its takes have, day by day."""
    medial_key, plain_key = EVENNESS_KEYS
    medial, plain = _by_group(takes[medial_key]), _by_group(takes[plain_key])
    found = []
    for group in {**plain, **medial}:
        key, chosen = plain_key, plain.get(group, [])
        if group in medial and len(medial[group]) >= len(chosen) / 2 > 0:
            key, chosen = medial_key, medial[group]
        points = day_points(chosen or medial[group])
        if points:
            found.append((group, key, points))
    return found


def _day_lines(drills: Sequence[DrillAtTempo]) -> dict[tuple[str, str], list[DayLine]]:
    """Lines through the days of each drill at each tempo: they show how much days differ."""
    lines: dict[tuple[str, str], list[DayLine]] = defaultdict(list)
    for drill in drills:
        if len(drill.points) >= FEWEST_FOR_LINE:
            lines[drill.instrument, drill.drill].append(day_line(drill.points))
    return lines


def _costs(takes: Sequence[MeasuredTake]) -> tuple[TempoCost, ...]:
    tempos: dict[tuple[str, str], list[tuple[float, float, int]]] = defaultdict(list)
    for (instrument, drill, bpm), members in _by_group(takes).items():
        if bpm is not None:
            value = median(take.measure.value for take in members)
            tempos[instrument, drill].append((bpm, value, len(members)))
    return tuple(
        TempoCost(*group, tuple(sorted(costs)))
        for group, costs in sorted(tempos.items())
        if len(costs) > 1
    )


def _retained(takes: Sequence[MeasuredTake]) -> tuple[DrillRetention, ...]:
    pairs: dict[tuple[str, str], list[tuple[MeasuredTake, MeasuredTake]]] = defaultdict(list)
    in_order = sorted(takes, key=lambda take: take.utc_s)
    for (instrument, drill, _), members in _by_group(in_order).items():
        by_day: dict[date, list[MeasuredTake]] = defaultdict(list)
        for take in members:
            by_day[date.fromisoformat(take.day)].append(take)
        for day, played in by_day.items():
            following = by_day.get(day + timedelta(days=1))
            if following:
                pairs[instrument, drill].append((played[-1], following[0]))
    found = ((group, overnight_retention(pairs[group], len(pairs))) for group in sorted(pairs))
    return tuple(DrillRetention(*group, overnight) for group, overnight in found if overnight.n)


def _weeks(days: Sequence[DayLoad], today: date) -> tuple[WeekLoad, ...]:
    if not days:
        return ()
    first = date.fromisoformat(days[0].day)
    n_weeks = min(LATEST_WEEKS, max(1, -(-((today - first).days + 1) // 7)))
    ends = [today - timedelta(weeks=back) for back in reversed(range(n_weeks))]
    return tuple(week_load(days, end) for end in ends)
