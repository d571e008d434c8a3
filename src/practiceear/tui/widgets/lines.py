"""Single lines: where one stands, what is wrong, which keys do what, how loud it is."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass

from practiceear.live.calibration_store import StoredCalibration
from practiceear.live.snapshot import LiveSnapshot
from practiceear.live.sound_check import SoundPicture
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
    """A strong title, then the notes and fingering of a drill, then lines."""

    title: str = ""
    drill: Drill | None = None
    lines: tuple[str, ...] = ()


class TextBlock(CellWidget[TextView]):
    """Draws a `TextView`; where there is too little room the end is left out."""

    def draw(self, view: TextView, width: int, height: int) -> list[Row]:
        """Title, notes, lines."""
        room = max(2, width)
        rows: list[Row] = [[(line, palette.STRONG)] for line in textwrap.wrap(view.title, room)]
        if view.drill is not None:
            has_marks = bool(view.drill.notes) and bool(view.drill.fingering)
            for row, line in enumerate(note_rows(view.drill, room)):
                rows.append([(line, palette.DIM if has_marks and row % 2 else palette.TEXT)])
        for text in view.lines:
            rows += [[(line, palette.TEXT)] for line in textwrap.wrap(text, room) or [""]]
        return rows


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
    return round(min(0.0, level_dbfs)) if level_dbfs > SOFTEST_DBFS else SOFTEST_DBFS


class LevelBar(CellWidget[LevelView]):
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


LOUD_ROOM_DBFS = -50.0
"""Soft notes of a player at arm's length come down to about -40 dBFS."""

TOO_LOUD_ROOM_DBFS = -38.0


@dataclass(frozen=True, slots=True)
class CheckView:
    """One line each about sound and calibration; ``is_warning`` is about the sound."""

    sound: str = ""
    calibration: str = ""
    is_warning: bool = False


class CheckLines(CellWidget[CheckView]):
    """Draws a `CheckView`."""

    def draw(self, view: CheckView, width: int, height: int) -> list[Row]:
        """Sound first; what is too long ends in dots."""
        colour = palette.WARNING if view.is_warning else palette.DIM
        mark = "! " if view.is_warning else ""
        rows: list[Row] = [[(line, colour)] for line in wrapped(mark + view.sound, width, 1)]
        return rows + [[(line, palette.DIM)] for line in wrapped(view.calibration, width, 1)]


def check_view(
    picture: SoundPicture, calibration: StoredCalibration | None, *, is_bluetooth: bool
) -> CheckView:
    """Put into words what was found."""
    sound, is_warning = _sound_words(picture)
    return CheckView(sound, _calibration_words(calibration, is_bluetooth), is_warning)


def _sound_words(picture: SoundPicture) -> tuple[str, bool]:
    for is_so, words in (
        (not picture.is_alive, "no sound comes from the microphone any more: r looks again"),
        (picture.is_silent, "not a sound arrives: is the microphone muted?"),
        (picture.has_clipped, "too loud: turn the microphone down until this line is gone"),
        (
            picture.is_gain_controlled,
            "the level moves by itself: switch off automatic gain, then press r",
        ),
    ):
        if is_so:
            return words, True
    if math.isnan(picture.room_dbfs):
        return "listening to the room ...", False
    room = f"room {picture.room_dbfs:.0f} dB"
    if picture.room_dbfs >= TOO_LOUD_ROOM_DBFS:
        return f"{room}: too loud for soft notes; come nearer to the microphone", True
    if picture.room_dbfs >= LOUD_ROOM_DBFS:
        return f"{room}: audible; soft notes may be missed", False
    return f"{room}: quiet enough", False


def _calibration_words(calibration: StoredCalibration | None, is_bluetooth: bool) -> str:
    if is_bluetooth:
        return "wireless: its delay changes, so trust evenness only"
    if calibration is None:
        return "not calibrated: evenness works, early and late need: practiceear calibrate"
    spread_ms = 1000 * calibration.iqr_s
    day = calibration.made_at[:10]
    return f"calibrated {day}: {calibration.grade}, clicks scatter by {spread_ms:.1f} ms"
