"""Text that is not ours, made harmless for a terminal, a table and a spreadsheet.

Names of plans, takes, devices and archives may hold characters that a terminal obeys: escape
sequences, line breaks, marks that turn the direction of writing. They are written out instead.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import TextIO

CONTROLLING = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Unicode categories: control and format characters, halves of characters, line separators."""

JOINERS = "\u200c\u200d"
"""Format characters that Persian, Indic scripts and emoji are written with."""

FORMULA_STARTS = tuple("=+-@＝＋－＠")
"""A spreadsheet calculates what begins so, with wide signs too."""


def is_controlling(character: str) -> bool:
    """Whether a terminal obeys a character instead of showing it."""
    return character not in JOINERS and unicodedata.category(character) in CONTROLLING


def printable(text: str, kept: str = "") -> str:
    r"""``text`` as one line, controlling characters but ``kept`` ones written out, as ``\x1b``."""
    if text.translate(dict.fromkeys(map(ord, kept))).isprintable():
        return text
    return "".join(
        repr(char)[1:-1] if is_controlling(char) and char not in kept else char for char in text
    )


def printable_lines(lines: Iterable[str]) -> str:
    """Join lines; a line break within one of them makes no line more."""
    return "\n".join(printable(line) for line in lines)


def csv_cell(text: str) -> str:
    """Return ``text`` as a cell of a table that no spreadsheet takes for a formula."""
    cell = printable(text)
    return f"'{cell}" if cell.lstrip().startswith(FORMULA_STARTS) else cell


class PrintableStream:
    """A text stream in which nothing controls the terminal but line breaks and tabs."""

    def __init__(self, raw: TextIO) -> None:
        self.raw = raw

    def write(self, text: str) -> int:
        """Write a text; return its length."""
        self.raw.write(printable(text, kept="\n\t"))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write texts one after the other."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        return getattr(self.raw, name)


def raw_stream(stream: TextIO) -> TextIO:
    """Return the stream behind a `PrintableStream`, for what draws; any other as it is."""
    return stream.raw if isinstance(stream, PrintableStream) else stream
