"""The pictures of a review: where the notes stand, early or late, loud or soft, long or short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from practiceear.analysis.snapshot import SessionSnapshot
from practiceear.metrics.runs.notes import NoteHabit
from practiceear.reports.page import drawing
from practiceear.reports.page.drawing import Drawing, dots, place_on_page, ticks
from practiceear.reports.page.sound import PageSound
from practiceear.reports.words import note_name
from practiceear.rhythm.grid import MetronomeGrid
from practiceear.units import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_DRAWN = 4000
"""Of more notes only every second, third ... is drawn: the eye sees no more on one page."""

_WIDE_COLUMNS = 1400
_CROWD = 300  # from so many notes on marks are drawn smaller


@dataclass(frozen=True, slots=True)
class Plot:
    """One picture.

    Attributes
    ----------
    svg
        To stand inside the page.
    span
        Where its time axis begins and ends, in parts of its width; empty where it has none.
    """

    svg: str
    span: str = ""


def drawn_step(n_notes: int) -> int:
    """Every how many notes are drawn."""
    return max(1, -(-n_notes // MOST_DRAWN))


def _shrink(snapshot: SessionSnapshot) -> float:
    """How much smaller marks are drawn where there are many."""
    return float(np.clip(np.sqrt(_CROWD / max(1, len(snapshot.notes))), 0.3, 1.0))


def overview(snapshot: SessionSnapshot, sound: PageSound, duration_s: float) -> Plot:
    """The whole take: its outline, and below it a tick for every note."""
    drawn = Drawing("overview", 1.35)
    axes = drawn.axes[0]
    drawn.figure.subplots_adjust(left=0.0, right=1.0, bottom=0.0, top=1.0)
    low, high = _thinned(sound.outline)
    x = np.linspace(0.0, duration_s, len(low), endpoint=False)
    axes.fill_between(x, low, high, color=drawing.SOFT, linewidth=0.4)
    step = drawn_step(len(snapshot.notes))
    ticks(axes, snapshot.onset_s[::step], (-1.6, -1.15), 0.9 * _shrink(snapshot))
    if snapshot.alignment is not None:
        extra_s = snapshot.onset_s[~snapshot.alignment.is_matched]
        axes.plot(extra_s, np.full(len(extra_s), 1.3), "x", color=drawing.LATE, markersize=6)
        missed_s = snapshot.missed_s
        axes.plot(
            missed_s, np.full(len(missed_s), 1.3), "o", color=drawing.INK, markersize=5,
            markerfacecolor="none",
        )  # fmt: skip
    axes.set(xlim=(0.0, max(duration_s, 0.1)), ylim=(-1.65, 1.55))
    axes.set_axis_off()
    return Plot(drawn.svg(), "0 1")


def _thinned(outline: np.ndarray) -> tuple[FloatArray, FloatArray]:
    step = -(-len(outline) // _WIDE_COLUMNS)
    padded = np.pad(outline, ((0, -len(outline) % step), (0, 0)), mode="edge") / 127.0
    grouped = padded.reshape(-1, step, 2)
    return grouped[:, :, 0].min(axis=1), grouped[:, :, 1].max(axis=1)


def deviation(snapshot: SessionSnapshot, duration_s: float) -> Plot | None:
    """How early or late each note was, with the windows of what counts as on time."""
    alignment = snapshot.alignment
    if alignment is None or not alignment.n_matched:
        return None
    drawn = Drawing("deviation", 2.7)
    axes = drawn.axes[0]
    drawn.figure.subplots_adjust(left=0.085, right=0.985, bottom=0.18, top=0.97)
    inner_ms, outer_ms = (1000.0 * one for one in snapshot.windows_s)
    axes.axhspan(-outer_ms, outer_ms, color=drawing.OUTER, linewidth=0)
    axes.axhspan(-inner_ms, inner_ms, color=drawing.INNER, linewidth=0)
    step = drawn_step(len(snapshot.notes))
    x, y = snapshot.onset_s[::step], 1000.0 * alignment.deviation_s[::step]
    is_late, is_early = y > outer_ms, y < -outer_ms
    is_between = np.isfinite(y) & ~is_late & ~is_early
    dots(axes, x[is_between], y[is_between], 4.5 * _shrink(snapshot))
    for is_far, marker, colour in ((is_late, ">", drawing.LATE), (is_early, "<", drawing.EARLY)):
        axes.plot(
            x[is_far], y[is_far], linestyle="", marker=marker, color=colour, markeredgewidth=0,
            markersize=8 * _shrink(snapshot),
        )  # fmt: skip
    if snapshot.grid_fit.is_phase_known:
        axes.axhline(0.0, color=drawing.INK, linewidth=0.9, linestyle=(0, (5, 4)))
    furthest = max(30.0, 1.08 * float(np.nanmax(np.abs(y))))
    axes.set(ylim=(-furthest, furthest), ylabel="ms early (−) or late (+)")
    _time_axis(axes, duration_s)
    return Plot(drawn.svg(), place_on_page(axes))


def positions(snapshot: SessionSnapshot) -> Plot | None:
    """How late each place of the bar is against the click, with simultaneous 95 % intervals."""
    found, grid = snapshot.positions, snapshot.grid_fit.grid
    if found.reason or grid is None:
        return None
    late_ms, low_ms, high_ms = (
        1000.0 * np.array([getattr(one, name) for one in found.late])
        for name in ("value", "low", "high")
    )
    leaning = () if found.lean is None else found.lean.places
    is_named = np.array([place in leaning for place in found.positions])
    drawn = Drawing("positions", 2.2)
    axes = drawn.axes[0]
    x = np.arange(len(found.positions), dtype=np.float64)
    _strip(axes, x, (late_ms, low_ms, high_ms), is_named)
    axes.set_xticks(x, [_place_label(place, grid) for place in found.positions])
    drawn.figure.subplots_adjust(left=0.085, right=0.985, bottom=0.23, top=0.96)
    axes.set(ylabel="ms early (−) or late (+)", xlabel="place in the bar: beat, and · between")
    return Plot(drawn.svg())


def _place_label(place: int, grid: MetronomeGrid) -> str:
    beat, slot = divmod(place, grid.subdivision.n_slots)
    return "·" if slot else str(beat + 1)


def pattern(habits: tuple[NoteHabit, ...]) -> Plot:
    """How late each note of one pattern is on average over its runs."""
    drawn = Drawing(f"pattern{habits[0].pattern}{habits[0].direction}", 2.2)
    axes = drawn.axes[0]
    values = tuple(
        1000.0 * np.array([getattr(one, name) for one in habits])
        for name in ("late_s", "low_s", "high_s")
    )
    x = np.arange(len(habits), dtype=np.float64)
    _strip(axes, x, values, np.array([one.stands_out for one in habits]))
    names = [_habit_label(one) for one in habits]
    step = -(-len(names) // 24)  # more labels would run into each other
    axes.set_xticks(x[::step], names[::step])
    drawn.figure.subplots_adjust(left=0.085, right=0.985, bottom=0.23, top=0.96)
    axes.set(ylabel="ms early (−) or late (+)", xlabel="note of the pattern")
    return Plot(drawn.svg())


def _habit_label(habit: NoteHabit) -> str:
    return note_name(habit.pitch_midi) if np.isfinite(habit.pitch_midi) else f"{habit.place + 1}"


def _strip(
    axes: Axes, x: FloatArray, late_low_high: tuple[FloatArray, ...], is_named: np.ndarray
) -> None:
    """Values with intervals; the one that stands out is a filled diamond, also without colour."""
    late, low, high = late_low_high
    axes.axhline(0.0, color=drawing.SOFT, linewidth=0.8)
    axes.vlines(x, low, high, color=drawing.SOFT, linewidth=2.5)
    usual = ~is_named
    axes.plot(x[usual], late[usual], linestyle="", marker="o", color=drawing.INK, markersize=6)
    axes.plot(
        x[is_named], late[is_named], linestyle="", marker="D", color=drawing.LATE, markersize=10
    )
    reach = max(10.0, 1.1 * float(np.nanmax(np.abs(np.concatenate((low, high, late))))))
    axes.set(ylim=(-reach, reach), xlim=(-0.6, len(x) - 0.4))


def sound_panels(snapshot: SessionSnapshot, duration_s: float) -> Plot:
    """Loudness, sounding share and attack of each note over time."""
    notes, step = snapshot.notes, drawn_step(len(snapshot.notes))
    panels = [
        ("loudness, dBFS", notes["level_dbfs"].astype(np.float64)),
        ("attack, ms", 1000.0 * notes["attack_s"].astype(np.float64)),
    ]
    if snapshot.profile.has_gate:
        panels.insert(1, ("sounding share", notes["gate_ratio"].astype(np.float64)))
    drawn = Drawing("sound", 1.25 * len(panels) + 0.4, len(panels))
    for axes, (label, values) in zip(drawn.axes, panels, strict=True):
        shown = values[::step]
        is_known = np.isfinite(shown)
        onset_s = snapshot.onset_s[::step][is_known]
        dots(axes, onset_s, shown[is_known], 4.5 * _shrink(snapshot))
        if is_known.any():
            axes.axhline(float(np.median(shown[is_known])), color=drawing.SOFT, linewidth=1.0)
        axes.set_ylabel(label)
        axes.margins(y=0.12)
    _time_axis(drawn.axes[-1], duration_s)
    drawn.figure.subplots_adjust(left=0.085, right=0.985, bottom=0.12, top=0.98, hspace=0.22)
    drawn.figure.align_ylabels(drawn.axes)
    return Plot(drawn.svg(), place_on_page(drawn.axes[0]))


def _time_axis(axes: Axes, duration_s: float) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_xlim(0.0, max(duration_s, 0.1))
    axes.xaxis.set_major_locator(MaxNLocator(10, steps=[1, 2, 3, 6, 10]))
    if duration_s >= 120.0:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda time_s, _: clock(time_s)))
        axes.set_xlabel("minutes")
    else:
        axes.set_xlabel("seconds")


def clock(time_s: float) -> str:
    """A time as a player shows it, such as ``2:05``."""
    minutes, seconds = divmod(round(time_s), 60)
    return f"{minutes}:{seconds:02d}"
