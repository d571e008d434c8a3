"""Progress over weeks in lines of text: what changed beyond chance, and what it cost."""

from __future__ import annotations

import math
from collections.abc import Sequence

from practiceear.practice.assessed import AssessedDrill
from practiceear.practice.progress import DrillAtTempo, Progress, Retention, TempoCost
from practiceear.practice.trend import FEWEST_DAYS, Change
from practiceear.reports.words import number

NO_DIAGNOSIS = "These are numbers about sound and time. They are not a diagnosis."
EMPTY = "The journal holds no drill yet: play one with practiceear practise."
MEASURES = {"medial_sd_ioi_s": "medial unevenness of runs", "sd_ioi_s": "unevenness between notes"}
ASSESSED_HEAD = ("assessment", "when", "evenness", "95 % interval", "takes", "room", "effort")
LATEST_POINTS = 6
LATEST_WEEKS = 8


def progress_lines(progress: Progress) -> list[str]:
    """Tell evenness by drill and tempo, then retention, load, effort and pain."""
    lines: list[str] = []
    for one in progress.drills:
        lines += [*drill_lines(one), ""]
    if not progress.drills:
        lines += [EMPTY, ""]
    lines += assessed_lines(progress.assessed)
    lines += _cost_lines(progress.costs) + _retention_lines(progress.retained)
    return [*lines, *load_lines(progress), "", NO_DIAGNOSIS]


def drill_lines(one: DrillAtTempo) -> list[str]:
    """One drill at one tempo."""
    tempo = "" if one.bpm is None else f" at {one.bpm:g}"
    lines = [f"{one.drill}{tempo}, {one.instrument}: {trend_words(one)}"]
    for point in one.points[-LATEST_POINTS:]:
        low, high = 1000 * point.low, 1000 * point.high
        takes = "1 take" if point.n_takes == 1 else f"{point.n_takes} takes"
        lines.append(
            f"  {point.day}  {number(1000 * point.value)} ms {MEASURES[one.key]},"
            f" {number(low)} to {number(high)} ({takes})"
        )
    return lines


def trend_words(one: DrillAtTempo) -> str:
    """What the days say together."""
    found = one.trend
    days = "1 day" if found.n_days == 1 else f"{found.n_days} days"
    if found.change is Change.TOO_FEW:
        missing = FEWEST_DAYS - found.n_days
        return f"{days}, {missing} more needed before anything can be said of a trend"
    span = f"{found.low:+.0f} to {found.high:+.0f} % a week, {days}"
    if found.change is Change.BETTER:
        return f"more even, {found.percent_a_week:+.0f} % a week ({span})"
    if found.change is Change.WORSE:
        return f"less even, {found.percent_a_week:+.0f} % a week ({span})"
    return f"no change beyond chance ({span})"


def assessed_lines(assessed: Sequence[AssessedDrill]) -> list[str]:
    """Baseline and reassessments, each with its room, its time of day and its effort."""
    lines = []
    for one in assessed:
        lines.append(assessed_title(one))
        for at in range(len(one.sessions)):
            lines.append("  " + ", ".join(cell for cell in assessed_cells(one, at) if cell))
        lines += [f"  {sentence}" for sentence in room_sentences(one)] + [""]
    return lines


def assessed_title(one: AssessedDrill) -> str:
    """Which drill was assessed."""
    tempo = "" if one.bpm is None else f" at {one.bpm:g}"
    return f"Assessments of {one.drill}{tempo}, {one.instrument}"


def assessed_cells(one: AssessedDrill, at: int) -> tuple[str, ...]:
    """What is told of one assessment, as in ASSESSED_HEAD; empty where it is not known."""
    told, point = one.sessions[at], one.sessions[at].point
    takes = "1 take" if point.n_takes == 1 else f"{point.n_takes} takes"
    return (
        "baseline" if at == 0 else "reassessment",
        f"{told.started.local_day} {told.started.at[11:16]}",
        f"{number(1000 * point.value)} ms {MEASURES[one.key]}",
        f"{number(1000 * point.low)} to {number(1000 * point.high)}",
        takes,
        f"room {told.noise_dbfs:.0f} dBFS" if math.isfinite(told.noise_dbfs) else "",
        "" if told.effort is None else f"effort {told.effort:.1f} of 10",
    )


def room_sentences(one: AssessedDrill) -> list[str]:
    """Where rooms differ so much that they may explain a difference."""
    return [
        f"On {told.started.local_day} the room was {abs(one.room_rise_db(at)):.0f} dB"
        f" {'louder' if one.room_rise_db(at) > 0.0 else 'quieter'} than at the baseline:"
        " a difference may be the room's."
        for at, told in enumerate(one.sessions)
        if one.may_be_the_room(at)
    ]


def _cost_lines(costs: Sequence[TempoCost]) -> list[str]:
    lines = []
    for one in costs:
        told = ", ".join(f"{100 * cv:.1f} % at {bpm:g} (n {n})" for bpm, cv, n in one.tempos)
        lines.append(f"{one.drill}, {one.instrument}, unevenness as a share of the note: {told}")
    return [*lines, ""] if lines else []


def _retention_lines(retained: Sequence[Retention]) -> list[str]:
    lines = [
        f"{one.drill}, {one.instrument}: the next day's first take had {100 * one.ratio:.0f} % of"
        f" the evenness of the last (median of {one.n})"
        for one in retained
        if math.isfinite(one.ratio)
    ]
    return [*lines, ""] if lines else []


def load_lines(progress: Progress) -> list[str]:
    """Sounding minutes of the last weeks, growth, effort and pain."""
    if not progress.weeks:
        return ["Nothing was played yet."]
    weeks = ", ".join(f"{one.sounding_s / 60:.0f}" for one in progress.weeks[-LATEST_WEEKS:])
    lines = [f"Sounding minutes by week, the last one to {progress.today}: {weeks}"]
    last = progress.weeks[-1]
    if last.growth is not None:
        warning = ": more than a tenth, take it slowly" if last.grew_too_fast else ""
        lines.append(f"The last week against the weeks before: {100 * last.growth:+.0f} %{warning}")
    told = [one for one in progress.days[-14:] if one.mean_effort is not None or one.worst_pain]
    for one in told:
        effort = "" if one.mean_effort is None else f" effort {one.mean_effort:.1f}"
        pain = "" if one.worst_pain is None else f" pain {one.worst_pain:g}"
        lines.append(f"  {one.day}{effort}{pain} of 10")
    return lines
