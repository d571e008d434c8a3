"""A take as drawings: where in the bar it leans, note after note, and how loud each one was.

All deviations are from the click where its time is known, else from the player's own average,
and the title says which.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rich.style import Style

from practiceear.tui.widgets import palette
from practiceear.tui.widgets.cells import Row

if TYPE_CHECKING:
    from practiceear.analysis.snapshot import SessionSnapshot
    from practiceear.rhythm.alignment import Alignment
    from practiceear.rhythm.grid import MetronomeGrid
    from practiceear.units import FloatArray, IntArray

LABEL_WIDTH = 8
NARROWEST_AXIS = 15
WORDS_WIDTH = 22
FEWEST_FOR_MEAN = 4
"""Student's interval of fewer is wider than any screen."""

LEVEL_STEP_DB = 1.5
_LEVELS = "▁▂▃▄▅▆▇█"


Windows = tuple[float, float]
"""From where on a note is shown as off, and as clearly off, in seconds."""


def take_rows(snapshot: SessionSnapshot, width: int) -> list[Row]:
    """All drawings of a take, one below the other, for ``width`` cells."""
    if not len(snapshot.notes) or width < LABEL_WIDTH + 4:
        return []
    rows: list[Row] = []
    if snapshot.alignment is not None and snapshot.grid_fit.grid is not None:
        title = f"Where in the bar, {reference_words(snapshot)}"
        rows += _titled(title, position_rows(snapshot, width))
    rows += _titled(f"Note by note, {reference_words(snapshot)}", shape_rows(snapshot, width))
    return rows


def reference_words(snapshot: SessionSnapshot) -> str:
    """What early and late are measured from."""
    if snapshot.alignment is None:
        return "against the note before"
    return "against the click" if snapshot.is_click_known else "against your own average"


def _titled(title: str, rows: list[Row]) -> list[Row]:
    return [[(title, palette.STRONG)], *rows, []] if rows else []


def position_rows(snapshot: SessionSnapshot, width: int) -> list[Row]:
    """One row for every place of the bar: how late it is, and how sure that is."""
    grid = snapshot.grid_fit.grid
    if grid is None or snapshot.alignment is None:
        return []
    places = [_place(snapshot, grid, place) for place in range(grid.slots_per_bar)]
    known = [place for place in places if place.is_known]
    if not known:
        return []
    windows = snapshot.windows_s
    axis_width = (width - LABEL_WIDTH - WORDS_WIDTH - 1) // 2 * 2 + 1
    furthest_s = max(max(abs(place.low_s), abs(place.high_s)) for place in known)
    reach_s = max(furthest_s, 1.5 * windows[1])
    rows = [_place_row(place, windows, axis_width, reach_s) for place in places if place.n]
    legend = "├──┤ the longer the line, the less sure"
    return [*rows, [(legend, palette.DIM)]]


@dataclass(frozen=True, slots=True)
class _Place:
    """One place of the bar."""

    label: str
    n: int
    mean_s: float = math.nan
    low_s: float = math.nan
    high_s: float = math.nan

    @property
    def is_known(self) -> bool:
        return not math.isnan(self.mean_s)


def _place(snapshot: SessionSnapshot, grid: MetronomeGrid, place: int) -> _Place:
    """As in the report; by chance alone where the report does not know the bar."""
    from practiceear.metrics.reliability import mean_interval

    beat, slot = divmod(place, grid.subdivision.n_slots)
    label = f"{beat + 1}.{slot + 1}" if slot else f"beat {beat + 1}"
    if place in snapshot.positions.positions:
        late = snapshot.positions.late_at(place)
        return _Place(label, late.n, late.value, late.low, late.high)
    alignment = snapshot.alignment
    assert alignment is not None
    is_here = alignment.is_matched & (grid.position_in_bar(alignment.slot) == place)
    here_s = alignment.deviation_s[is_here]
    n = int(here_s.size)
    if n < FEWEST_FOR_MEAN:
        return _Place(label, n)
    mean_s = float(here_s.mean())
    low_s, high_s = mean_interval(mean_s, float(here_s.std(ddof=1)), n, n)
    return _Place(label, n, mean_s, low_s, high_s)


def _place_row(place: _Place, windows: Windows, width: int, reach_s: float) -> Row:
    label = (place.label.rjust(LABEL_WIDTH - 2) + "  ", palette.DIM)
    axis = _axis(place, windows, width, reach_s) if width >= NARROWEST_AXIS else []
    return [label, *axis, (f"  {_place_words(place)}", palette.TEXT)]


def _place_words(place: _Place) -> str:
    if not place.is_known:
        return f"n {place.n}, {FEWEST_FOR_MEAN - place.n} more needed"
    mean_ms = round(1000.0 * place.mean_s)
    mean = f"{mean_ms:+d}" if mean_ms else "0"
    return f"{mean:>3} ± {1000.0 * (place.high_s - place.mean_s):.0f} ms, n {place.n}"


