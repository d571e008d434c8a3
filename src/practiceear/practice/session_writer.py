"""Writes a session into the journal while it goes on, in a thread that owns the connection.

What is played must not wait for a disk, and nothing may be lost without a word: the first
error is kept, and whoever plays looks at it before every run. The notes of a run are written
while it is played: a kill costs its last second.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from practiceear import __version__
from practiceear.analysis.review import TakeReview
from practiceear.errors import JournalError
from practiceear.journal.connection import AUDIO_FOLDER, Journal, open_journal
from practiceear.journal.from_review import take_result
from practiceear.journal.records import (
    Moment,
    Remark,
    RemarkKind,
    SessionRecord,
    TakeResult,
    TakeSetup,
)
from practiceear.journal.running_take import EVERY_S, PlayedNotes, WrittenTake, begin_anew
from practiceear.journal.writing import add_remark, end_session
from practiceear.practice.heard_run import HeardRun, heard_run, was_heard
from practiceear.practice.instructions import (
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
from practiceear.practice.take_tags import ASSESSMENT_TAG, PERFORMANCE_TAG

Deed = Callable[[Journal], None]
LAST_WORDS_S = 15.0
"""Longer than one program waits for another's transaction."""


class SessionWriter:
    """A session on its way into the journal.

    Parameters
    ----------
    folder
        The journal's.
    session
        Written down at once.

    Attributes
    ----------
    n_removed
        So many older recordings had to go, that those of this session could be kept.

    Raises
    ------
    JournalError
        Where the journal cannot be opened, or the session not be written.
    """

    def __init__(self, folder: Path, session: SessionRecord) -> None:
        self._folder, self._session = folder, session
        self._deeds: queue.SimpleQueue[Deed | None] = queue.SimpleQueue()
        self._is_open = threading.Event()
        self._error: Exception | None = None
        self._session_id = self.n_removed = 0
        self._began_s = time.monotonic()
        self._take: WrittenTake | None = None
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()
        self._is_open.wait()
        self.check()

    def check(self) -> None:
        """Raise what went wrong in the thread, if anything did.

        Raises
        ------
        JournalError
            Where something could not be written; what was written before is whole.
        """
        if self._error is None:
            return
        if isinstance(self._error, JournalError):
            raise self._error
        raise JournalError(
            f"the journal in {self._folder} cannot be written: {self._error}", "Please report it"
        ) from self._error

    def begin_take(self, setup: TakeSetup, played: PlayedNotes) -> None:
        """Write down that a take begins, and from now on its notes."""

        def job(journal: Journal) -> None:
            self._take = WrittenTake(journal, self._session_id, setup, played)

        self._deeds.put(job)

    def end_take(self, result: TakeResult | None, tag: str = "") -> None:
        """Write down what the take amounts to; None: it was cut off."""

        def job(journal: Journal) -> None:
            take, self._take = self._take, None
            if take is None:
                return
            take.end(result)
            self.n_removed += take.n_removed
            if result is not None and tag:
                remark = Remark(time.time(), RemarkKind.TAG, text=tag, take_id=take.take_id)
                add_remark(journal, self._session_id, remark)

        self._deeds.put(job)

    def remark(self, kind: RemarkKind, number: float | None = None, text: str = "") -> None:
        """Write down a remark of the session."""
        remark = Remark(time.time(), kind, number, text)
        self._deeds.put(lambda journal: _add(journal, self._session_id, remark))

    def recording_of(self, name: str) -> Path | None:
        """The recording that a take is named after, if it lies in the journal's folder."""
        path = self._folder / AUDIO_FOLDER / Path(name).name
        return path if Path(name) == path and path.is_file() else None

    def close(self) -> None:
        """Write down that the session ended, and wait until all is written.

        Raises
        ------
        JournalError
            Where something could not be written.
        """
        if self._thread.is_alive():
            # A clock may be set back meanwhile; the other one stands still while a machine sleeps.
            lasted_s = time.monotonic() - self._began_s
            ended_utc_s = max(time.time(), self._session.started.utc_s + lasted_s)
            self._deeds.put(lambda journal: end_session(journal, self._session_id, ended_utc_s))
            self._deeds.put(None)
            self._thread.join(LAST_WORDS_S)
        self.check()

    # What follows runs in the thread.

    def _run(self) -> None:
        try:
            with open_journal(self._folder) as journal:
                self._session_id = begin_anew(journal, self._session)
                self._is_open.set()
                self._do_deeds(journal)
                if self._take is not None:  # the program was interrupted in a run
                    self._take.end(None)
        except Exception as error:  # whatever it is: the player has to hear of it
            self._error = error
        finally:
            self._is_open.set()

    def _do_deeds(self, journal: Journal) -> None:
        """Do what is asked for, and write new notes in time however much is asked for."""
        due_s = time.monotonic() + EVERY_S
        while True:
            with suppress(queue.Empty):
                job = self._deeds.get(timeout=max(due_s - time.monotonic(), 0.0))
                if job is None:
                    return
                job(journal)
            if time.monotonic() >= due_s:
                if self._take is not None:
                    self._take.add_new()
                due_s = time.monotonic() + EVERY_S


def _add(journal: Journal, session_id: int, remark: Remark) -> None:
    add_remark(journal, session_id, remark)


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
