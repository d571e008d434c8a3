"""Some lines of text, wrapped; and a drill as its notes and fingering."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from practiceear.practice.drill import Drill
from practiceear.tui import palette
from practiceear.tui.practice_words import note_rows
from practiceear.tui.widgets.cells import CellWidget, Row


@dataclass(frozen=True, slots=True)
class TextView:
    """What a block says.

    Attributes
    ----------
    title
        Stands first, strong.
    drill
        Whose notes and fingering follow; None without.
    lines
        Stand last.
    """

    title: str = ""
    drill: Drill | None = None
    lines: tuple[str, ...] = ()


class TextBlock(CellWidget[TextView]):
    """Draws a `TextView`; where there is too little room the end is left out."""

    def draw(self, view: TextView, width: int, height: int) -> list[Row]:
        """Title, notes, lines."""
        room = max(2, width)
        rows: list[Row] = [[(one, palette.STRONG)] for one in textwrap.wrap(view.title, room)]
        if view.drill is not None:
            has_marks = bool(view.drill.notes) and bool(view.drill.fingering)
            for at, one in enumerate(note_rows(view.drill, room)):
                style = palette.DIM if has_marks and at % 2 else palette.TEXT
                rows.append([(one, style)])
        for line in view.lines:
            wrapped = textwrap.wrap(line, room) or [""]
            rows += [[(one, palette.TEXT)] for one in wrapped]
        return rows
