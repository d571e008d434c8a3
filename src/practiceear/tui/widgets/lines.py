"""Single lines: where one stands, what is wrong, which keys do what."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from practiceear.practice.drill import Drill
from practiceear.reports.practice_words import note_rows
from practiceear.tui.widgets import palette
from practiceear.tui.widgets.cells import CellWidget, Row, apart, row_width


@dataclass(frozen=True, slots=True)
class HeadView:
    """What stands at the top, the most important first on either side."""

    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()


class HeadLine(CellWidget[HeadView]):
    """Draws a `HeadView`."""

    def draw(self, view: HeadView, width: int, height: int) -> list[Row]:
        """What does not fit is left out from the end."""
        left, right = list(view.left), list(view.right)
        while len(" · ".join(left)) + len("  ".join(right)) + 1 > width and len(left) > 1:
            left.pop()
        return [
            apart([(" · ".join(left), palette.STRONG)], [("  ".join(right), palette.STRONG)], width)
        ]


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One line that must be read; a warning goes before a banner."""

    warning: str = ""
    banner: str = ""


class Notice(CellWidget[NoticeView]):
    """Draws a `NoticeView`."""

    def draw(self, view: NoticeView, width: int, height: int) -> list[Row]:
        """What is too long for the rows ends in dots."""
        if view.warning:
            return [
                [(line, palette.WARNING)] for line in wrapped(f"! {view.warning}", width, height)
            ]
        return [[(line, palette.DIM)] for line in wrapped(view.banner, width, height)]


def wrapped(text: str, width: int, n_rows: int) -> list[str]:
    """Break a text into at most ``n_rows`` lines of ``width``."""
    import textwrap

    return textwrap.wrap(text, max(2, width), max_lines=max(1, n_rows), placeholder="…")


class KeyLine(CellWidget[tuple[tuple[str, str], ...]]):
    """The keys and what they do, at the bottom of the screen."""

    def draw(self, view: tuple[tuple[str, str], ...], width: int, height: int) -> list[Row]:
        """Keys that do not fit are left out from the end; help names them all."""
        row: Row = []
        for key, job in view:
            piece: Row = [(f" {key} ", palette.NEUTRAL_BAND), (f" {job}  ", palette.DIM)]
            if row_width(row) + row_width(piece) > width:
                break
            row += piece
        return [row]


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
