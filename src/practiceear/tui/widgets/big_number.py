"""Huge letters: a number with small words beside it, and the beat with the boxes of its bar."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len
from rich.style import Style

from practiceear.tui.judgement import BigNumber
from practiceear.tui.widgets import palette
from practiceear.tui.widgets.cells import CellWidget, Row, centred, in_the_middle

HEIGHT_PIXELS = 5
LARGEST_SCALE = 4

_GLYPHS = {
    "0": ("###", "# #", "# #", "# #", "###"),
    "1": (" # ", "## ", " # ", " # ", "###"),
    "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", " ##", "  #", "###"),
    "4": ("# #", "# #", "###", "  #", "  #"),
    "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"),
    "7": ("###", "  #", "  #", " # ", " # "),
    "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
    ".": (" ", " ", " ", " ", "#"),
    ":": (" ", "#", " ", "#", " "),
    "-": ("   ", "   ", "###", "   ", "   "),
    "–": ("   ", "   ", "###", "   ", "   "),
    " ": (" ", " ", " ", " ", " "),
    "A": (" # ", "# #", "###", "# #", "# #"),
    "B": ("## ", "# #", "## ", "# #", "## "),
    "C": ("###", "#  ", "#  ", "#  ", "###"),
    "D": ("## ", "# #", "# #", "# #", "## "),
    "E": ("###", "#  ", "## ", "#  ", "###"),
    "F": ("###", "#  ", "## ", "#  ", "#  "),
    "G": ("###", "#  ", "# #", "# #", "###"),
    "H": ("# #", "# #", "###", "# #", "# #"),
    "I": ("#", "#", "#", "#", "#"),
    "J": ("  #", "  #", "  #", "# #", "###"),
    "K": ("# #", "# #", "## ", "# #", "# #"),
    "L": ("#  ", "#  ", "#  ", "#  ", "###"),
    "M": ("#   #", "## ##", "# # #", "#   #", "#   #"),
    "N": ("#   #", "##  #", "# # #", "#  ##", "#   #"),
    "O": ("###", "# #", "# #", "# #", "###"),
    "P": ("###", "# #", "###", "#  ", "#  "),
    "Q": ("###", "# #", "# #", "###", "  #"),
    "R": ("## ", "# #", "## ", "# #", "# #"),
    "S": ("###", "#  ", "###", "  #", "###"),
    "T": ("###", " # ", " # ", " # ", " # "),
    "U": ("# #", "# #", "# #", "# #", "###"),
    "V": ("# #", "# #", "# #", "# #", " # "),
    "W": ("#   #", "#   #", "# # #", "## ##", "#   #"),
    "X": ("# #", "# #", " # ", "# #", "# #"),
    "Y": ("# #", "# #", " # ", " # ", " # "),
    "Z": ("###", "  #", " # ", "#  ", "###"),
    "◀": ("  #", " ##", "###", " ##", "  #"),
    "▶": ("#  ", "## ", "###", "## ", "#  "),
    "●": (" ### ", "#####", "#####", "#####", " ### "),
}

_HALF_BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}

NARROWEST_BOX = 3
GROUP_GAP = 2
NARROWEST_WITH_BOXES = 24

STEPS = 48
LABEL_WIDTH = 14


def is_drawable(text: str) -> bool:
    """Whether there is a letter for every character of ``text``."""
    return all(character in _GLYPHS for character in text)


@lru_cache(maxsize=256)
def fit_letters(text: str, width: int, height: int) -> tuple[str, ...]:
    """Draw ``text`` as large as fits into ``width`` × ``height`` cells.

    Where not even the smallest letters fit, or one is not known, it is returned as it is.
    A pixel is two cells wide and one high, or a multiple of that; in the smallest letters,
    three rows high, half a cell high and one wide.

    Returns
    -------
    tuple of str
        Rows of equal length.
    """
    if not text or not is_drawable(text):
        return (text,)
    pixels = _pixel_rows(text)
    for scale in range(LARGEST_SCALE, 0, -1):
        if 2 * scale * len(pixels[0]) <= width and scale * HEIGHT_PIXELS <= height:
            return _magnified(pixels, scale)
    if len(pixels[0]) <= width and height >= (HEIGHT_PIXELS + 1) // 2:
        return _halved(pixels)
    return (text,)


def _pixel_rows(text: str) -> list[str]:
    return [" ".join(_GLYPHS[letter][row] for letter in text) for row in range(HEIGHT_PIXELS)]


def _magnified(pixels: list[str], scale: int) -> tuple[str, ...]:
    rows: list[str] = []
    for row in pixels:
        cells = "".join(("█" if pixel == "#" else " ") * (2 * scale) for pixel in row)
        rows += [cells] * scale
    return tuple(rows)


def _halved(pixels: list[str]) -> tuple[str, ...]:
    padded = [*pixels, " " * len(pixels[0])]
    return tuple(
        "".join(
            _HALF_BLOCKS[upper == "#", lower == "#"]
            for upper, lower in zip(padded[row], padded[row + 1], strict=True)
        )
        for row in range(0, len(padded), 2)
    )


class BigNumberDisplay(CellWidget[BigNumber]):
    """Draws a `BigNumber`; the words keep their room, the number takes what is left."""

    def draw(self, view: BigNumber, width: int, height: int) -> list[Row]:
        """Number at the left, words beside it."""
        if not view.number:
            return in_the_middle(_words_alone(view.side, width, height), height)
        if height == 1:
            return [[(_one_line(view, width), palette.STRONG)]]
        letters, side = _letters_and_side(view, width, height)
        words_width = max((cell_len(line) for line in side), default=0)
        n_rows = max(len(letters), min(height, len(side)))
        digits = _filled(letters, n_rows)
        words = _filled(side, n_rows)
        rows = [
            [
                (digits[row], palette.STRONG),
                ("  ", palette.TEXT),
                (words[row].ljust(words_width), _words_style(words[row], view)),
            ]
            for row in range(n_rows)
        ]
        return in_the_middle([centred(row, width, palette.TEXT) for row in rows], height)


def _words_alone(side: tuple[str, ...], width: int, height: int) -> list[Row]:
    """The first line large, if there is room for it."""
    if not side:
        return []
    large = fit_letters(side[0].upper(), width, height - len(side))
    first = large if len(large) > 1 else (side[0],)
    rows: list[Row] = [[(line, palette.STRONG)] for line in first]
    rows += [[(line, palette.DIM)] for line in side[1:]]
    return [centred(row, width, palette.TEXT) for row in rows]


def _one_line(view: BigNumber, width: int) -> str:
    """Number and words in one line: the number with its n, or nothing."""
    n = view.side[1:2]
    candidates = (view.side, view.side[:2], n)
    lines = (" ".join((view.number, *side)) for side in candidates)
    return next((line for line in lines if cell_len(line) <= width), "")


def _letters_and_side(
    view: BigNumber, width: int, height: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The number as large as fits beside its words; the last ones are given up for that.

    The first two, ± and n, are never given up.
    """
    fewest = min(2, len(view.side))
    choices = []
    for n_lines in range(min(height, len(view.side)), fewest - 1, -1):
        side = view.side[:n_lines]
        room = width - 2 - max((cell_len(line) for line in side), default=0)
        letters = fit_letters(view.number, max(1, room), height)
        choices.append(((len(letters), len(letters[0]) <= room, n_lines), letters, side))
    _, letters, side = max(choices, key=lambda choice: choice[0])
    return letters, side


def _filled(lines: tuple[str, ...], n_rows: int) -> list[str]:
    """Lines in the middle of ``n_rows``."""
    width = len(lines[0]) if lines else 0
    above = max(0, n_rows - len(lines)) // 2
    filled = [" " * width] * above + list(lines)
    return filled + [" " * width] * (n_rows - len(filled))


def _words_style(line: str, view: BigNumber) -> Style:
    return palette.STRONG if view.side and line == view.side[0] else palette.DIM


@dataclass(frozen=True, slots=True)
class BeatView:
    """What the beat looks like.

    ``beat``: from 0; None where there is none yet. ``note``: shown instead of the beat where it is
    hidden on purpose; else empty. ``is_wide``: whether boxes may be as wide as there is room: where
    nothing is heard of the beat.
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
