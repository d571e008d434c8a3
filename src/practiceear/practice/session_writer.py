"""Writes a session into the journal while it goes on, in a thread that owns the connection.

Playing must not wait for a disk, and nothing may be lost silently: the first error is kept, and
checked before every run. The notes of a run are written while it is played: a kill costs its
last second.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from practiceear.analysis.review import TakeReview
from practiceear.errors import JournalError
from practiceear.journal.connection import AUDIO_FOLDER, Journal, open_journal
from practiceear.journal.from_review import take_result
from practiceear.journal.records import (
    Remark,
    RemarkKind,
    SessionRecord,
    TakeResult,
    TakeSetup,
)
from practiceear.journal.running_take import EVERY_S, PlayedNotes, WrittenTake, begin_anew
from practiceear.journal.writing import add_remark, end_session
from practiceear.metrics.catalogue import MetricKey
from practiceear.practice.instructions import (
    Answered,
    Ask,
    Event,
    Instruction,
    Paused,
    Play,
    Rest,
    Stopped,
)
from practiceear.practice.session_run import SessionRun
from practiceear.practice.steps import (
    ASSESSMENT_TAG,
    PERFORMANCE_TAG,
    RunSummary,
    StepKind,
    has_enough_notes,
)

Job = Callable[[Journal], None]
JOIN_TIMEOUT_S = 15.0
"""Longer than one program waits for another's transaction."""


class SessionWriter:
    """A session that is written into the journal in a folder, at once.

    JournalError where the journal cannot be opened, or the session not be written.
    """

    def __init__(self, folder: Path, session: SessionRecord) -> None:
        self._folder, self._session = folder, session
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._is_open = threading.Event()
        self._error: Exception | None = None
        self._session_id = 0
        self.n_removed = 0  # older recordings, to make room for those of this session
        self._began_s = time.monotonic()
        self._take: WrittenTake | None = None
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()
        self._is_open.wait()
        self.check()

    def check(self) -> None:
        """Raise JournalError where something could not be written; what was before is whole."""
        if self._error is None:
            return
        if isinstance(self._error, JournalError):
            raise self._error
        raise JournalError(
            f"the journal in {self._folder} cannot be written: {self._error}", "Please report it"
        ) from self._error

    def begin_take(self, setup: TakeSetup, played: PlayedNotes) -> None:
        """Write that a take begins, and from now on its notes."""

        def job(journal: Journal) -> None:
            self._take = WrittenTake(journal, self._session_id, setup, played)

        self._jobs.put(job)

    def end_take(self, result: TakeResult | None, tag: str = "") -> None:
        """Write the result of the take; None: it was cut off."""

        def job(journal: Journal) -> None:
            take, self._take = self._take, None
            if take is None:
                return
            take.end(result)
            self.n_removed += take.n_removed
            if result is not None and tag:
                remark = Remark(time.time(), RemarkKind.TAG, text=tag, take_id=take.take_id)
                add_remark(journal, self._session_id, remark)

        self._jobs.put(job)

    def remark(self, kind: RemarkKind, number: float | None = None, text: str = "") -> None:
        """Write a remark about the session."""
        remark = Remark(time.time(), kind, number, text)

        def job(journal: Journal) -> None:
            add_remark(journal, self._session_id, remark)

        self._jobs.put(job)

    def recording_of(self, name: str) -> Path | None:
        """The recording that a take is named after, if it is in the journal's folder."""
        path = self._folder / AUDIO_FOLDER / Path(name).name
        return path if Path(name) == path and path.is_file() else None

    def close(self) -> None:
        """Write the end of the session, and wait until all is written; errors as `check`."""
        if self._thread.is_alive():
            # A clock may be set back meanwhile; the other one stands still while a machine sleeps.
            lasted_s = time.monotonic() - self._began_s
            ended_utc_s = max(time.time(), self._session.started.utc_s + lasted_s)
            self._jobs.put(lambda journal: end_session(journal, self._session_id, ended_utc_s))
            self._jobs.put(None)
            self._thread.join(JOIN_TIMEOUT_S)
        self.check()

    # The thread.

    def _run(self) -> None:
        try:
            with open_journal(self._folder) as journal:
                self._session_id = begin_anew(journal, self._session)
                self._is_open.set()
                self._do_jobs(journal)
                if self._take is not None:  # the program was interrupted in a run
                    self._take.end(None)
        except Exception as error:  # any error has to reach the player
            self._error = error
        finally:
            self._is_open.set()

    def _do_jobs(self, journal: Journal) -> None:
        """Do all jobs, and write new notes in time however many there are."""
        due_s = time.monotonic() + EVERY_S
        while True:
            with suppress(queue.Empty):
                job = self._jobs.get(timeout=max(due_s - time.monotonic(), 0.0))
                if job is None:
                    return
                job(journal)
            if time.monotonic() >= due_s:
                if self._take is not None:
                    self._take.add_new()
                due_s = time.monotonic() + EVERY_S


