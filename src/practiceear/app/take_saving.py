"""Keeps a live take in the journal while it is played, and says what became of it at its end."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from practiceear import __version__
from practiceear.errors import REPORT_IT, ExitCode, program_fault

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview
    from practiceear.journal.records import TakeResult
    from practiceear.journal.running_take import PlayedNotes, RunningTake
    from practiceear.live.session import LiveSession


@dataclass(frozen=True, slots=True)
class EndedTake:
    """What became of a live take.

    Attributes
    ----------
    review
        What was heard; None where it could not be measured.
    number
        Its number in the journal; None where it is not there.
    problems
        What went wrong: sentences without their full stops.
    exit_code
        Of the worst of them.
    """

    review: TakeReview | None
    number: int | None = None
    problems: tuple[str, ...] = ()
    exit_code: ExitCode = ExitCode.OK


def played_notes(session: LiveSession) -> PlayedNotes:
    """The notes of a session as the journal writes them down, with its recording's name."""
    from practiceear.journal.running_take import PlayedNotes

    writer = session.plan.writer
    name = writer.path.name if writer is not None else None
    return PlayedNotes(session.notes, session.note_pipeline.rate_hz, name)


def begin_keeping(session: LiveSession) -> RunningTake:
    """Begin to write a session into the journal; errors are told at the end."""
    from practiceear.folders import journal_folder
    from practiceear.journal.records import Moment, TakeSetup
    from practiceear.journal.running_take import RunningTake

    plan, program = session.plan, session.plan.options.program
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
    return RunningTake(journal_folder(), setup, played_notes(session))


def end_take(session: LiveSession, name: str, running: RunningTake | None) -> EndedTake:
    """Measure a session that has ended and put it into the journal; whatever fails is said.

    Parameters
    ----------
    session
        Ended; where it could not be, what it recorded is kept all the same.
    name
        How the take is called in reports.
    running
        Its place in the journal; None where it has none.
    """
    from practiceear.live.finished_take import measure_live

    problems: list[tuple[ExitCode, str]] = []
    if session.exit_code is not ExitCode.OK:
        problems.append((session.exit_code, session.snapshot().warning))
    review, result = None, None
    if session.is_finished:
        try:
            review = measure_live(session, name)
            if running is not None:
                result = _result(session, review, running)
        except Exception as error:  # what was recorded is kept whatever is wrong with the measures
            review = None
            problems.append((ExitCode.INTERNAL, _not_measured(error)))
    else:
        problems.append((ExitCode.DEVICE, "the take could not be ended, so it is not measured"))
    if words := recording_problem(session):
        problems.append((ExitCode.JOURNAL, words))
    number = running.finish(result) if running is not None else None
    if running is not None and running.error is not None:
        problems.append((ExitCode.JOURNAL, f"the take is not in the journal: {running.error}"))
    said = tuple(words.rstrip(".?") for _, words in problems)
    return EndedTake(review, number, said, problems[0][0] if problems else ExitCode.OK)


def recording_problem(session: LiveSession) -> str:
    """Say how much of a take was recorded, where that is not all of it; else empty."""
    from practiceear.reports.practice_words import clock_words

    writer = session.plan.writer
    if writer is None or not writer.error:
        return ""
    if not writer.is_kept:
        return f"{writer.error}; nothing of it is recorded"
    kept, whole = (
        clock_words(math.floor(time_s)) for time_s in (writer.duration_s, session.pipeline.now_s)
    )
    return f"{writer.error}; the recording holds about the first {kept} of {whole}"


def _result(session: LiveSession, review: TakeReview, running: RunningTake) -> TakeResult:
    from practiceear.journal.from_review import take_result
    from practiceear.reports.headline import finding

    writer = session.plan.writer
    path = writer.path if writer is not None and writer.is_kept else None
    return take_result(
        review,
        finding(review),
        loud_level_dbfs=running.loud_level_dbfs,
        audio_name=path.name if path is not None else None,
        audio_bytes=path.stat().st_size if path is not None else None,
    )


def _not_measured(error: Exception) -> str:
    if os.environ.get("PRACTICEEAR_DEBUG"):
        raise error
    return f"the take could not be measured: {program_fault(error)}. {REPORT_IT}"


def say_removed(n_removed: int) -> None:
    """Say that older recordings had to go, if any had."""
    from practiceear.journal.writing import MOST_GB
    from practiceear.reports.journal_lines import removed_line

    if n_removed:
        print(removed_line(n_removed, MOST_GB))
