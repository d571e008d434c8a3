"""A therapist's or teacher's plan: ceilings, limits, drills and when to assess, in one TOML file.

What the file does not say is not limited, but for pain and effort, which always are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from practiceear.practice.drill import Drill, find_drill
from practiceear.practice.ladder import LadderKind
from practiceear.practice.rest import RestRules
from practiceear.practice.return_level import (
    LEVEL_DAYS,
    LEVEL_MINUTES,
    ReturnLevel,
    rules_at_level,
)
from practiceear.practice.toml_table import TomlTable

DAY_MINUTES = 24 * 60
ASSESSMENT_WEEKS = (4, 8, 12)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What is never exceeded; None where nothing is said.

    Attributes
    ----------
    bpm
        Fastest tempo of anything.
    sessions_a_day
        How many sessions may begin on one day.
    rest_between_s
        Time from the end of one session to the beginning of the next.
    """

    bpm: float | None = None
    sessions_a_day: int | None = None
    rest_between_s: float | None = None


@dataclass(frozen=True, slots=True)
class PlannedDrill:
    """A drill of a plan.

    Attributes
    ----------
    bpm, target_bpm
        Where its ladder begins and leads.
    ladder
        How tempos follow each other.
    n_runs
        Runs a session.
    turn_s
        With interleaving: how long before the next drill has its turn.
    """

    drill: Drill
    bpm: float
    target_bpm: float
    ladder: LadderKind
    n_runs: int
    turn_s: float


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is repeated exactly at the beginning and after some weeks."""

    drill: Drill
    bpm: float
    n_runs: int
    weeks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PracticePlan:
    """A plan as it was read.

    Attributes
    ----------
    name, author
        As shown on every screen of it.
    instrument
        Name of the profile.
    first_day, last_day
        When it is valid; None where it does not say.
    is_interleaved
        Whether drills take turns.
    silent_rehearsal
        Whether rests hold a count-in for imagined playing.
    ends_in_performance
        Whether the last run of a session is one as in a concert.
    sha256
        Digest of its file, kept with every session that followed it.
    """

    name: str
    author: str
    instrument: str
    first_day: date | None
    last_day: date | None
    ceiling: Ceiling
    rules: RestRules
    level: ReturnLevel | None
    drills: tuple[PlannedDrill, ...]
    assessment: Assessment | None
    is_interleaved: bool
    silent_rehearsal: bool
    ends_in_performance: bool
    sha256: str

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


def read_plan(path: Path, drills: Sequence[Drill]) -> PracticePlan:
    """Read a plan.

    Parameters
    ----------
    path
        A TOML file.
    drills
        Those that it may name, from ``load_drills``.

    Raises
    ------
    UsageError
        Where it cannot be read, or a key is missing, unknown or makes no sense; the nearest
        key is offered.
    """
    table = TomlTable.read(path)
    ceiling, rules = _ceiling(table)
    instrument = table.text("instrument")
    planned = tuple(_planned(one, drills, instrument, ceiling.bpm) for one in table.tables("drill"))
    if not planned:
        raise table.wrong("drill", "is missing", "Add at least one [[drill]]")
    first_day, last_day = table.day("starts"), table.day("ends")
    if first_day is not None and last_day is not None and last_day < first_day:
        raise table.wrong("ends", "is before the plan starts")
    level = _level(table)
    plan = PracticePlan(
        name=table.text("name"),
        author=table.text("author"),
        instrument=instrument,
        first_day=first_day,
        last_day=last_day,
        ceiling=ceiling,
        rules=rules if level is None else rules_at_level(rules, level),
        level=level,
        drills=planned,
        assessment=_assessment(table, drills, ceiling.bpm),
        is_interleaved=table.flag("interleave", len(planned) > 1),
        silent_rehearsal=table.flag("silent_rehearsal", False),
        ends_in_performance=table.flag("performance", False),
        sha256=table.sha256,
    )
    table.finish()
    return plan


def _ceiling(table: TomlTable) -> tuple[Ceiling, RestRules]:
    top, rest, limits = table.table("ceiling"), table.table("rest"), table.table("limits")
    ceiling = Ceiling(
        bpm=top.optional_number("bpm", 20, 400),
        sessions_a_day=top.optional_count("sessions_a_day", 1, 24),
        rest_between_s=_seconds(top.optional_number("rest_minutes_between", 0, DAY_MINUTES)),
    )
    usual = RestRules()
    rules = RestRules(
        short_after_s=60 * rest.number("short_after_minutes", 1, 120, usual.short_after_s / 60),
        short_rest_s=60 * rest.number("short_minutes", 0.5, 120, usual.short_rest_s / 60),
        long_after_s=60 * rest.number("long_after_minutes", 1, 240, usual.long_after_s / 60),
        long_rest_s=60 * rest.number("long_minutes", 0.5, 240, usual.long_rest_s / 60),
        breath_s=rest.number("breath_seconds", 0, 120, usual.breath_s),
        effort_limit=limits.number("effort", 1, 10, usual.effort_limit),
        pain_limit=limits.number("pain", 0.5, 10, usual.pain_limit),
        pain_rise_limit=limits.number("pain_rise", 0.5, 10, usual.pain_rise_limit),
        sounding_limit_s=_seconds(top.optional_number("sounding_minutes", 0.5, DAY_MINUTES)),
        loud_limit_s=_seconds(top.optional_number("loud_minutes", 0.5, DAY_MINUTES)),
        session_limit_s=_seconds(top.optional_number("session_minutes", 0.5, DAY_MINUTES)),
    )
    for one in (top, rest, limits):
        one.finish()
    return ceiling, rules


def _seconds(minutes: float | None) -> float | None:
    return None if minutes is None else 60.0 * minutes


def _planned(
    table: TomlTable, drills: Sequence[Drill], instrument: str, ceiling_bpm: float | None
) -> PlannedDrill:
    drill = find_drill(drills, table.text("name"))
    if not drill.suits(instrument):
        raise table.wrong("name", f"is {drill.name}, which is not written for {instrument}")
    fastest = 400.0 if ceiling_bpm is None else ceiling_bpm
    bpm = table.number("bpm", 20, fastest, min(drill.bpm, fastest))
    kinds = tuple(one.value for one in LadderKind)
    planned = PlannedDrill(
        drill=drill,
        bpm=bpm,
        target_bpm=table.number("target_bpm", bpm, fastest, bpm),
        ladder=LadderKind(table.choice("ladder", kinds, LadderKind.STEADY.value)),
        n_runs=table.count("runs", 1, 100, drill.n_runs),
        turn_s=60 * table.number("turn_minutes", 0.5, 60, 3),
    )
    table.finish()
    return planned


def _level(table: TomlTable) -> ReturnLevel | None:
    level = table.table("level")
    number, first_day = level.optional_count("number", 1, 20), level.day("since")
    n_days = level.count("days", 1, 60, LEVEL_DAYS)
    usual = LEVEL_MINUTES.get(number or 0, (None, None))
    is_there = number is not None and first_day is not None
    play_minutes = level.number("play_minutes", 0.5, 240, usual[0]) if is_there else 0.0
    rest_minutes = level.number("rest_minutes", 0.5, 240, usual[1]) if is_there else 0.0
    level.finish()
    if number is None and first_day is None:
        return None
    if number is None or first_day is None:
        raise table.wrong("level", "needs both number and since")
    return ReturnLevel(number, first_day, n_days, 60 * play_minutes, 60 * rest_minutes)


def _assessment(
    table: TomlTable, drills: Sequence[Drill], ceiling_bpm: float | None
) -> Assessment | None:
    part = table.table("assessment")
    name = part.optional_text("drill")
    bpm = part.optional_number("bpm", 20, 400 if ceiling_bpm is None else ceiling_bpm)
    n_runs = part.count("runs", 5, 30, 10)
    weeks = part.counts("weeks", 1, 520, ASSESSMENT_WEEKS)
    part.finish()
    if name is None:
        return None
    drill = find_drill(drills, name)
    fastest = bpm if bpm is not None else drill.bpm
    if ceiling_bpm is not None and fastest > ceiling_bpm:
        raise part.wrong("bpm", f"must be given: {drill.name} is faster than the ceiling")
    return Assessment(drill, fastest, n_runs, tuple(sorted(weeks)))
