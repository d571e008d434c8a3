"""A session that is written down as it is played: what the screens and the line output share."""

from __future__ import annotations

import math

from practiceear import __version__
from practiceear.journal.from_review import take_result
from practiceear.journal.records import Moment, RemarkKind, TakeSetup
from practiceear.journal.running_take import PlayedNotes
from practiceear.practice.heard_run import HeardRun, heard_run, was_heard
from practiceear.practice.run_orders import (
    Answered,
    Ask,
    Event,
    Order,
    Paused,
    Play,
    Rest,
    Stopped,
)
from practiceear.practice.schedule import StepKind
from practiceear.practice.session_run import SessionRun
from practiceear.practice.session_writer import SessionWriter
from practiceear.practice.take_tags import ASSESSMENT_TAG, PERFORMANCE_TAG
from practiceear.session.review import TakeReview

LEAST_REST_S = 1.0


class KeptSession:
    """A session and its place in the journal.

    Parameters
    ----------
    run
        Says what to do now.
    writer
        Writes it down.
    loud_level_dbfs
        The player's own loud level with this microphone; NaN where it is not known.
    """

    def __init__(
        self, run: SessionRun, writer: SessionWriter, loud_level_dbfs: float = math.nan
    ) -> None:
        self.run, self.writer = run, writer
        self._loud_level_dbfs = loud_level_dbfs
        self._is_stop_said = False
        self._say_stop(run.now)

    def feed(self, event: Event, at_s: float) -> Order:
        """Take in what happened, write it down, and return what is to be done now."""
        before = self.run.now
        now = self.run.feed(event, at_s)
        if isinstance(event, Answered):
            self.write_answers(event)
        rest = _rest_in(before)
        if rest is not None and _rest_in(now) is None:
            rested_s = at_s - rest.began_s
            if rested_s >= LEAST_REST_S:
                self.writer.remark(RemarkKind.REST, round(rested_s, 1), rest.rule)
        self._say_stop(now)
        return now

    def write_answers(self, said: Answered) -> None:
        """Write down what the player said, whether the session goes on or not."""
        for kind, number in ((RemarkKind.EFFORT, said.effort), (RemarkKind.PAIN, said.pain)):
            if number is not None:
                self.writer.remark(kind, number)

    def _say_stop(self, now: Order) -> None:
        if isinstance(now, Stopped) and not self._is_stop_said:
            self._is_stop_said = True
            self.writer.remark(RemarkKind.STOP, text=now.rule)

    def begin_take(
        self, play: Play, microphone: str | None, loudspeaker: str | None, played: PlayedNotes
    ) -> None:
        """Write down that a run begins, and from now on its notes.

        Raises
        ------
        JournalError
            Where something that happened before could not be written: nothing is played then.
        """
        self.writer.check()
        drill, program = play.step.drill, play.program
        self.writer.begin_take(
            TakeSetup(
                started=Moment.now(),
                instrument=self.run.plan.instrument,
                heard_by=__version__,
                drill=drill.name if drill is not None else None,
                bpm=program.steady_bpm if program is not None else None,
                beats=str(program.meter) if program is not None else None,
                subdivision=str(program.subdivision) if program is not None else None,
                input_device=microphone,
                output_device=loudspeaker,
            ),
            played,
        )

    def end_take(
        self, play: Play, review: TakeReview | None, finding: str, *, is_whole: bool
    ) -> HeardRun | None:
        """Write down what was heard of a run; return what the rules need to know of it.

        Parameters
        ----------
        review
            None where it could not be measured.
        finding
            What is said about it.
        is_whole
            Whether it was played to its end: what was broken off is no part of an assessment.
        """
        if review is None:
            self.writer.end_take(None)
            return None
        heard = heard_run(review, self._loud_level_dbfs)
        is_heard_whole = is_whole and was_heard(heard, play.step.drill)
        tag = _tag_of(play.step.kind, is_heard_whole=is_heard_whole)
        recording = self.writer.recording_of(review.name)
        result = take_result(
            review,
            finding,
            loud_level_dbfs=self._loud_level_dbfs,
            audio_name=recording.name if recording is not None else None,
            audio_bytes=recording.stat().st_size if recording is not None else None,
        )
        self.writer.end_take(result, tag)
        return heard


def _rest_in(order: Order) -> Rest | None:
    """The rest that is on, or that a question or a pause interrupts; None without."""
    match order:
        case Rest():
            return order
        case Ask(before=Rest() | Paused() as held) | Paused(before=held):
            return _rest_in(held)
    return None


def _tag_of(kind: StepKind, *, is_heard_whole: bool) -> str:
    if kind is StepKind.PERFORMANCE:  # broken off, it is practice no more than whole
        return PERFORMANCE_TAG
    return ASSESSMENT_TAG if kind is StepKind.ASSESSMENT and is_heard_whole else ""
