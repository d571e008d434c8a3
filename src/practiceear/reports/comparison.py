"""Takes beside the first one, as text and as a page."""

from __future__ import annotations

import math
from itertools import groupby
from pathlib import PurePath
from textwrap import fill

import numpy as np

from practiceear.analysis.compare import ComparedTake, TakesCompared
from practiceear.analysis.review import TakeReview
from practiceear.analysis.snapshot import UNCLEAR_SHARE
from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.comparison import Comparison, Scale
from practiceear.metrics.metric import Metric
from practiceear.plain_text import printable
from practiceear.reports.html import Section, sheet
from practiceear.reports.page import drawing
from practiceear.reports.page.drawing import Axes, even_ticks, padded, picture
from practiceear.reports.words import (
    capitalised,
    in_player_units,
    number,
    spoken,
)
from practiceear.units import FloatArray

LABEL_WIDTH = 28
LINE_WIDTH = 98
MOST_NEEDED_TOLD = 3000
"""More notes than this in one take are nobody's advice."""

_ORDER = list(MetricKey)


def compare_text(compared: TakesCompared) -> str:
    """Return the report on two takes or more, ending in a newline."""
    lines = []
    for number_, other in enumerate(compared.others, start=2):
        lines += [*_beside_first(compared.first, other, number_), ""]
    return "\n".join([*lines, *_legend(len(compared.others))]) + "\n"


def compared_finding(headline: Comparison) -> str:
    """Return the one sentence that matters most about two takes."""
    label = headline.key.info.label.removesuffix(" (SD)")
    if headline.is_unavailable:
        return f"Which is more even cannot be said: {headline.reason}."
    values = f"{label} {told_values(headline)}"
    if headline.is_different:
        return f"{capitalised(_verdict(headline))}: {values}, {_change(headline)}."
    return f"No difference beyond chance: {values}, {_change(headline)}{_needed(headline)}."


def _beside_first(first: TakeReview, other: ComparedTake, take_number: int) -> list[str]:
    lines = [_doubt(first, other.review, take_number) or compared_finding(other.headline), ""]
    lines += [_heading(1, first), _heading(take_number, other.review)]
    lines += [_wrapped(f"Note: {warning}.") for warning in other.warnings]
    compared = sorted(
        (other.headline, *other.others), key=lambda comparison: _ORDER.index(comparison.key)
    )
    lines.append("")
    for group, members in groupby(compared, key=lambda comparison: comparison.key.info.group):
        lines += [group, *_group_lines(list(members))]
    return lines


def _doubt(first: TakeReview, second: TakeReview, take_number: int) -> str:
    """Why what was heard of either take allows no verdict, or nothing."""
    for number_, review in ((1, first), (take_number, second)):
        share = review.snapshot.unclear_share
        if share > UNCLEAR_SHARE:
            return (
                f"Take {number_} was heard too unclearly to compare: {100.0 * share:.0f} % of its"
                " notes were missing or extra to the ear. What the rest tells:"
            )
    return ""


def _group_lines(members: list[Comparison]) -> list[str]:
    """What can be compared, two lines each, and then what cannot, by its reason."""
    lines: list[str] = []
    unknown: dict[str, list[str]] = {}
    for comparison in members:
        label = comparison.key.info.label
        if comparison.is_unavailable:
            unknown.setdefault(comparison.reason, []).append(label)
            continue
        lines.append(f"  {label:<{LABEL_WIDTH}}{told_values(comparison)}")
        below = " " * (LABEL_WIDTH + 2)
        lines.append(
            fill(
                told_change(comparison),
                LINE_WIDTH,
                initial_indent=below,
                subsequent_indent=f"{below}  ",
            )
        )
    return lines + [_wrapped(f"{', '.join(of)}: {why}") for why, of in unknown.items()]


def _wrapped(text: str) -> str:
    return fill(text, LINE_WIDTH, initial_indent="  ", subsequent_indent="    ")


def _heading(take_number: int, review: TakeReview) -> str:
    n_notes = len(review.snapshot.notes)
    notes = "1 note" if n_notes == 1 else f"{n_notes} notes"
    return f"  {take_number}  {printable(review.name)} · {review.duration_s:.1f} s · {notes}"


def told_change(comparison: Comparison) -> str:
    """How far apart the two are, whether that is chance, and what it would take to tell."""
    if not comparison.is_different:
        return f"within chance: {_change(comparison)}{_needed(comparison)}"
    words = f"{_verdict(comparison)}: {_change(comparison)}"
    return (
        f"{words}; only if microphone and room were the same"
        if comparison.is_within_floor
        else words
    )


def told_values(comparison: Comparison) -> str:
    """Both values with their intervals."""
    return f"{_with_interval(comparison.first)} → {_with_interval(comparison.second)}"


