"""Letters five pixels high, drawn with blocks, that can be read across a room."""

from __future__ import annotations

from functools import lru_cache

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
