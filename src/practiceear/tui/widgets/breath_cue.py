"""When to breathe: a bar that fills while the player breathes in and empties while out."""

from __future__ import annotations

from dataclasses import dataclass

from practiceear.tui import palette
from practiceear.tui.widgets.cells import CellWidget, Row

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
