"""A live take as lines of text: for screen readers, pipes and machines without a terminal.

A line comes when there is something to say, at most one every few seconds: nobody can
listen to more while playing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from practiceear.session.live import LiveSession
    from practiceear.session.live_snapshot import LiveSnapshot

LINE_EVERY_S = 5.0
POLL_S = 0.05


def plain_lines(session: LiveSession) -> Iterator[str]:
    """Say how a started session goes, until it ends."""
    program = session.plan.program
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
            yield _spoken(picture)
        time.sleep(POLL_S)
    if session.snapshot().warning and session.snapshot().warning != warning:
        yield f"Note: {session.snapshot().warning}."


def false_alarm_words(n_stumbles: int) -> str:
    """Say that the sound system spoke of losses that were none; empty where it did not."""
    if not n_stumbles:
        return ""
    times = "once" if n_stumbles == 1 else f"{n_stumbles} times"
    return f"Note: the sound system said {times} that sound was lost, but none was missing there."


def _spoken(picture: LiveSnapshot) -> str:
    bar = f"Bar {picture.bar + 1}" if picture.bar is not None else f"{picture.elapsed_s:.0f} s"
    notes = "1 note" if picture.n_notes == 1 else f"{picture.n_notes} notes"
    if math.isnan(picture.spread_s):
        return f"{bar}: {notes}."
    of_what = "between notes" if picture.bpm is None else "about your own centre"
    margin_s = 1.96 * picture.spread_s / (2.0 * (picture.spread_n - 1)) ** 0.5
    return (
        f"{bar}: {notes}, spread {of_what} {1000 * picture.spread_s:.0f} ± {1000 * margin_s:.0f} ms"
        f" over the last {picture.spread_n}, floor {1000 * picture.spread_floor_s:.0f}."
    )
