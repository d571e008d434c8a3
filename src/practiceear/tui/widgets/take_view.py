"""The drawings of a take, with a cursor on the note that is heard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip

from practiceear.tui.widgets import palette
from practiceear.tui.widgets.cells import CellWidget, Row, row_width
from practiceear.tui.widgets.take_rows import LABEL_WIDTH, shape_rows, take_rows

if TYPE_CHECKING:
    from practiceear.analysis.snapshot import SessionSnapshot


CURSOR = Style(color="#080808", bgcolor="#ffffff", bold=True)
CURSOR_REACH = 1
"""Cells beside the note that are lit too, where they are blank: one cell is soon lost."""

NOTE_SHAPES = frozenset("●◁▷◀▶·")
N_LEGEND_ROWS = 2


@dataclass(frozen=True, slots=True)
class NotePlace:
    """Where a note is drawn."""

    row: int
    column: int


def note_places(snapshot: SessionSnapshot, width: int, n_rows: int) -> dict[int, NotePlace]:
    """Where each note stands among the ``n_rows`` rows of `take_rows` for this width.

    Notes that fit no slot of the grid are not drawn.
    """
    rows = shape_rows(snapshot, width)
    n_above = n_rows - 1 - len(rows)  # a blank row ends the drawings
    shapes = [
        NotePlace(n_above + row, column)
        for row, cells in enumerate(rows[:-N_LEGEND_ROWS])
        if row % 2 == 0  # every other row is the loudness
        for column in _shape_columns(cells)
    ]
    return dict(zip(_drawn_notes(snapshot), shapes, strict=True))


def _drawn_notes(snapshot: SessionSnapshot) -> list[int]:
    """The notes in the order in which they are drawn."""
    alignment = snapshot.alignment
    if alignment is None:
        return list(range(len(snapshot.notes)))
    matched = np.flatnonzero(alignment.is_matched)
    by_slot = {int(alignment.slot[note]): int(note) for note in matched}
    return [by_slot[slot] for slot in sorted(by_slot)]


def _shape_columns(cells: Row) -> list[int]:
    columns, column = [], 0
    for text, _ in cells:
        if column >= LABEL_WIDTH and text in NOTE_SHAPES:
            columns.append(column)
        column += len(text)
    return columns


class TakeDrawing(CellWidget["SessionSnapshot"]):
    """All drawings of a take; only the rows that are seen cost anything."""

    DEFAULT_CSS = "TakeDrawing { height: auto; }"

    def __init__(self, snapshot: SessionSnapshot) -> None:
        super().__init__(snapshot, id="drawing")
        self._places: dict[int, NotePlace] = {}
        self._placed_width = 0
        self._note: int | None = None
        self._drawn_notes = np.array(sorted(_drawn_notes(snapshot)), dtype=np.int64)
        self._drawn: tuple[int, list[Row]] = (-1, [])

    @property
    def cursor_note(self) -> int | None:
        """The note under the cursor; None where there is none."""
        return self._note

    @property
    def cursor_place(self) -> NotePlace | None:
        """Where the cursor is drawn; None where it is not."""
        if self._note is None:
            return None
        if self._placed_width != self.size.width:
            self._placed_width = self.size.width
            n_rows = len(self._rows_for(self.size.width))
            self._places = note_places(self.view, self.size.width, n_rows) if n_rows else {}
        return self._places.get(self._note)

    def move_cursor(self, position_s: float) -> bool:
        """Put the cursor on the last drawn note begun by then; tell whether it moved."""
        onset_s = self.view.onset_s[self._drawn_notes]
        begun = self._drawn_notes[onset_s <= position_s + 0.5 / self.view.rate_hz]
        note = int(begun[-1]) if len(begun) else None
        if note == self._note:
            return False
        before, self._note = self.cursor_place, note
        for place in (before, self.cursor_place):
            if place is not None:
                self.refresh(Region(0, place.row, self.size.width, 1))
        return True

    def draw(self, view: SessionSnapshot, width: int, height: int) -> list[Row]:
        """All drawings, whatever the height."""
        return self._rows_for(width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many rows as the drawings take."""
        return len(self._rows_for(width))

    def _rows_for(self, width: int) -> list[Row]:
        if self._drawn[0] != width:
            self._drawn = (width, take_rows(self.view, width))
        return self._drawn[1]

    def render_line(self, y: int) -> Strip:
        """One row, with the cursor where it is in it."""
        strip = super().render_line(y)
        place = self.cursor_place
        if place is None or place.row != y:
            return strip
        first, end = max(0, place.column - CURSOR_REACH), place.column + CURSOR_REACH + 1
        before, lit, after = strip.crop(0, first), strip.crop(first, end), strip.crop(end)
        segments = [Segment(segment.text, CURSOR) for segment in lit]
        return Strip.join([before, Strip(segments), after])


FEWEST_BAR_CELLS = 10


@dataclass(frozen=True, slots=True)
class PlaybackView:
    """What the line shows; ``note`` counts from 1, and is 0 before the first."""

    is_playing: bool = False
    is_opening: bool = False
    position_s: float = 0.0
    duration_s: float = 0.0
    note: int = 0
    n_notes: int = 0


class PlaybackLine(CellWidget[PlaybackView]):
    """Draws a `PlaybackView`."""

    DEFAULT_CSS = "PlaybackLine { height: 1; padding: 0 1; }"

    def draw(self, view: PlaybackView, width: int, height: int) -> list[Row]:
        """Sign and time first, then the bar, then the note; what has no room is left out."""
        sign = "▶" if view.is_playing else ("…" if view.is_opening else "‖")
        time = f"{sign} {_clock(view.position_s)} / {_clock(view.duration_s)}"
        row: Row = [(time, palette.STRONG if view.is_playing else palette.TEXT)]
        note = f"note {view.note} of {view.n_notes}"
        n_bar = width - len(time) - len(note) - 4
        if n_bar >= FEWEST_BAR_CELLS:
            share = view.position_s / view.duration_s if view.duration_s else 0.0
            n_done = min(n_bar, round(n_bar * share))
            row += [
                ("  ", palette.TEXT),
                ("━" * n_done, palette.LEVEL),
                ("─" * (n_bar - n_done), palette.LEVEL_EMPTY),
            ]
        piece = (f"  {note}", palette.DIM)
        return [[*row, piece] if row_width(row) + len(piece[0]) <= width else row]


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(int(10.0 * time_s) / 10.0, 60.0)
    return f"{minutes:.0f}:{seconds:04.1f}"