def _axis(place: _Place, windows: Windows, width: int, reach_s: float) -> Row:
    """The mean and its interval; 0, the click or the average, is the middle of ``width``."""

    def column(deviation_s: float) -> int:
        return round((deviation_s / reach_s + 1.0) / 2.0 * (width - 1))

    if not place.is_known:
        blank = " " * (width // 2)
        return [(f"{blank}┊{blank}", palette.FAINT)]
    cells = [" "] * width
    cells[width // 2] = "┊"
    low, high, mean = (column(x_s) for x_s in (place.low_s, place.high_s, place.mean_s))
    cells[low : high + 1] = ["─"] * (high - low + 1)
    cells[low], cells[high] = "├", "┤"
    shape, style = _shape(place.mean_s, windows)
    return [
        ("".join(cells[:mean]), palette.DIM),
        (shape, style),
        ("".join(cells[mean + 1 :]), palette.DIM),
    ]


def _shape(deviation_s: float, windows: Windows) -> tuple[str, Style]:
    """Hollow where a trained ear may notice, full where it is clearly heard."""
    inner_s, outer_s = windows
    if abs(deviation_s) <= inner_s:
        return "●", palette.ON_TIME
    early, late = "◁▷" if abs(deviation_s) <= outer_s else "◀▶"
    return (early, palette.EARLY) if deviation_s < 0 else (late, palette.LATE)


@dataclass(frozen=True, slots=True)
class _Cell:
    """One place in the drawing of all notes."""

    shape: tuple[str, Style]
    level: str
    starts_beat: bool = False


_EMPTY = _Cell((" ", palette.DIM), " ")


def shape_rows(snapshot: SessionSnapshot, width: int) -> list[Row]:
    """All notes, a bar a line where there are bars: shape above, loudness below."""
    rows: list[Row] = []
    for label, cells in _lines_of_cells(snapshot):
        for place, chunk in enumerate(_chunks(cells, width - LABEL_WIDTH)):
            rows += _cell_rows("" if place else label, chunk)
    return [*rows, *_note_legend(snapshot)]


def _cell_rows(label: str, cells: list[_Cell]) -> list[Row]:
    shapes: Row = [(label.ljust(LABEL_WIDTH), palette.DIM)]
    levels: Row = [("  loud".ljust(LABEL_WIDTH) if label else " " * LABEL_WIDTH, palette.FAINT)]
    for place, cell in enumerate(cells):
        gap = " " if cell.starts_beat and place else ""
        shapes += [(gap, palette.DIM), cell.shape, (" ", palette.DIM)]
        levels.append((f"{gap}{cell.level} ", palette.LEVEL))
    return [shapes, levels]


def _chunks(cells: list[_Cell], width: int) -> Iterator[list[_Cell]]:
    """Cut a line where it is wider than the screen."""
    chunk: list[_Cell] = []
    used = 0
    for cell in cells:
        needed = 3 if cell.starts_beat and chunk else 2
        if chunk and used + needed > width:
            yield chunk
            chunk, used = [], 0
        chunk.append(cell)
        used += needed
    if chunk:
        yield chunk


def _lines_of_cells(snapshot: SessionSnapshot) -> Iterator[tuple[str, list[_Cell]]]:
    alignment, grid = snapshot.alignment, snapshot.grid_fit.grid
    levels = _level_characters(snapshot.notes["level_dbfs"])
    windows = snapshot.windows_s
    if alignment is None or grid is None:
        yield from _lines_without_grid(snapshot, windows, levels)
        return
    cells = _cells_of_slots(alignment, windows, levels)
    is_missed = (int(slot) for slot in alignment.missed_slots)
    cells.update({slot: _Cell(("–", palette.WARNING), " ") for slot in is_missed})
    if not cells:
        return
    first_bar, last_bar = (slot // grid.slots_per_bar for slot in (min(cells), max(cells)))
    for bar in range(first_bar, last_bar + 1):
        slots = np.arange(bar * grid.slots_per_bar, (bar + 1) * grid.slots_per_bar)
        starts = grid.position_in_beat(slots) == 0
        line = [
            _at(cells, int(slot), bool(start)) for slot, start in zip(slots, starts, strict=True)
        ]
        yield f"bar {bar + 1}", line


def _at(cells: dict[int, _Cell], slot: int, starts_beat: bool) -> _Cell:
    cell = cells.get(slot, _EMPTY)
    return _Cell(cell.shape, cell.level, starts_beat)


def _cells_of_slots(alignment: Alignment, windows: Windows, levels: list[str]) -> dict[int, _Cell]:
    matched: IntArray = np.flatnonzero(alignment.is_matched)
    return {
        int(alignment.slot[note]): _Cell(
            _shape(float(alignment.deviation_s[note]), windows), levels[note]
        )
        for note in matched
    }


def _lines_without_grid(
    snapshot: SessionSnapshot, windows: Windows, levels: list[str]
) -> Iterator[tuple[str, list[_Cell]]]:
    """Notes in order: a note is early or late by its interval from the note before it."""
    shapes = [("·", palette.DIM)] * len(levels)
    intervals = snapshot.intervals
    for first, residual_s in zip(intervals.first_note, intervals.residual_s, strict=True):
        shapes[int(first) + 1] = _shape(float(residual_s), windows)
    yield "note 1", [_Cell(shape, level) for shape, level in zip(shapes, levels, strict=True)]


def _level_characters(level_dbfs: FloatArray) -> list[str]:
    """A column for every note, in steps of 1.5 dB about the median."""
    if not np.any(np.isfinite(level_dbfs)):
        return [" "] * len(level_dbfs)
    relative_db = (level_dbfs - np.nanmedian(level_dbfs)).astype(np.float64)
    steps = np.clip(3 + np.round(relative_db / LEVEL_STEP_DB), 0, len(_LEVELS) - 1)
    return [" " if math.isnan(step) else _LEVELS[int(step)] for step in steps.tolist()]


def _note_legend(snapshot: SessionSnapshot) -> list[Row]:
    inner_ms, outer_ms = (1000.0 * window_s for window_s in snapshot.windows_s)
    early, late = ("early", "late") if snapshot.alignment is not None else ("short", "long")
    return [
        [
            (f"● within {inner_ms:.0f} ms, ", palette.DIM),
            (f"◁ {early} ▷ {late}, ◀ ▶ by more than {outer_ms:.0f} ms", palette.DIM),
        ],
        [
            ("– missed   ", palette.DIM),
            (f"▄ usual loudness, each step {LEVEL_STEP_DB} dB", palette.DIM),
        ],
    ]
