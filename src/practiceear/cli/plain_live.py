"""A live take as lines of text: for screen readers, pipes and machines without a terminal.

A line comes when there is something to say, at most one every few seconds: nobody can
listen to more while playing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from practiceear.metrics.on_time import INNER_S

if TYPE_CHECKING:
    from practiceear.live.session import LiveSession
    from practiceear.live.snapshot import LiveSnapshot

LINE_EVERY_S = 5.0
POLL_S = 0.05


def plain_lines(session: LiveSession) -> Iterator[str]:
    """Say how a started session goes, until it ends."""
    program = session.plan.options.program
    if program is not None and program.n_count_in_bars:
        bars = "bar" if program.n_count_in_bars == 1 else "bars"
        yield f"Count-in: {program.n_count_in_bars} {bars} of {program.meter} at {program.bpm:g}."
    else:
        yield "Listening. Play when you like."
    warning, said_s = "", 0.0
    has_started = False
    while not session.is_finished:
        picture = session.snapshot()
        if picture.n_notes and not has_started:
            has_started, said_s = True, picture.elapsed_s
            yield "First note heard."
        if picture.warning and picture.warning != warning:
            yield f"Note: {picture.warning}."
        warning = picture.warning
        if has_started and picture.elapsed_s - said_s >= LINE_EVERY_S:
            said_s = picture.elapsed_s
            yield spoken(picture)
        time.sleep(POLL_S)
    if session.snapshot().warning and session.snapshot().warning != warning:
        yield f"Note: {session.snapshot().warning}."


def false_alarm_words(n_stumbles: int) -> str:
    """Say that the sound system spoke of losses that were none; empty where it did not."""
    if not n_stumbles:
        return ""
    times = "once" if n_stumbles == 1 else f"{n_stumbles} times"
    return f"Note: the sound system said {times} that sound was lost, but none was missing there."


def spoken(picture: LiveSnapshot) -> str:
    """One moment in words: where, how many notes, early or late, how steady."""
    bar = f"Bar {picture.bar + 1}" if picture.bar is not None else f"{picture.elapsed_s:.0f} s"
    notes = "1 note" if picture.n_notes == 1 else f"{picture.n_notes} notes"
    told = [f"{bar}: {notes}", *_early_or_late(picture)]
    if not math.isnan(picture.spread_s):
        what = "varying from note to note" if picture.bpm is None else "varying"
        value, low, high = (
            f"{1000.0 * one:.0f}"
            for one in (picture.spread_s, picture.spread_low_s, picture.spread_high_s)
        )
        told.append(f"{what} by about {value} ms, between {low} and {high}")
    return ", ".join(told) + "."


def _early_or_late(picture: LiveSnapshot) -> list[str]:
    """What the sign on the screen says, with its amount; nothing where it says nothing."""
    from practiceear.tui.judgement import Judgement, judge, lately, off_beats_apart

    if (apart := off_beats_apart(picture)) is not None:
        beats, others = apart
        return [f"beats {_amount(beats.late_s)}", f"off-beats {_amount(others.late_s)}"]
    match judge(picture):
        case Judgement.EARLY | Judgement.LATE:
            return [_amount(lately(picture).late_s)]
        case Judgement.UNKNOWN:
            return []
        case judgement:
            return [judgement.value]


def _amount(late_s: float) -> str:
    late_ms = round(1000.0 * abs(late_s))
    if late_ms <= 1000.0 * INNER_S:
        return "on time"
    return f"{late_ms} ms {'late' if late_s > 0.0 else 'early'}"