def _with_interval(metric: Metric) -> str:
    """A value with its interval, in brackets where it has no ±."""
    value, *interval = spoken(metric).split(", ")
    return f"{value} ({interval[0]})" if interval else value


def _verdict(comparison: Comparison) -> str:
    alike = 1.0 if comparison.scale is Scale.RATIO else 0.0
    return comparison.key.info.lower if comparison.value < alike else comparison.key.info.higher


def _change(comparison: Comparison) -> str:
    """How far apart the two are, with the interval."""
    if comparison.scale is Scale.RATIO:
        return f"{_percent(comparison.value)} ({_percents(comparison.low, comparison.high)})"
    unit = comparison.key.info.player_unit
    value, low, high = (
        in_player_units(bound, comparison.first.unit)
        for bound in (comparison.value, comparison.low, comparison.high)
    )
    if abs((high - value) - (value - low)) < 0.01 * (high - low):
        return f"{_signed(value)} ± {number((high - low) / 2.0)} {unit}".rstrip()
    return f"{_signed(value)} ({_signed(low)} to {_signed(high)}) {unit}".rstrip()


def _percent(ratio: float) -> str:
    """A ratio as how much less or more."""
    if ratio >= 2.0:
        return f"{ratio:.1f} times as much"
    if abs(ratio - 1.0) < 0.005:
        return "no change"
    return f"{100.0 * abs(ratio - 1.0):.0f} % {'less' if ratio < 1.0 else 'more'}"


def _percents(low: float, high: float) -> str:
    """The interval of a ratio."""
    if high < 1.0:
        return f"{_percent(high).split()[0]} to {_percent(low)}"
    if low > 1.0 and high < 2.0:
        return f"{_percent(low).split()[0]} to {_percent(high)}"
    return f"{_percent(low)} to {_percent(high)}"


def _signed(value: float) -> str:
    return f"{'+' if value >= 0 else '-'}{number(abs(value))}"


def _needed(comparison: Comparison) -> str:
    """How much more playing would tell whether so small a difference is one."""
    if comparison.n_needed > MOST_NEEDED_TOLD:
        return f"; over {MOST_NEEDED_TOLD:,} in each take would be needed to tell"
    digits = max(0, int(math.log10(comparison.n_needed)) - 1)
    needed = round(comparison.n_needed, -digits)
    n_now = f"{comparison.first.n} and {comparison.second.n}"
    return f"; about {needed:,.0f} in each take would tell (now {n_now})"


def _legend(n_others: int) -> list[str]:
    each = "" if n_others == 1 else ", all takes taken together"
    return [
        "± is the 95 % interval of each take; in brackets that of the difference. It is drawn",
        f"wider, so that of takes alike in everything 1 in 20 is called different at all{each}.",
    ]


CHANCE = "Takes that are alike in everything are called different at most once in twenty."


def compare_page(compared: TakesCompared) -> str:
    """Return the page as an HTML document."""
    first = compared.first
    names = [_name(review) for review in (first, *(other.review for other in compared.others))]
    sections = []
    for at, other in enumerate(compared.others):
        # Of two takes the lead has said it; of more each has its own finding.
        title = "" if len(compared.others) == 1 else compared_finding(other.headline)
        sections.append(_section(first, other, at, title))
    lead = compared_finding(compared.others[0].headline)
    return sheet(" and ".join(names), lead, sections, CHANCE)


def _name(review: TakeReview) -> str:
    return PurePath(printable(review.name)).name


def _section(first: TakeReview, other: ComparedTake, at: int, title: str) -> Section:
    rows = [_page_row(comparison) for comparison in (other.headline, *other.others)]
    return Section(
        title=title,
        paragraphs=[f"{capitalised(words)}." for words in other.warnings],
        plot_svg=_plot(first, other.review, at),
        plot_text="Both takes on one base of bars, counted from the first note; notes against"
        f" {_reference(first, other.review)} in ms, late is up. Dots: {_name(first)}; crosses:"
        f" {_name(other.review)}.",
        table_head=("", "first, second", "change"),
        table_rows=rows,
    )


def _page_row(comparison: Comparison) -> tuple[str, str, str]:
    label = f"{comparison.key.info.group}: {comparison.key.info.label}"
    if comparison.is_unavailable:
        return label, "", comparison.reason
    return label, told_values(comparison), told_change(comparison)


def _plot(first: TakeReview, second: TakeReview, at: int) -> str:
    is_centred = not (first.snapshot.is_click_known and second.snapshot.is_click_known)
    bar, late_ms = _late(first, is_centred=is_centred)
    other_bar, other_late_ms = _late(second, is_centred=is_centred)
    bars = padded(np.append(bar, other_bar), 0.05)
    y_range = padded(np.concatenate((late_ms, other_late_ms, [0.0])), 0.05)
    axes = Axes(f"takes-{at}", bars, y_range, 11.0, "ms")
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
