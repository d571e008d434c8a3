"""The beat, huge: which one it is, and the beats of the bar as boxes with the present one full."""

from __future__ import annotations

from dataclasses import dataclass

from practiceear.tui.widgets import palette
from practiceear.tui.widgets.big_number import fit_letters
from practiceear.tui.widgets.cells import CellWidget, Row, centred, in_the_middle

NARROWEST_BOX = 3
GROUP_GAP = 2
NARROWEST_WITH_BOXES = 24


@dataclass(frozen=True, slots=True)
class BeatView:
    """What the beat looks like.

    Attributes
    ----------
    beat
        From 0; None where there is none yet.
    note
        Shown instead of the beat where it is hidden on purpose; else empty.
    is_wide
        Whether boxes may be as wide as there is room: where nothing is heard of the beat.
    """

    beat: int | None = None
    n_beats: int = 4
    accented_beats: tuple[int, ...] = (0,)
    note: str = ""
    is_wide: bool = False


class BeatDisplay(CellWidget[BeatView]):
    """Draws a `BeatView`; nothing else on the screen moves."""

    def draw(self, view: BeatView, width: int, height: int) -> list[Row]:
        """Number at the left, boxes beside it; with no room for them, the number in a box."""
        if view.note:
            large = fit_letters(view.note.upper(), width, height)
            words: list[Row] = [[(line, palette.STRONG)] for line in large]
            return in_the_middle([centred(row, width, palette.TEXT) for row in words], height)
        number = _number_rows(view, width, height)
        room = width - len(number[0]) - 3
        if room < view.n_beats:
            inside: list[Row] = [[(f" {digits} ", palette.BEAT_INSIDE)] for digits in number]
            return in_the_middle([centred(row, width, palette.TEXT) for row in inside], height)
        boxes = _box_rows(view, room, len(number))
        rows: list[Row] = [
            [(digits, palette.BEAT_NOW), ("   ", palette.TEXT), *box]
            for digits, box in zip(number, boxes, strict=True)
        ]
        return in_the_middle([centred(row, width, palette.TEXT) for row in rows], height)


def _number_rows(view: BeatView, width: int, height: int) -> tuple[str, ...]:
    """The number, with the room that the widest one of the bar takes."""
    text = "–" if view.beat is None else str(view.beat + 1)
    room = width // 3 if width >= NARROWEST_WITH_BOXES else width - 2
    widest = fit_letters("8" * len(str(view.n_beats)), room, height)
    drawn = fit_letters(text, len(widest[0]), len(widest))
    return tuple(row.rjust(len(widest[0])) for row in drawn)


def _box_rows(view: BeatView, room: int, height: int) -> list[Row]:
    """Boxes of all beats, or nothing where there is no room for them."""
    n_gaps = view.n_beats - 1
    gaps = n_gaps + GROUP_GAP * (len(view.accented_beats) - 1)
    box_width = (room - gaps) // view.n_beats
    if not view.is_wide:
        box_width = min(box_width, max(NARROWEST_BOX, 2 * height))
    if box_width < 1:
        return [[] for _ in range(height)]
    return [
        [
            run
            for beat in range(view.n_beats)
            for run in _box_row(view, beat, (row, height), box_width)
        ]
        for row in range(height)
    ]


def _box_row(view: BeatView, beat: int, row: tuple[int, int], width: int) -> Row:
    gap = 0 if beat == 0 else 1 + (GROUP_GAP if beat in view.accented_beats else 0)
    before = (" " * gap, palette.TEXT)
    if beat == view.beat:
        return [before, ("█" * width, palette.BEAT_NOW)]
    return [before, (_outline(row, width), palette.BEAT_IDLE)]


def _outline(row: tuple[int, int], width: int) -> str:
    """One row of an empty box."""
    y, height = row
    if width < NARROWEST_BOX or height < 2:
        return ("·" if y == height // 2 else " ") + " " * (width - 1)
    if y == 0:
        return "┌" + "─" * (width - 2) + "┐"
    if y == height - 1:
        return "└" + "─" * (width - 2) + "┘"
    return "│" + " " * (width - 2) + "│"


STEPS = 48
LABEL_WIDTH = 14


@dataclass(frozen=True, slots=True)
class BreathView:
    """How full the player is, in steps of ``STEPS``; None where there is no cue."""

    is_breathing_in: bool = True
    n_steps: int = 0


def breath_view(breath_phase: float) -> BreathView:
    """From -1 to 0 it fills, from 0 to 1 it empties."""
    is_breathing_in = breath_phase < 0.0
    share = 1.0 + breath_phase if is_breathing_in else 1.0 - breath_phase
    return BreathView(is_breathing_in, round(STEPS * max(0.0, min(1.0, share))))


class BreathCue(CellWidget[BreathView]):
    """Draws a `BreathView`."""

    def draw(self, view: BreathView, width: int, height: int) -> list[Row]:
        """Words at the left of the first row, the bar over all rows."""
        words = "▲ breathe in" if view.is_breathing_in else "▼ breathe out"
        room = max(1, width - LABEL_WIDTH)
        n_full = round(room * view.n_steps / STEPS)
        bar: Row = [
            ("█" * n_full, palette.BREATH),
            ("░" * (room - n_full), palette.LEVEL_EMPTY),
        ]
        return [
            [((words if row == 0 else "").ljust(LABEL_WIDTH), palette.STRONG), *bar]
            for row in range(height)
        ]
