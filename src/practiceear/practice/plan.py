"""A therapist's or teacher's plan: ceilings, limits, drills and when to assess, in one TOML file.

What the file does not set is not limited, except pain and effort, which always are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct, field

from practiceear.data_files import TomlFile
from practiceear.moments import check_year
from practiceear.practice.drill import Drill, find_drill
from practiceear.practice.ladder import LadderKind
from practiceear.practice.rest import (
    LEVEL_DAYS,
    LEVEL_MINUTES,
    RestRules,
    ReturnLevel,
    rules_at_level,
)
from practiceear.rhythm.grid import HIGHEST_BPM, LOWEST_BPM

DAY_MINUTES = 24 * 60
ASSESSMENT_WEEKS = (4, 8, 12)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """Upper limits of a plan; None means no limit."""

    bpm: float | None = None  # of anything
    sessions_a_day: int | None = None  # that may begin
    rest_between_s: float | None = None  # from the end of a session to the next


@dataclass(frozen=True, slots=True)
class PlannedDrill:
    """A drill of a plan."""

    drill: Drill
    bpm: float  # start of its ladder
    target_bpm: float  # its end
    ladder: LadderKind
    n_runs: int  # of a session
    turn_s: float  # with interleaving: until the next drill has its turn


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is repeated exactly at the beginning and after some weeks."""

    drill: Drill
    bpm: float
    n_runs: int
    weeks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PracticePlan:
    """A plan as it was read."""

    name: str
    author: str
    instrument: str  # name of the profile
    first_day: date | None  # None: not limited
    last_day: date | None
    ceiling: Ceiling
    rules: RestRules
    level: ReturnLevel | None
    drills: tuple[PlannedDrill, ...]
    assessment: Assessment | None
    is_interleaved: bool
    silent_rehearsal: bool  # rests contain a count-in for imagined playing
    ends_in_performance: bool  # the last run of a session is as in a concert
    sha256: str  # of its file, saved with every session that followed it

    def set_day(self, today: date) -> date | None:
        """The last day up to today on which its author let it begin or set its level."""
        days = (self.first_day, self.level.first_day if self.level is not None else None)
        return max((day for day in days if day is not None and day <= today), default=None)

    def at_level(self, level: ReturnLevel) -> PracticePlan:
        """The plan at another level of the return."""
        return replace(self, level=level, rules=rules_at_level(self.rules, level))

    def level_is_over(self, today: date) -> bool:
        """Whether the days of its level have passed: the next one is the therapist's to set."""
        return self.level is not None and (today - self.level.first_day).days >= self.level.n_days


_USUAL = RestRules()
_Text = Annotated[str, Meta(pattern=r"\S", description="a text in quotes")]
_Bpm = Annotated[float, Meta(ge=LOWEST_BPM, le=HIGHEST_BPM)]
_DayMinutes = Annotated[float, Meta(ge=0.5, le=DAY_MINUTES)]
_LevelMinutes = Annotated[float, Meta(ge=0.5, le=240)]
_Week = Annotated[int, Meta(ge=1, le=520)]


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a plan's file; its dates are valid ones."""

    def __post_init__(self) -> None:
        for key in self.__struct_fields__:
            value = getattr(self, key)
            if isinstance(value, date):
                try:
                    check_year(value)
                except ValueError as error:
                    raise ValueError(f"{key} cannot be: {error}") from error


class _CeilingTable(_Table, frozen=True):
    bpm: _Bpm | None = None
    sessions_a_day: Annotated[int, Meta(ge=1, le=24)] | None = None
    rest_minutes_between: Annotated[float, Meta(ge=0, le=DAY_MINUTES)] | None = None
    sounding_minutes: _DayMinutes | None = None
    loud_minutes: _DayMinutes | None = None
    session_minutes: _DayMinutes | None = None


class _RestTable(_Table, frozen=True):
    short_after_minutes: Annotated[float, Meta(ge=1, le=120)] = _USUAL.short_after_s / 60
    short_minutes: Annotated[float, Meta(ge=0.5, le=120)] = _USUAL.short_rest_s / 60
    long_after_minutes: Annotated[float, Meta(ge=1, le=240)] = _USUAL.long_after_s / 60
    long_minutes: Annotated[float, Meta(ge=0.5, le=240)] = _USUAL.long_rest_s / 60
    breath_seconds: Annotated[float, Meta(ge=0, le=120)] = _USUAL.breath_s


class _LimitsTable(_Table, frozen=True):
    effort: Annotated[float, Meta(ge=1, le=10)] = _USUAL.effort_limit
    pain: Annotated[float, Meta(ge=0.5, le=10)] = _USUAL.pain_limit
    pain_rise: Annotated[float, Meta(ge=0.5, le=10)] = _USUAL.pain_rise_limit


class _LevelTable(_Table, frozen=True):
    number: Annotated[int, Meta(ge=1, le=20)] | None = None
    since: date | None = None
    days: Annotated[int, Meta(ge=1, le=60)] = LEVEL_DAYS
    play_minutes: _LevelMinutes | None = None
    rest_minutes: _LevelMinutes | None = None


class _DrillTable(_Table, frozen=True):
    name: _Text
    bpm: _Bpm | None = None
    target_bpm: _Bpm | None = None
    ladder: LadderKind = LadderKind.STEADY
    runs: Annotated[int, Meta(ge=1, le=100)] | None = None
    turn_minutes: Annotated[float, Meta(ge=0.5, le=60)] = 3.0