LEAST_REST_S = 1.0


class JournaledSession:
    """A session and its place in the journal.

    The player's own loud level with this microphone is NaN where it is not known.
    """

    def __init__(
        self, run: SessionRun, writer: SessionWriter, loud_level_dbfs: float = math.nan
    ) -> None:
        self.run, self.writer = run, writer
        self._loud_level_dbfs = loud_level_dbfs
        self._is_stop_written = False
        self._write_stop(run.now)

    def feed(self, event: Event, at_s: float) -> Instruction:
        """Pass an event to the session, write it, and return the next instruction."""
        before = self.run.now
        now = self.run.feed(event, at_s)
        if isinstance(event, Answered):
            self.write_answers(event)
        rest = _rest_in(before)
        if rest is not None and _rest_in(now) is None:
            rested_s = at_s - rest.began_s
            if rested_s >= LEAST_REST_S:
                self.writer.remark(RemarkKind.REST, round(rested_s, 1), rest.rule)
        self._write_stop(now)
        return now

    def write_answers(self, answers: Answered) -> None:
        """Write the player's answers, whether the session goes on or not."""
        for kind, number in (
            (RemarkKind.EFFORT, answers.effort),
            (RemarkKind.PAIN, answers.pain),
        ):
            if number is not None:
                self.writer.remark(kind, number)

    def _write_stop(self, now: Instruction) -> None:
        if isinstance(now, Stopped) and not self._is_stop_written:
            self._is_stop_written = True
            self.writer.remark(RemarkKind.STOP, text=now.rule)

    def begin_take(
        self, play: Play, microphone: str | None, loudspeaker: str | None, played: PlayedNotes
    ) -> None:
        """Write that a run begins, and from now on its notes.

        Raises JournalError where something before could not be written: nothing is played then.
        """
        self.writer.check()
        drill = play.step.drill
        self.writer.begin_take(
            replace(
                TakeSetup.begun_now(self.run.plan.instrument, play.program),
                drill=drill.name if drill is not None else None,
                input_device=microphone,
                output_device=loudspeaker,
            ),
            played,
        )

    def end_take(
        self, play: Play, review: TakeReview | None, finding: str, *, is_whole: bool
    ) -> RunSummary | None:
        """Write the result of a run, None where unmeasured; return what the rules need of it.

        What was not played to its end, ``is_whole``, is no part of an assessment.
        """
        if review is None:
            self.writer.end_take(None)
            return None
        recording = self.writer.recording_of(review.name)
        result = take_result(
            review,
            finding,
            loud_level_dbfs=self._loud_level_dbfs,
            audio_name=recording.name if recording is not None else None,
            audio_bytes=recording.stat().st_size if recording is not None else None,
        )
        summary = _run_summary(review, result)
        tag, kind = "", play.step.kind
        if kind is StepKind.PERFORMANCE:  # broken off, it is practice no more than whole
            tag = PERFORMANCE_TAG
        elif (
            kind is StepKind.ASSESSMENT and is_whole and has_enough_notes(summary, play.step.drill)
        ):
            tag = ASSESSMENT_TAG
        self.writer.end_take(result, tag)
        return summary


def _run_summary(review: TakeReview, result: TakeResult) -> RunSummary:
    notes, cv = review.snapshot.notes, review.snapshot.metrics[MetricKey.CV_IOI]
    levels_dbfs = notes["level_dbfs"][np.isfinite(notes["level_dbfs"])]
    return RunSummary(
        duration_s=result.duration_s,
        sounding_s=result.sounding_s,
        loud_s=result.loud_s,
        n_notes=len(notes),
        n_intervals=cv.n,
        cv_ioi=cv.value / 100.0,
        detector_cv=cv.detector_error / 100.0,
        mean_level_dbfs=float(np.mean(levels_dbfs)) if len(levels_dbfs) else math.nan,
    )


def _rest_in(instruction: Instruction) -> Rest | None:
    """The current rest, or the one that a question or a pause interrupts; None without."""
    match instruction:
        case Rest():
            return instruction
        case Ask(before=Rest() | Paused() as before) | Paused(before=before):
            return _rest_in(before)
    return None
