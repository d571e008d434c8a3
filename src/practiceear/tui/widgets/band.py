"""The one sign: a band in its colour, with a shape and words that say the same."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rich.style import Style

from practiceear.live.snapshot import LiveSnapshot, NoteState
from practiceear.tui.judgement import Judgement, shown_windows_s
from practiceear.tui.widgets import palette
from practiceear.tui.widgets.big_number import fit_letters
from practiceear.tui.widgets.cells import CellWidget, Row, centred, row_width


@dataclass(frozen=True, slots=True)
class Sign:
    """How a judgement is shown: the shape and the words mean it, the colour only helps."""

    shape: str
    words: str
    style: Style


SIGNS = {
    Judgement.UNKNOWN: Sign("", "", palette.NEUTRAL_BAND),
    Judgement.EARLY: Sign("◀", "EARLY", palette.EARLY_BAND),
    Judgement.ON_TIME: Sign("●", "ON TIME", palette.ON_TIME_BAND),
    Judgement.LATE: Sign("▶", "LATE", palette.LATE_BAND),
    Judgement.EVEN: Sign("●", "EVEN", palette.ON_TIME_BAND),
    Judgement.UNEVEN: Sign("◀▶", "UNEVEN", palette.UNEVEN_BAND),
}
"""The sign of every judgement."""

MARGIN = 2


@dataclass(frozen=True, slots=True)
class BandView:
    """The judgement of the last notes; where there is none, large words and small ones below."""

    judgement: Judgement = Judgement.UNKNOWN
    words: str = ""
    explanation: str = ""


class StateBand(CellWidget[BandView]):
    """Draws a `BandView`."""

    def draw(self, view: BandView, width: int, height: int) -> list[Row]:
        """The sign as large as fits; with no room for large letters, in plain ones."""
        sign = SIGNS[view.judgement]
        if view.judgement is Judgement.UNKNOWN:
            sign = Sign("", view.words, palette.NEUTRAL_BAND)
        lines = _large_lines(sign, width - 2 * MARGIN, height)
        if view.judgement is Judgement.UNKNOWN and view.explanation:
            lines = _with_explanation(sign, view, width, height)
        above = (height - len(lines)) // 2
        filled = [""] * above + lines
        filled += [""] * (height - len(filled))
        return [centred([(line, sign.style)], width, sign.style) for line in filled]


def _large_lines(sign: Sign, width: int, height: int) -> list[str]:
    text = f"{sign.shape} {sign.words}".strip()
    lines = fit_letters(text, width, height)
    if len(lines) == 1 and sign.shape:
        # The shape alone can still be large: it is what must be seen first.
        shape = fit_letters(sign.shape, width - len(sign.words) - 3, height)
        middle = len(shape) // 2
        return [
            f"{line}   {sign.words if row == middle else ' ' * len(sign.words)}"
            for row, line in enumerate(shape)
        ]
    return list(lines)


def _with_explanation(sign: Sign, view: BandView, width: int, height: int) -> list[str]:
    large = list(fit_letters(sign.words, width - 2 * MARGIN, height - 2)) if sign.words else []
    if len(large) > 1:
        return [*large, "", view.explanation]
    joined = " · ".join(part for part in (sign.words, view.explanation) if part)
    return [joined if len(joined) <= width else view.explanation]


N_NOTES = 16
REACH_WINDOWS = 5.0
"""The strip's ends, in windows that are clearly heard: few notes of a beginner lie beyond."""


@dataclass(frozen=True, slots=True)
class StripNote:
    """One note of the strip."""

    onset_id: int
    deviation_s: float
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class StripView:
    """What the strip shows: the last notes, the windows, and what its middle is."""

    notes: tuple[StripNote, ...] = ()
    inner_s: float = math.nan
    outer_s: float = math.nan
    is_calibrated: bool = False

    @property
    def reach_s(self) -> float:
        """The deviation at the ends of the strip."""
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
    return column, "●" if note.is_confirmed else "○"


def note_shape(deviation_s: float, inner_s: float) -> str:
    """The shape of one note: before, inside or after the window that nobody notices."""
    if deviation_s < -inner_s:
        return "◀"
    return "▶" if deviation_s > inner_s else "●"


def note_style(deviation_s: float, inner_s: float) -> Style:
    """The colour that goes with `note_shape`."""
    shape = note_shape(deviation_s, inner_s)
    return {"◀": palette.EARLY, "▶": palette.LATE}.get(shape, palette.ON_TIME)


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
