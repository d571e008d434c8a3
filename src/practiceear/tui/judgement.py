"""What is said about the playing while it goes on: one sign, in shape, words and colour.

Early and late are only said where the click's own time is known; else even and uneven. The
windows are the metronome's: what nobody notices, and what is clearly heard.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from statistics import median

from rich.style import Style

from practiceear.session.live_snapshot import LiveNote, LiveSnapshot, NoteState
from practiceear.tui import palette

RECENT_NOTES = 16
"""Notes that early and late rest on; fewer than half of them are no ground for it."""

CHANCE_ERRORS = 2.0
"""A centre nearer to the click than so many of its standard errors may be there by chance."""

MEDIAN_ERROR = 1.25 * 1.4826
"""Standard error of a median of normal values, times √n, in median absolute deviations."""

STAY_SHARE = 0.7
"""A sign goes only when well inside the window again, so that it does not flicker."""


class Judgement(Enum):
    """How the last notes were."""

    UNKNOWN = "unknown"
    EARLY = "early"
    ON_TIME = "on time"
    LATE = "late"
    EVEN = "even"
    UNEVEN = "uneven"


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


def judge(snapshot: LiveSnapshot, before: Judgement = Judgement.UNKNOWN) -> Judgement:
    """Judge the last notes.

    Parameters
    ----------
    snapshot
        The moment.
    before
        What was shown until now; it stays while it is nearly true.
    """
    is_uneven = _is_beyond(snapshot.spread_s, snapshot.outer_s, is_shown=before is Judgement.UNEVEN)
    centre_s, chance_s = _recent_centre_s(snapshot.notes)
    if not snapshot.is_calibrated:
        if is_uneven is None:
            return Judgement.UNKNOWN
        return Judgement.UNEVEN if is_uneven else Judgement.EVEN
    window_s = max(snapshot.inner_s, chance_s, snapshot.bias_floor_s)
    if _is_beyond(-centre_s, window_s, is_shown=before is Judgement.EARLY):
        return Judgement.EARLY
    if _is_beyond(centre_s, window_s, is_shown=before is Judgement.LATE):
        return Judgement.LATE
    if is_uneven:
        return Judgement.UNEVEN
    return Judgement.UNKNOWN if math.isnan(centre_s) else Judgement.ON_TIME


def _is_beyond(value_s: float, window_s: float, *, is_shown: bool) -> bool | None:
    """Whether a value leaves its window; None where either is not known."""
    if math.isnan(value_s) or math.isnan(window_s):
        return None
    return value_s > (STAY_SHARE * window_s if is_shown else window_s)


def _recent_centre_s(notes: tuple[LiveNote, ...]) -> tuple[float, float]:
    """Median deviation of the last settled notes, and how far off it may be by chance.

    NaN where they are too few. A median, because one slip is no habit.
    """
    settled_s = [
        note.deviation_s
        for note in notes
        if note.state is NoteState.SETTLED and math.isfinite(note.deviation_s)
    ][-RECENT_NOTES:]
    if 2 * len(settled_s) < RECENT_NOTES:
        return math.nan, math.nan
    centre_s = median(settled_s)
    distance_s = median(abs(one_s - centre_s) for one_s in settled_s)
    return centre_s, CHANCE_ERRORS * MEDIAN_ERROR * distance_s / math.sqrt(len(settled_s))


def note_shape(deviation_s: float, inner_s: float) -> str:
    """The shape of one note: before, inside or after the window that nobody notices."""
    if deviation_s < -inner_s:
        return "◀"
    return "▶" if deviation_s > inner_s else "●"


def note_style(deviation_s: float, inner_s: float) -> Style:
    """The colour that goes with `note_shape`."""
    shape = note_shape(deviation_s, inner_s)
    return {"◀": palette.EARLY, "▶": palette.LATE}.get(shape, palette.ON_TIME)