class _AssessmentTable(_Table, frozen=True):
    drill: _Text | None = None
    bpm: _Bpm | None = None
    runs: Annotated[int, Meta(ge=5, le=30)] = 10
    weeks: tuple[_Week, ...] = ASSESSMENT_WEEKS


class _PlanTable(_Table, frozen=True):
    name: _Text
    author: _Text
    instrument: _Text
    starts: date | None = None
    ends: date | None = None
    interleave: bool | None = None
    silent_rehearsal: bool = False
    performance: bool = False
    ceiling: _CeilingTable = field(default_factory=_CeilingTable)
    rest: _RestTable = field(default_factory=_RestTable)
    limits: _LimitsTable = field(default_factory=_LimitsTable)
    level: _LevelTable = field(default_factory=_LevelTable)
    drill: tuple[_DrillTable, ...] = ()
    assessment: _AssessmentTable = field(default_factory=_AssessmentTable)


def read_plan(path: Path, drills: Sequence[Drill]) -> PracticePlan:
    """Read a plan.

    ``drills``: those that it may name, from ``load_drills``.

    UsageError where it cannot be read, or a key is missing, unknown or makes no sense; the nearest
    key is offered.
    """
    file = TomlFile.read(path)
    table = file.convert(_PlanTable)
    if not table.drill:
        raise file.wrong((), "drill", "is missing", "Add at least one [[drill]]")
    if table.starts is not None and table.ends is not None and table.ends < table.starts:
        raise file.wrong((), "ends", "is before the plan starts")
    planned = tuple(_planned(file, table, number, drills) for number in range(len(table.drill)))
    level, rules = _level(file, table.level), _rest_rules(table)
    return PracticePlan(
        name=table.name,
        author=table.author,
        instrument=table.instrument,
        first_day=table.starts,
        last_day=table.ends,
        ceiling=Ceiling(
            table.ceiling.bpm,
            table.ceiling.sessions_a_day,
            _seconds(table.ceiling.rest_minutes_between),
        ),
        rules=rules if level is None else rules_at_level(rules, level),
        level=level,
        drills=planned,
        assessment=_assessment(file, table, drills),
        is_interleaved=len(planned) > 1 if table.interleave is None else table.interleave,
        silent_rehearsal=table.silent_rehearsal,
        ends_in_performance=table.performance,
        sha256=file.sha256,
    )


def _rest_rules(table: _PlanTable) -> RestRules:
    ceiling, rest, limits = table.ceiling, table.rest, table.limits
    return RestRules(
        short_after_s=60 * rest.short_after_minutes,
        short_rest_s=60 * rest.short_minutes,
        long_after_s=60 * rest.long_after_minutes,
        long_rest_s=60 * rest.long_minutes,
        breath_s=rest.breath_seconds,
        effort_limit=limits.effort,
        pain_limit=limits.pain,
        pain_rise_limit=limits.pain_rise,
        sounding_limit_s=_seconds(ceiling.sounding_minutes),
        loud_limit_s=_seconds(ceiling.loud_minutes),
        session_limit_s=_seconds(ceiling.session_minutes),
    )


def _seconds(minutes: float | None) -> float | None:
    return None if minutes is None else 60.0 * minutes


def _planned(
    file: TomlFile, plan: _PlanTable, number: int, drills: Sequence[Drill]
) -> PlannedDrill:
    table, place = plan.drill[number], ("drill", number)
    drill = find_drill(drills, table.name)
    if not drill.suits(plan.instrument):
        reason = f"is {drill.name}, which is not written for {plan.instrument}"
        raise file.wrong(place, "name", reason)
    fastest = HIGHEST_BPM if plan.ceiling.bpm is None else plan.ceiling.bpm
    bpm = min(drill.bpm, fastest) if table.bpm is None else table.bpm
    target_bpm = bpm if table.target_bpm is None else table.target_bpm
    for key, value, low in (("bpm", bpm, LOWEST_BPM), ("target_bpm", target_bpm, bpm)):
        if not low <= value <= fastest:
            reason = f"must be a number from {low:g} to {fastest:g}, not {value:g}"
            raise file.wrong(place, key, reason)
    n_runs = drill.n_runs if table.runs is None else table.runs
    return PlannedDrill(drill, bpm, target_bpm, table.ladder, n_runs, 60 * table.turn_minutes)


def _level(file: TomlFile, table: _LevelTable) -> ReturnLevel | None:
    if table.number is None and table.since is None:
        return None
    if table.number is None or table.since is None:
        raise file.wrong((), "level", "needs both number and since")
    usual = LEVEL_MINUTES.get(table.number, (None, None))
    play_minutes, rest_minutes = table.play_minutes or usual[0], table.rest_minutes or usual[1]
    for key, minutes in (("play_minutes", play_minutes), ("rest_minutes", rest_minutes)):
        if minutes is None:
            raise file.wrong(("level",), key, "is missing", "Add it")
    play_s, rest_s = _seconds(play_minutes) or 0.0, _seconds(rest_minutes) or 0.0
    return ReturnLevel(table.number, table.since, table.days, play_s, rest_s)


def _assessment(file: TomlFile, plan: _PlanTable, drills: Sequence[Drill]) -> Assessment | None:
    table, ceiling_bpm = plan.assessment, plan.ceiling.bpm
    if table.drill is None:
        return None
    drill = find_drill(drills, table.drill)
    bpm = drill.bpm if table.bpm is None else table.bpm
    if ceiling_bpm is not None and bpm > ceiling_bpm:
        reason = f"must be at most {ceiling_bpm:g}: faster is above the ceiling"
        raise file.wrong(("assessment",), "bpm", reason)
    return Assessment(drill, bpm, table.runs, tuple(sorted(table.weeks)))
