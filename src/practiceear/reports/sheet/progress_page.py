"""Weeks of practice on one page: for the player, and for the therapist or teacher."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from practiceear.practice.assessed import AssessedDrill
from practiceear.practice.progress import DrillAtTempo, Progress, TempoCost
from practiceear.practice.trend import FEWEST_DAYS, Change
from practiceear.reports.page import drawing
from practiceear.reports.page.drawing import Drawing
from practiceear.reports.progress_lines import (
    ASSESSED_HEAD,
    EMPTY,
    MEASURES,
    NO_DIAGNOSIS,
    assessed_cells,
    assessed_title,
    load_lines,
    room_sentences,
    trend_words,
)
from practiceear.reports.sheet.sheet import Section, sheet
from practiceear.reports.words import number

MOST_DRILLS = 12
DAY_HEAD = ("day", "takes", "sounding minutes", "loud minutes", "effort", "worst pain")
LATEST_DAYS = 28
LATEST_POINTS = 14


def progress_page(progress: Progress) -> str:
    """Return the page as an HTML document."""
    sections = [_drill_section(one, at) for at, one in enumerate(progress.drills[:MOST_DRILLS])]
    sections += [_assessed_section(one) for one in progress.assessed]
    sections += [_cost_section(one) for one in progress.costs]
    sections.append(_load_section(progress))
    return sheet(f"Progress to {progress.today}", _lead(progress), sections, NO_DIAGNOSIS)


def _lead(progress: Progress) -> str:
    if not progress.drills:
        return EMPTY
    changed = [one for one in progress.drills if one.trend.change is Change.BETTER]
    worse = [one for one in progress.drills if one.trend.change is Change.WORSE]
    told = changed or worse or progress.drills[:1]
    first = told[0]
    tempo = "" if first.bpm is None else f" at {first.bpm:g}"
    return f"{first.drill}{tempo}: {trend_words(first)}."


def _drill_section(one: DrillAtTempo, at: int) -> Section:
    tempo = "" if one.bpm is None else f" at {one.bpm:g}"
    rows = [
        (
            str(point.day),
            f"{number(1000 * point.value)} ms",
            f"{number(1000 * point.low)} to {number(1000 * point.high)}",
            str(point.n_takes),
        )
        for point in one.points
    ]
    return Section(
        title=f"{one.drill}{tempo}, {one.instrument}",
        paragraphs=(f"{trend_words(one)[0].upper()}{trend_words(one)[1:]}.",),
        plot_svg=_drill_plot(one, at),
        plot_text=f"Each day's {MEASURES[one.key]} in ms with its 95 % interval; lower is more"
        " even. A line only where it is beyond chance.",
        table_head=("day", MEASURES[one.key], "95 % interval", "takes"),
        table_rows=rows[-LATEST_POINTS:],
    )


def _drill_plot(one: DrillAtTempo, at: int) -> str:
    drawn = Drawing(f"drill-{at}", 2.2)
    axes = drawn.axes[0]
    day = np.array([(point.day - one.points[0].day).days for point in one.points], dtype=float)
    value, low, high = (
        1000.0 * np.array([getattr(point, name) for point in one.points])
        for name in ("value", "low", "high")
    )
    for x, bottom, top in zip(day, low, high, strict=True):
        axes.plot([x, x], [bottom, top], color=drawing.SOFT, linewidth=1.2)
    axes.plot(day, value, "o", color=drawing.ACCENT, markersize=5)
    if one.trend.change in (Change.BETTER, Change.WORSE) and len(day) >= FEWEST_DAYS:
        slope, offset = np.polyfit(day, np.log(value), 1)
        axes.plot(day, np.exp(offset + slope * day), color=drawing.INK, linewidth=1.2)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel(f"days since {one.points[0].day}")
    axes.set_ylabel("ms")
    drawn.figure.subplots_adjust(left=0.07, right=0.99, bottom=0.26, top=0.97)
    return drawn.svg()


def _assessed_section(one: AssessedDrill) -> Section:
    return Section(
        title=assessed_title(one),
        paragraphs=room_sentences(one),
        table_head=ASSESSED_HEAD,
        table_rows=[assessed_cells(one, at) for at in range(len(one.sessions))],
    )


def _cost_section(one: TempoCost) -> Section:
    rows = [(f"{bpm:g}", f"{100 * cv:.1f} %", str(n)) for bpm, cv, n in one.tempos]
    return Section(
        title=f"{one.drill}, {one.instrument}: what tempo costs",
        table_head=("tempo", "unevenness, share of the note", "takes"),
        table_rows=rows,
    )


def _load_section(progress: Progress) -> Section:
    rows: Sequence[Sequence[str]] = [
        (
            one.day,
            str(one.n_takes),
            f"{one.sounding_s / 60:.0f}",
            f"{one.loud_s / 60:.0f}",
            "" if one.mean_effort is None else f"{one.mean_effort:.1f}",
            "" if one.worst_pain is None else f"{one.worst_pain:g}",
        )
        for one in progress.days[-LATEST_DAYS:]
    ]
    growth = [line for line in load_lines(progress) if not line.startswith("  ")]
    return Section("Load", growth, table_head=DAY_HEAD, table_rows=rows)
