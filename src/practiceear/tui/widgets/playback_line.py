"""Where in a recorded take one hears it."""

from __future__ import annotations

from dataclasses import dataclass

from practiceear.tui import palette
from practiceear.tui.widgets.cells import CellWidget, Row, row_width

FEWEST_BAR_CELLS = 10


@dataclass(frozen=True, slots=True)
class PlaybackView:
    """What the line shows.

    Attributes
    ----------
    is_playing, is_opening
        Whether it sounds; whether the loudspeaker is just being opened.
    position_s, duration_s
        Of the take.
    note, n_notes
        The note that is heard, counted from 1; None before the first.
    """

    is_playing: bool = False
    is_opening: bool = False
    position_s: float = 0.0
    duration_s: float = 0.0
    note: int | None = None
    n_notes: int = 0


class PlaybackLine(CellWidget[PlaybackView]):
    """Draws a `PlaybackView`."""

    DEFAULT_CSS = "PlaybackLine { height: 1; padding: 0 1; }"

    def draw(self, view: PlaybackView, width: int, height: int) -> list[Row]:
        """Sign and time first, then the bar, then the note; what has no room is left out."""
        sign = "▶" if view.is_playing else ("…" if view.is_opening else "‖")
        time = f"{sign} {_clock(view.position_s)} / {_clock(view.duration_s)}"
        row: Row = [(time, palette.STRONG if view.is_playing else palette.TEXT)]
        note = f"note {view.note or 0} of {view.n_notes}"
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
