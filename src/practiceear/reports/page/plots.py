"""The pictures of a review: where the notes stand, early or late, loud or soft, long or short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from practiceear.analysis.snapshot import SessionSnapshot
from practiceear.metrics.runs.notes import NoteHabit
from practiceear.moments import clock_words
from practiceear.reports.page import drawing
from practiceear.reports.page.drawing import LEFT, RIGHT, Axes, bare, padded, picture
from practiceear.reports.page.sound import PageSound
from practiceear.reports.words import note_name
from practiceear.rhythm.grid import MetronomeGrid
from practiceear.units import FloatArray

MOST_DRAWN = 4000
"""Of more notes only every second, third ... is drawn: the eye sees no more on one page."""

_WIDE_COLUMNS = 1400
_CROWD = 300  # from so many notes on marks are drawn smaller
_MOST_LABELS = 24  # more would run into each other
_TIME_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 3, 6, 10, 20, 30, 60, 120, 180, 300, 600, 900, 1800, 3600)
_EARLY_OR_LATE = "ms early (−) or late (+)"
TIME_SPAN = f"{LEFT} {RIGHT}"


@dataclass(frozen=True, slots=True)
class Plot:
    """One picture.

    ``svg``: to stand inside the page. ``span``: where its time axis begins and ends, in parts of
    its width; empty where it has none.
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
    axes = Axes("overview", (0.0, max(duration_s, 0.1)), (-1.65, 1.55), 8.8)
    low, high = _thinned(sound.outline)
    axes.area(np.linspace(0.0, duration_s, len(low), endpoint=False), low, high, drawing.SOFT)
    onset_s = snapshot.onset_s[:: drawn_step(len(snapshot.notes))]
    bottom, top = np.full(len(onset_s), -1.6), np.full(len(onset_s), -1.15)
    axes.uprights(onset_s, bottom, top, drawing.ACCENT, 0.08 * _shrink(snapshot))
    if snapshot.alignment is not None:
        extra_s = snapshot.onset_s[~snapshot.alignment.is_matched]
        axes.marks("cross", extra_s, np.full(len(extra_s), 1.3), drawing.LATE, 0.55)
        missed_s = snapshot.missed_s
        axes.marks("ring", missed_s, np.full(len(missed_s), 1.3), drawing.INK, 0.5)
    return Plot(bare(axes), "0 1")


