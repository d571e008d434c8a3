"""What is said about the playing while it goes on: one sign, in shape, words and colour.

Early and late are only said where the click's own time is known; else even and uneven. The
windows are the metronome's: what nobody notices, and what is clearly heard.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from statistics import median

from practiceear.live.snapshot import LiveNote, LiveSnapshot, NoteState
from practiceear.metrics.on_time import INNER_S, Side, side_of
from practiceear.metrics.reliability import FEWEST_FOR_NUMBER

RECENT_NOTES = 16
"""Notes that early and late rest on; fewer than half of them are no ground for it."""

FEWEST_IN_GROUP = 4
"""Beats, and notes between them, are judged by themselves from so many of each on."""

FEWEST_AT_PLACE = 3
"""A place of the bar that was off so many times, and never on time, is no slip."""

OFF_SHARE = 0.2
"""Where more of the last notes are clearly off, they are not on time."""

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
class Lately:
    """Median deviation of the last notes, its chance error, and what follows; NaN: too few."""

    late_s: float = math.nan
    chance_s: float = math.nan
    side: Side = Side.OPEN


def judge(snapshot: LiveSnapshot, before: Judgement = Judgement.UNKNOWN) -> Judgement:
    """Judge the last notes; what was shown ``before`` stays while it is nearly true."""
    is_uneven = _is_beyond(snapshot.spread_s, snapshot.outer_s, is_shown=before is Judgement.UNEVEN)
    if not snapshot.is_calibrated:
        if is_uneven is None:
            return Judgement.UNKNOWN
        return Judgement.UNEVEN if is_uneven else Judgement.EVEN
    if off_beats_apart(snapshot) is not None:
        return Judgement.UNEVEN
    side = _steady_side(lately(snapshot), snapshot, before)
    if side in (Side.EARLY, Side.LATE):
        return Judgement.EARLY if side is Side.EARLY else Judgement.LATE
    if is_uneven or _is_often_off(snapshot):
        return Judgement.UNEVEN
    return Judgement.ON_TIME if side is Side.ON_CLICK else Judgement.UNKNOWN


def lately(snapshot: LiveSnapshot) -> Lately:
    """Where the last notes are against the click; open where its time is not known."""
    late_s = [note.deviation_s for note in _recent(snapshot)]
    if not snapshot.is_calibrated or 2 * len(late_s) < RECENT_NOTES:
        return Lately()
    return _of(late_s, snapshot)


def off_beats_apart(snapshot: LiveSnapshot) -> tuple[Lately, Lately] | None:
    """Beats, and the notes between them, where only one of both is early, late or on time."""
    recent = _recent(snapshot)
    groups = [
        [note.deviation_s for note in recent if (note.slot == 0) is is_beat]
        for is_beat in (True, False)
    ]
    has_places = all(note.slot is not None for note in recent)
    if not (snapshot.is_calibrated and has_places and min(map(len, groups)) >= FEWEST_IN_GROUP):
        return None
    beats, others = (_of(late_s, snapshot) for late_s in groups)
    apart_s = abs(beats.late_s - others.late_s)
    chance_s = math.hypot(beats.chance_s, others.chance_s)
    is_apart = apart_s > max(chance_s, snapshot.inner_s, snapshot.bias_floor_s)
    return (beats, others) if is_apart and beats.side is not others.side else None


def _recent(snapshot: LiveSnapshot) -> list[LiveNote]:
    return _confirmed(snapshot)[-RECENT_NOTES:]


def _confirmed(snapshot: LiveSnapshot) -> list[LiveNote]:
    return [
        note
        for note in snapshot.notes
        if note.state is NoteState.CONFIRMED and math.isfinite(note.deviation_s)
    ]


def _of(late_s: list[float], snapshot: LiveSnapshot) -> Lately:
    """Their median, because one slip is no habit."""
    centre_s = median(late_s)
    distance_s = median(abs(note_s - centre_s) for note_s in late_s)
    chance_s = CHANCE_ERRORS * MEDIAN_ERROR * distance_s / math.sqrt(len(late_s))
    side = side_of(centre_s, chance_s, snapshot.bias_floor_s, snapshot.outer_s)
    return Lately(centre_s, chance_s, side)


def _steady_side(now: Lately, snapshot: LiveSnapshot, before: Judgement) -> Side:
    """The side, or the one shown before while that is nearly true."""
    signs = {Judgement.EARLY: (-1.0, Side.EARLY), Judgement.LATE: (1.0, Side.LATE)}
    if before in signs:
        sign, side = signs[before]
        window_s = max(INNER_S, math.hypot(now.chance_s, snapshot.bias_floor_s))
        if sign * now.late_s > STAY_SHARE * window_s:
            return side
    return now.side


def _is_beyond(value_s: float, window_s: float, *, is_shown: bool) -> bool | None:
    """Whether a value leaves its window; None where either is not known."""
    if math.isnan(value_s) or math.isnan(window_s):
        return None
    return value_s > (STAY_SHARE * window_s if is_shown else window_s)


def _is_often_off(snapshot: LiveSnapshot) -> bool:
    """Whether many of the last notes are clearly off, or one place of the bar every time."""
    window_s = max(snapshot.outer_s, snapshot.bias_floor_s)
    recent = _recent(snapshot)
    if 2 * len(recent) < RECENT_NOTES:
        return False
    n_off = sum(abs(note.deviation_s) > window_s for note in recent)
    if n_off > OFF_SHARE * len(recent):
        return True
    places: dict[tuple[int | None, int | None], list[float]] = {}
    for note in _confirmed(snapshot):
        if note.slot is not None:
            places.setdefault((note.beat, note.slot), []).append(note.deviation_s)
    return any(
        len(late_s) >= FEWEST_AT_PLACE and (min(late_s) > window_s or max(late_s) < -window_s)
        for late_s in places.values()
    )


def shown_windows_s(snapshot: LiveSnapshot) -> tuple[float, float]:
    """From where on a note is shown as off, and as clearly off: as in the drawings of a take."""
    inner_s, outer_s = snapshot.inner_s, snapshot.outer_s
    if not snapshot.is_calibrated:
        return inner_s, outer_s
    if lately(snapshot).side in (Side.EARLY, Side.LATE):
        inner_s = min(inner_s, INNER_S)
    return max(inner_s, snapshot.bias_floor_s), max(outer_s, snapshot.bias_floor_s)


@dataclass(frozen=True, slots=True)
class BigNumber:
    """A huge number and the lines beside it, which say why where there is none."""

    number: str
    side: tuple[str, ...]


def spread_in_words(snapshot: LiveSnapshot) -> BigNumber:
    """Say how steady the notes are in milliseconds, or how many notes are missing."""
    if math.isnan(snapshot.spread_s):
        n_more = max(1, FEWEST_FOR_NUMBER - snapshot.spread_n)
        notes = "1 more note" if n_more == 1 else f"{n_more} more notes"
        return BigNumber("", (notes, "until I can tell how steady you are"))
    interval = (
        f"ms, {milliseconds(snapshot.spread_low_s)} to {milliseconds(snapshot.spread_high_s)}"
    )
    side = (interval, f"{snapshot.spread_n} notes", _about(snapshot))
    return BigNumber(milliseconds(snapshot.spread_s), side)


def _about(snapshot: LiveSnapshot) -> str:
    if snapshot.bpm is None:
        return "how even from note to note"
    return "how steady you are"


def milliseconds(duration_s: float) -> str:
    """Milliseconds with two digits that count; empty where not known."""
    if not math.isfinite(duration_s):
        return ""
    duration_ms = 1000.0 * duration_s
    return f"{duration_ms:.0f}" if duration_ms >= 9.95 else f"{duration_ms:.1f}"
