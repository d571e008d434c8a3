"""The base of all widgets here: rows of cells, drawn again only when what they show changed.

Textual's own widgets make one styled piece of text for every change, 25 times a second; a
widget that knows its rows costs a tenth of that, and leaves the rest to the analysis.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from practiceear.plain_text import printable

View = TypeVar("View")

Run = tuple[str, Style]
Row = list[Run]
"""Pieces of text from left to right."""


class CellWidget(Widget, Generic[View]):
    """Draws a view, any value that can be compared, as rows of cells."""

    def __init__(self, view: View, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._view = view
        self._rows: list[Row] | None = None
        self._drawn_size = (0, 0)

    @property
    def view(self) -> View:
        """What is shown now."""
        return self._view

    def show(self, view: View) -> None:
        """Show something else; costs nothing where it is the same."""
        if view == self._view:
            return
        self._view = view
        self._rows = None
        self.refresh()

    def draw(self, view: View, width: int, height: int) -> list[Row]:
        """Rows for ``width`` × ``height`` cells; what is too much is cut off."""
        raise NotImplementedError

    @property
    def plain(self) -> str:
        """What is on the screen, without styles: for tests and for screen readers."""
        lines = ("".join(text for text, _ in row).rstrip() for row in self._current_rows())
        return "\n".join(lines)

    def _current_rows(self) -> list[Row]:
        size = (self.size.width, self.size.height)
        if self._rows is None or size != self._drawn_size:
            self._drawn_size = size
            is_visible = size[0] > 0 and size[1] > 0
            rows = self.draw(self._view, *size)[: size[1]] if is_visible else []
            self._rows = [[(printable(text), style) for text, style in row] for row in rows]
        return self._rows

    def render_line(self, y: int) -> Strip:
        """Give Textual one row."""
        width, base = self.size.width, self.rich_style
        rows = self._current_rows()
        if y >= len(rows):
            return Strip.blank(width, base)
        segments = [Segment(text, base + style) for text, style in rows[y]]
        return Strip(segments).adjust_cell_length(width, base)


def row_width(row: Iterable[Run]) -> int:
    """How many cells a row takes."""
    return sum(cell_len(text) for text, _ in row)


def centred(row: Row, width: int, fill: Style) -> Row:
    """Put a row into the middle of ``width`` cells."""
    free = max(0, width - row_width(row))
    return [(" " * (free // 2), fill), *row, (" " * (free - free // 2), fill)]


def apart(left: Row, right: Row, width: int) -> Row:
    """One row at the left, one at the right; where both do not fit, only the left one is drawn."""
    free = width - row_width(left) - row_width(right)
    return [*left, (" " * free, Style()), *right] if free >= 1 else left


def in_the_middle(rows: list[Row], height: int) -> list[Row]:
    """Put rows into the middle of ``height``."""
    above = max(0, height - len(rows)) // 2
    return [[] for _ in range(above)] + rows
