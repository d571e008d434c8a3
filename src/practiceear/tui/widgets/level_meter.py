"""How loud the microphone hears: a bar, the peak, and a warning where it is too much."""

from __future__ import annotations

import math
from dataclasses import dataclass

from practiceear.session.live_snapshot import LiveSnapshot
from practiceear.session.sound_check import SoundPicture
from practiceear.tui import palette
from practiceear.tui.widgets.cells import CellWidget, Row

SOFTEST_DBFS = -60
LABEL = "level "
WORDS_WIDTH = 12
CLIP_WORDS = "■ CLIPS: turn the input down"


@dataclass(frozen=True, slots=True)
class LevelView:
    """Whole decibels, so that nothing is drawn for less."""

    level_dbfs: int = SOFTEST_DBFS
    peak_dbfs: int = SOFTEST_DBFS
    is_clipping: bool = False


def level_view(snapshot: LiveSnapshot) -> LevelView:
    """Take from a snapshot what the meter shows."""
    return LevelView(_whole(snapshot.level_dbfs), _whole(snapshot.peak_dbfs), snapshot.is_clipping)


def picture_level(picture: SoundPicture) -> LevelView:
    """Take from a sound check what the meter shows."""
    return LevelView(_whole(picture.level_dbfs), _whole(picture.peak_dbfs), picture.has_clipped)


def _whole(level_dbfs: float) -> int:
    return (
        round(max(SOFTEST_DBFS, min(0.0, level_dbfs))) if level_dbfs > -math.inf else SOFTEST_DBFS
    )


class LevelMeter(CellWidget[LevelView]):
    """Draws a `LevelView`."""

    def draw(self, view: LevelView, width: int, height: int) -> list[Row]:
        """A bar for the level, a line for the peak; words where it clips."""
        words = CLIP_WORDS if view.is_clipping else f" {view.peak_dbfs} dB peak"
        if width < len(LABEL) + len(words) + 8:
            words = "■ CLIPS" if view.is_clipping else ""
        room = max(1, width - len(LABEL) - max(WORDS_WIDTH if words else 0, len(words)))
        n_full = _column(view.level_dbfs, room)
        peak = _column(view.peak_dbfs, room)
        cells = "█" * n_full + "░" * (room - n_full)
        if 0 < peak <= room and peak > n_full:
            cells = cells[: peak - 1] + "▌" + cells[peak:]
        bar: Row = [
            (LABEL, palette.DIM),
            (cells[:n_full], palette.LEVEL),
            (cells[n_full:], palette.LEVEL_EMPTY),
            (words, palette.WARNING if view.is_clipping else palette.DIM),
        ]
        blank: Row = [(" " * len(LABEL), palette.DIM), *bar[1:3]]
        return [bar] + [blank] * (height - 1)


def _column(level_dbfs: int, room: int) -> int:
    return round((level_dbfs - SOFTEST_DBFS) / -SOFTEST_DBFS * room)