def _thinned(outline: np.ndarray) -> tuple[FloatArray, FloatArray]:
    step = -(-len(outline) // _WIDE_COLUMNS)
    whole = np.pad(outline, ((0, -len(outline) % step), (0, 0)), mode="edge") / 127.0
    grouped = whole.reshape(-1, step, 2)
    return grouped[:, :, 0].min(axis=1), grouped[:, :, 1].max(axis=1)


def deviation(snapshot: SessionSnapshot, duration_s: float) -> Plot | None:
    """How early or late each note was, with the windows of what counts as on time."""
    alignment = snapshot.alignment
    if alignment is None or not alignment.n_matched:
        return None
    step = drawn_step(len(snapshot.notes))
    x, y = snapshot.onset_s[::step], 1000.0 * alignment.deviation_s[::step]
    furthest = max(30.0, 1.08 * float(np.nanmax(np.abs(y))))
    x_range = (0.0, max(duration_s, 0.1))
    axes = Axes("deviation", x_range, (-furthest, furthest), 13.0, _EARLY_OR_LATE)
    inner_ms, outer_ms = (1000.0 * window_s for window_s in snapshot.windows_s)
    axes.band(-outer_ms, outer_ms, drawing.OUTER)
    axes.band(-inner_ms, inner_ms, drawing.INNER)
    if snapshot.grid_fit.is_phase_known:
        axes.level(0.0, drawing.INK, 0.08, dashes="6 5")
    is_late, is_early = y > outer_ms, y < -outer_ms
    is_between = ~is_late & ~is_early
    axes.dots(x[is_between], y[is_between], drawing.INK, 0.4 * _shrink(snapshot))
    size_em = 0.7 * _shrink(snapshot)
    axes.marks("right", x[is_late], y[is_late], drawing.LATE, size_em)
    axes.marks("left", x[is_early], y[is_early], drawing.EARLY, size_em)
    return Plot(_over_time([axes], duration_s), TIME_SPAN)


def positions(snapshot: SessionSnapshot) -> Plot | None:
    """How late each place of the bar is against the click, with simultaneous 95 % intervals."""
    found, grid = snapshot.positions, snapshot.grid_fit.grid
    if found.reason or grid is None:
        return None
    late_low_high = [(late.value, late.low, late.high) for late in found.late]
    leaning = () if found.lean is None else found.lean.places
    names = [_place_label(place, grid) for place in found.positions]
    is_named = np.array([place in leaning for place in found.positions])
    return _strip(
        "positions", late_low_high, is_named, names, "place in the bar: beat, and · between"
    )


def _place_label(place: int, grid: MetronomeGrid) -> str:
    beat, slot = divmod(place, grid.subdivision.n_slots)
    return "·" if slot else str(beat + 1)


def pattern(habits: tuple[NoteHabit, ...]) -> Plot:
    """How late each note of one pattern is on average over its runs."""
    late_low_high = [(habit.late_s, habit.low_s, habit.high_s) for habit in habits]
    is_named = np.array([habit.stands_out for habit in habits])
    name = f"pattern{habits[0].pattern}{habits[0].direction}"
    names = [_habit_label(habit) for habit in habits]
    return _strip(name, late_low_high, is_named, names, "note of the pattern")


def _habit_label(habit: NoteHabit) -> str:
    return note_name(habit.pitch_midi) if np.isfinite(habit.pitch_midi) else f"{habit.place + 1}"


def _strip(
    name: str,
    late_low_high_s: Sequence[tuple[float, float, float]],
    is_named: np.ndarray,
    labels: Sequence[str],
    x_label: str,
) -> Plot:
    """Values with intervals; the one that stands out is a filled diamond, also without colour."""
    late, low, high = 1000.0 * np.array(late_low_high_s).T
    x = np.arange(len(late), dtype=np.float64)
    reach = max(10.0, 1.1 * float(np.nanmax(np.abs((low, high, late)))))
    axes = Axes(name, (-0.6, len(x) - 0.4), (-reach, reach), 10.0, _EARLY_OR_LATE)
    axes.level(0.0, drawing.SOFT, 0.07)
    axes.uprights(x, low, high, drawing.SOFT, 0.23)
    axes.marks("dot", x[~is_named], late[~is_named], drawing.INK, 0.55)
    axes.marks("diamond", x[is_named], late[is_named], drawing.LATE, 1.2)
    step = -(-len(labels) // _MOST_LABELS)
    ticks = [(float(at), labels[at]) for at in range(0, len(labels), step)]
    return Plot(picture(axes, x_ticks=ticks, x_label=x_label))


def sound_panels(snapshot: SessionSnapshot, duration_s: float) -> Plot:
    """Loudness, sounding share and attack of each note over time."""
    notes, step = snapshot.notes, drawn_step(len(snapshot.notes))
    panels = [
        ("loudness, dBFS", notes["level_dbfs"].astype(np.float64)),
        ("attack, ms", 1000.0 * notes["attack_s"].astype(np.float64)),
    ]
    if snapshot.profile.has_gate:
        panels.insert(1, ("sounding share", notes["gate_ratio"].astype(np.float64)))
    rows = []
    for label, values in panels:
        shown = values[::step]
        x_range = (0.0, max(duration_s, 0.1))
        axes = Axes("sound", x_range, padded(shown, 0.12), 6.0, label)
        if np.isfinite(shown).any():
            axes.level(float(np.nanmedian(shown)), drawing.SOFT, 0.09)
        axes.dots(snapshot.onset_s[::step], shown, drawing.INK, 0.4 * _shrink(snapshot))
        rows.append(axes)
    return Plot(_over_time(rows, duration_s), TIME_SPAN)


def _over_time(rows: Sequence[Axes], duration_s: float) -> str:
    step_s = next((n for n in _TIME_STEPS_S if 10 * n >= duration_s), _TIME_STEPS_S[-1])
    is_long = duration_s >= 120.0
    ticks = [
        (time_s, clock_words(round(time_s)) if is_long else f"{time_s:g}")
        for time_s in np.arange(0.0, duration_s + 1e-9, step_s).tolist()
    ]
    return picture(*rows, x_ticks=ticks, x_label="minutes" if is_long else "seconds")
