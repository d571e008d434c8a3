"""The last notes over the windows: early at the left, late at the right."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rich.style import Style

from practiceear.live.snapshot import LiveSnapshot, NoteState
from practiceear.tui import palette
from practiceear.tui.judgement import note_style, shown_windows_s
from practiceear.tui.widgets.cells import CellWidget, Row, row_width

N_NOTES = 16
REACH_WINDOWS = 5.0
"""The strip's ends, in windows that are clearly heard: few notes of a beginner lie beyond."""


@dataclass(frozen=True, slots=True)
class StripNote:
    """One note of the strip."""

    onset_id: int
    deviation_s: float
    is_settled: bool


@dataclass(frozen=True, slots=True)
class StripView:
    """What the strip shows: the last notes, the windows, and what its middle is."""

    notes: tuple[StripNote, ...] = ()
    inner_s: float = math.nan
    outer_s: float = math.nan
    is_calibrated: bool = False

    @property
    def reach_s(self) -> float:
        """What the ends of the strip stand for."""
        return REACH_WINDOWS * self.outer_s


def strip_view(snapshot: LiveSnapshot) -> StripView:
    """Take from a snapshot what the strip shows."""
    notes = tuple(
        StripNote(note.onset_id, note.deviation_s, note.state is NoteState.CONFIRMED)
        for note in snapshot.notes[-N_NOTES:]
        if math.isfinite(note.deviation_s)
    )
    return StripView(notes, *shown_windows_s(snapshot), snapshot.is_calibrated)


class NoteStrip(CellWidget[StripView]):
    """Draws a `StripView`: dots over the windows, the words below."""

    def draw(self, view: StripView, width: int, height: int) -> list[Row]:
        """Notes take rows in turn, so that none has to move when the next one comes."""
        if not view.outer_s > 0.0 or width < 3:
            return []
        n_dot_rows = max(1, height - 1)
        grounds = [_ground(view, column, width) for column in range(width)]
        cells = [[(" ", ground) for ground in grounds] for _ in range(n_dot_rows)]
        for row in cells:
            row[width // 2] = ("┊", grounds[width // 2] + palette.DIM)
        for place, note in enumerate(view.notes):
            is_newest = place == len(view.notes) - 1
            column, shape = _dot(view, note, width)
            style = grounds[column] + _dot_style(view, note, is_newest=is_newest)
            cells[note.onset_id % n_dot_rows][column] = (shape, style)
        rows = [_joined(row) for row in cells]
        return [*rows, _labels(view, width)] if height > 1 else rows


def _ground(view: StripView, column: int, width: int) -> Style:
    off_middle_s = abs(2.0 * column / (width - 1) - 1.0) * view.reach_s
    if off_middle_s <= view.inner_s:
        return palette.INNER_WINDOW
    return palette.OUTER_WINDOW if off_middle_s <= view.outer_s else palette.BEYOND_WINDOWS


def _dot(view: StripView, note: StripNote, width: int) -> tuple[int, str]:
    """Column and shape: beyond the ends an arrow stands at the end."""
    place = note.deviation_s / view.reach_s
    if abs(place) > 1.0:
        return (0, "◀") if place < 0 else (width - 1, "▶")
    column = round((place + 1.0) / 2.0 * (width - 1))
    return column, "●" if note.is_settled else "○"


def _dot_style(view: StripView, note: StripNote, *, is_newest: bool) -> Style:
    style = note_style(note.deviation_s, view.inner_s)
    return style if is_newest else style + Style(bold=False, dim=False)


def _joined(cells: list[tuple[str, Style]]) -> Row:
    """Cells of one style in one piece: fewer pieces, less work."""
    row: Row = []
    for text, style in cells:
        if row and row[-1][1] == style:
            row[-1] = (row[-1][0] + text, style)
        else:
            row.append((text, style))
    return row


def _labels(view: StripView, width: int) -> Row:
    reach = f"{1000.0 * view.reach_s:.0f} ms"
    left = f"◀ {reach} early" if view.is_calibrated else f"◀ {reach}"
    right = f"late {reach} ▶" if view.is_calibrated else f"{reach} ▶"
    middle = "the click" if view.is_calibrated else "your own average"
    before = max(1, (width - len(middle)) // 2 - len(left))
    after = max(1, width - len(left) - before - len(middle) - len(right))
    row: Row = [
        (left, palette.EARLY if view.is_calibrated else palette.DIM),
        (" " * before, palette.TEXT),
        (middle, palette.DIM),
        (" " * after, palette.TEXT),
        (right, palette.LATE if view.is_calibrated else palette.DIM),
    ]
    return row if row_width(row) <= width else [(middle, palette.DIM)]
