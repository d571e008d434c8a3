"""Weeks of practice on one page: for the player, and for the therapist or teacher."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from practiceear.plain_text import printable
from practiceear.practice.assessment import AssessedDrill
from practiceear.practice.progress import DrillAtTempo, Progress, TempoCost
from practiceear.practice.trend import FEWEST_DAYS, Change
from practiceear.reports.html import Section, sheet
from practiceear.reports.journal_lines import NO_TAKES, body_lines, stop_words
from practiceear.reports.page import drawing
from practiceear.reports.page.drawing import Axes, even_ticks, padded, picture
from practiceear.reports.progress_lines import (
    ASSESSED_HEAD,
    MEASURES,
    NO_DIAGNOSIS,
    assessed_cells,
    assessed_title,
    drill_name,
    headline,
    load_lines,
    retention_lines,
    room_sentences,
    trend_numbers,
    trend_words,
    verdict_sentences,
)
from practiceear.reports.words import capitalised, counted, number

MOST_DRILLS = 12
DAY_HEAD = (
    "day",
    "worst pain",
    "effort",
    "how it ended",
    "sessions",
    "takes",
    "minutes of sound",
    "loud minutes",
    "remarks",
)
LATEST_DAYS = 28
LATEST_POINTS = 14


def progress_page(progress: Progress) -> str:
    """Return the page as an HTML document: the body first, then what was played."""
    body = body_lines(progress.body)
    sections = [Section("Pain and effort", body)] if body else []
    sections += [
        _drill_section(drill, at) for at, drill in enumerate(progress.drills[:MOST_DRILLS])
    ]
    if len(progress.drills) > MOST_DRILLS:
        sections.append(_other_drills(progress.drills[MOST_DRILLS:]))
    sections += [_assessed_section(assessment) for assessment in progress.assessed]
    sections += [_cost_section(cost) for cost in progress.costs]
    if progress.retained:
        sections.append(Section("From one day to the next", retention_lines(progress.retained)))
    sections.append(Section("How much was played", load_lines(progress)))
    if progress.days:
        sections.append(_days_section(progress))
    return sheet(f"Progress to {progress.today}", headline(progress), sections, NO_DIAGNOSIS)


def _days_section(progress: Progress) -> Section:
    rows: Sequence[Sequence[str]] = [
        (
            day.day,
            "" if day.worst_pain is None else f"{day.worst_pain:g}",
            "" if day.mean_effort is None else f"{round(day.mean_effort, 1):g}",
            ", ".join(dict.fromkeys(stop_words(rule) for rule in day.stops)),
            str(day.n_sessions),
            str(day.n_takes) if day.n_takes else NO_TAKES,
            f"{day.sounding_s / 60:.0f}",
            f"{day.loud_s / 60:.0f}",
            "; ".join(printable(note) for note in day.notes),
        )
        for day in progress.days[-LATEST_DAYS:]
    ]
    return Section("Day by day", table_head=DAY_HEAD, table_rows=rows)


def _other_drills(drills: Sequence[DrillAtTempo]) -> Section:
    return Section(
        f"{counted(len(drills), 'other drill')}",
        table_head=("drill", "trend"),
        table_rows=[
            (drill_name(drill), f"{trend_words(drill)}{trend_numbers(drill)}") for drill in drills
        ],
    )


def _drill_section(drill: DrillAtTempo, at: int) -> Section:
    rows = [
        (
            str(point.day),
            f"{number(1000 * point.value)} ms",
            f"{number(1000 * point.low)} to {number(1000 * point.high)} ms",
            str(point.n_takes),
        )
        for point in drill.points
    ]
    return Section(
        title=drill_name(drill),
        paragraphs=[capitalised(f"{trend_words(drill)}{trend_numbers(drill)}.")],
        plot_svg=_drill_plot(drill, at),
        plot_text=f"Each day's {MEASURES[drill.key]} in ms, with bars that show how surely its"
        " takes tell it; lower is more even. A line only where the trend is beyond chance.",
        table_head=("day", MEASURES[drill.key], "between", "takes"),
        table_rows=rows[-LATEST_POINTS:],
    )


def _drill_plot(drill: DrillAtTempo, at: int) -> str:
    day = np.array([(point.day - drill.points[0].day).days for point in drill.points], dtype=float)
    value, low, high = 1000.0 * np.array([(p.value, p.low, p.high) for p in drill.points]).T
    days, highest = padded(day, 0.05, 0.4), 1.05 * float(np.nanmax((value, high)))
    axes = Axes(f"drill-{at}", days, (0.0, highest), 9.5, "ms")
    axes.uprights(day, low, high, drawing.SOFT, 0.11)
    if drill.trend.change in (Change.BETTER, Change.WORSE) and len(day) >= FEWEST_DAYS:
        slope, offset = np.polyfit(day, np.log(value), 1)
        axes.line(day, np.exp(offset + slope * day), drawing.INK, 0.11)
    axes.marks("dot", day, value, drawing.ACCENT, 0.5)
    ticks = even_ticks(*days, most=10, is_whole=True)
    return picture(axes, x_ticks=ticks, x_label=f"days since {drill.points[0].day}")


def _assessed_section(drill: AssessedDrill) -> Section:
    return Section(
        title=assessed_title(drill),
        paragraphs=[*verdict_sentences(drill), *room_sentences(drill)],
        table_head=ASSESSED_HEAD,
        table_rows=[assessed_cells(drill, at) for at in range(len(drill.sessions))],
    )


def _cost_section(cost: TempoCost) -> Section:
    rows = [(f"{bpm:g}", f"{cv:.1f} %", str(n)) for bpm, cv, n in cost.tempos]
    return Section(
        title=f"{cost.drill} ({cost.instrument}): what tempo costs",
        table_head=("tempo", "unevenness, share of the note", "takes"),
        table_rows=rows,
    )
