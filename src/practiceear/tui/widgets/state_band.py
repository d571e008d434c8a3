"""The one sign: a band in its colour, with a shape and words that say the same."""

from __future__ import annotations

from dataclasses import dataclass

from practiceear.tui import palette
from practiceear.tui.judgement import SIGNS, Judgement, Sign
from practiceear.tui.widgets.big_number import fit_letters
from practiceear.tui.widgets.cells import CellWidget, Row, centred

MARGIN = 2


@dataclass(frozen=True, slots=True)
class BandView:
    """What the band says.

    Attributes
    ----------
    judgement
        Of the last notes.
    words, explanation
        Said instead where nothing is judged: large, and small below it.
    """

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
