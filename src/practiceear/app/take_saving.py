"""Saves live takes: in the journal from their beginning, measured at their end."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from practiceear.errors import REPORT_IT, ExitCode, program_fault

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview
    from practiceear.journal.records import TakeResult
    from practiceear.journal.running_take import PlayedNotes, RunningTake
    from practiceear.live.session import LiveSession
    from practiceear.tui.player import SummaryText


@dataclass(frozen=True, slots=True)
class EndedTake:
    """What became of a live take: its review and its number in the journal, None without.

    ``problems`` are sentences without full stops, ``exit_code`` that of the worst; ``n_removed``
    older recordings were deleted to make room.
    """

    review: TakeReview | None
    number: int | None = None
    problems: tuple[str, ...] = ()
    exit_code: ExitCode = ExitCode.OK
    n_removed: int = 0


def played_notes(session: LiveSession) -> PlayedNotes:
    """The notes of a session as the journal writes them down, with its recording's name."""
    from practiceear.journal.running_take import PlayedNotes

    writer = session.plan.writer
    name = writer.path.name if writer is not None else None
    return PlayedNotes(session.notes, session.note_pipeline.rate_hz, name)


def begin_keeping(session: LiveSession) -> RunningTake:
    """Begin to write a session into the journal; errors are reported at the end."""
    from practiceear.files import journal_folder
    from practiceear.journal.records import TakeSetup
    from practiceear.journal.running_take import RunningTake

    plan = session.plan
    setup = replace(
        TakeSetup.begun_now(plan.profile.name, plan.options.program),
        input_device=session.stream.input_name,
        output_device=session.stream.output_name or None,
        lag_s=plan.lag_s,
    )
    return RunningTake(journal_folder(), setup, played_notes(session))


def end_take(session: LiveSession, name: str, running: RunningTake | None) -> EndedTake:
    """Measure an ended session and write it into the journal; failures are returned.

    The recording of a session that could not be ended stays.
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
        except Exception as error:  # what was recorded stays, whatever is wrong with the measures
            review = None
            problems.append((ExitCode.INTERNAL, _not_measured(error)))
    else:
        problems.append((ExitCode.DEVICE, "the take could not be ended, so it is not measured"))
    if words := recording_problem(session):
        problems.append((ExitCode.JOURNAL, words))
    number = running.finish(result) if running is not None else None
    if running is not None and running.error is not None:
        problems.append((ExitCode.JOURNAL, f"the take is not in the journal: {running.error}"))
    return EndedTake(
        review,
        number,
        tuple(words.rstrip(".?") for _, words in problems),
        problems[0][0] if problems else ExitCode.OK,
        running.n_removed if running is not None else 0,
    )


def recording_problem(session: LiveSession) -> str:
    """How much of a take was recorded, in words, where that is not all of it; else empty."""
    from practiceear.moments import clock_words

    writer = session.plan.writer
    if writer is None or not writer.error:
        return ""
    if not writer.is_kept:
        return f"{writer.error}; nothing of it is recorded"
    recorded = clock_words(math.floor(writer.duration_s))
    whole = clock_words(math.floor(session.pipeline.now_s))
    return f"{writer.error}; the recording holds about the first {recorded} of {whole}"


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


def summary_text(review: TakeReview) -> SummaryText:
    """A review in words, for a screen."""
    from practiceear.reports.headline import finding
    from practiceear.reports.text import lines_below_finding
    from practiceear.tui.player import SummaryText

    return SummaryText(finding(review), lines_below_finding(review))


def print_removed(n_removed: int) -> None:
    """Print how many older recordings were deleted to make room, if any were."""
    from practiceear.journal.writing import MOST_GB
    from practiceear.reports.journal_lines import removed_line

    if n_removed:
        print(removed_line(n_removed, MOST_GB))
