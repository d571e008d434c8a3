"""Takes beside the first one on one page: by places of the bar, and measure by measure."""

from __future__ import annotations

from pathlib import PurePath

import numpy as np

from practiceear.analysis.compare import ComparedTake, TakesCompared
from practiceear.analysis.review import TakeReview
from practiceear.metrics.comparison import Comparison
from practiceear.plain_text import printable
from practiceear.reports.comparison import compared_finding, told_change, told_values
from practiceear.reports.page import drawing
from practiceear.reports.page.drawing import Axes, even_ticks, padded, picture
from practiceear.reports.sheet.sheet import Section, sheet
from practiceear.reports.words import capitalised
from practiceear.units import FloatArray

CHANCE = "Takes that are alike in everything are called different at most once in twenty."


def compare_page(compared: TakesCompared) -> str:
    """Return the page as an HTML document."""
    first = compared.first
    names = [_name(review) for review in (first, *(other.review for other in compared.others))]
    sections = []
    for number, other in enumerate(compared.others):
        # Of two takes the lead has said it; of more each has its own finding.
        title = "" if len(compared.others) == 1 else compared_finding(other.headline)
        sections.append(_section(first, other, number, title))
    lead = compared_finding(compared.others[0].headline)
    return sheet(" and ".join(names), lead, sections, CHANCE)


def _name(review: TakeReview) -> str:
    return PurePath(printable(review.name)).name


def _section(first: TakeReview, other: ComparedTake, number: int, title: str) -> Section:
    rows = [_row(comparison) for comparison in (other.headline, *other.others)]
    return Section(
        title=title,
        paragraphs=[f"{capitalised(words)}." for words in other.warnings],
        plot_svg=_plot(first, other.review, number),
        plot_text="Both takes on one base of bars, counted from the first note; notes against"
        f" {_reference(first, other.review)} in ms, late is up. Dots: {_name(first)}; crosses:"
        f" {_name(other.review)}.",
        table_head=("", "first, second", "change"),
        table_rows=rows,
    )


def _row(comparison: Comparison) -> tuple[str, str, str]:
    label = f"{comparison.key.info.group}: {comparison.key.info.label}"
    if comparison.is_unavailable:
        return label, "", comparison.reason
    return label, told_values(comparison), told_change(comparison)


def _plot(first: TakeReview, second: TakeReview, number: int) -> str:
    is_centred = not (first.snapshot.is_click_known and second.snapshot.is_click_known)
    bar, late_ms = _late(first, is_centred=is_centred)
    other_bar, other_late_ms = _late(second, is_centred=is_centred)
    bars = padded(np.append(bar, other_bar), 0.05)
    y_range = padded(np.concatenate((late_ms, other_late_ms, [0.0])), 0.05)
    axes = Axes(f"takes-{number}", bars, y_range, 11.0, "ms")
    axes.level(0.0, drawing.SOFT, 0.07)
    axes.marks("dot", bar, late_ms, drawing.ACCENT, 0.4)
    axes.marks("cross", other_bar, other_late_ms, drawing.LATE, 0.4)
    return picture(axes, x_ticks=even_ticks(*bars, most=10, is_whole=True), x_label="bar")


def _reference(first: TakeReview, second: TakeReview) -> str:
    if first.snapshot.is_click_known and second.snapshot.is_click_known:
        return "the click"
    return "the average of their take"


def _late(review: TakeReview, *, is_centred: bool) -> tuple[FloatArray, FloatArray]:
    """Where in its bars each note is meant to be, and how late it is, in ms.

    Against the click, or where ``is_centred`` against the average of the take.
    """
    snapshot = review.snapshot
    alignment, grid = snapshot.alignment, snapshot.grid_fit.grid
    if alignment is None or grid is None or not alignment.n_matched:
        return np.zeros(0), np.zeros(0)
    known = alignment.is_matched
    late_s = alignment.deviation_s[known]
    if is_centred:
        late_s = late_s - np.mean(late_s)
    slots = alignment.slot[known] - alignment.slot[known][0]
    bar_slots = grid.subdivision.n_slots * grid.meter.n_beats
    return slots / bar_slots + 1.0, 1000.0 * late_s
