"""Keeps a live take in the journal while it is played, and says so at its end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from practiceear import __version__

if TYPE_CHECKING:
    from practiceear.journal.running_take import RunningTake
    from practiceear.session.live import LiveSession
    from practiceear.session.review import TakeReview


def begin_keeping(session: LiveSession) -> RunningTake:
    """Begin to write a session into the journal; errors are told at the end."""
    from practiceear.journal.records import Moment, TakeSetup
    from practiceear.journal.running_take import PlayedNotes, RunningTake
    from practiceear.session.folders import data_folder

    plan, program = session.plan, session.plan.program
    setup = TakeSetup(
        started=Moment.now(),
        instrument=plan.profile.name,
        heard_by=__version__,
        bpm=program.steady_bpm if program is not None else None,
        beats=str(program.meter) if program is not None else None,
        subdivision=str(program.subdivision) if program is not None else None,
        input_device=session.stream.input_name,
        output_device=session.stream.output_name or None,
        lag_s=plan.lag_s,
    )
    return RunningTake(data_folder(), setup, PlayedNotes(session.notes, session.ear.rate_hz))


def keep(running: RunningTake, session: LiveSession, review: TakeReview) -> int | None:
    """Put what the take amounts to into the journal; return its number."""
    from practiceear.journal.from_review import take_result
    from practiceear.reports.headline import finding

    writer = session.plan.writer
    is_recorded = writer is not None and writer.is_kept
    path = writer.path if writer is not None else None
    result = take_result(
        review,
        finding(review),
        loud_level_dbfs=running.loud_level_dbfs,
        audio_name=path.name if path is not None and is_recorded else None,
        audio_bytes=path.stat().st_size if path is not None and is_recorded else None,
    )
    number = running.finish(result)
    if running.error is not None:
        print(f"practiceear: the take is not in the journal: {running.error}", file=sys.stderr)
    return number


def say_removed(n_removed: int) -> None:
    """Say that older recordings had to go, if any had."""
    from practiceear.journal.recordings import MOST_GB
    from practiceear.reports.journal_lines import removed_line

    if n_removed:
        print(removed_line(n_removed, MOST_GB))
