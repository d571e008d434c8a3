"""Writes a session into the journal while it goes on, in a thread that owns the connection.

What is played must not wait for a disk, and nothing may be lost without a word: the first
error is kept, and whoever plays looks at it before every run. The notes of a run are written
while it is played: a kill costs its last second.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from practiceear.errors import JournalError
from practiceear.journal.connection import AUDIO_FOLDER, Journal, open_journal
from practiceear.journal.records import Remark, RemarkKind, SessionRecord, TakeResult, TakeSetup
from practiceear.journal.running_take import EVERY_S, PlayedNotes, WrittenTake, begin_anew
from practiceear.journal.writing import add_remark, end_session

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

        def deed(journal: Journal) -> None:
            self._take = WrittenTake(journal, self._session_id, setup, played)

        self._deeds.put(deed)

    def end_take(self, result: TakeResult | None, tag: str = "") -> None:
        """Write down what the take amounts to; None: it was cut off."""

        def deed(journal: Journal) -> None:
            take, self._take = self._take, None
            if take is None:
                return
            take.end(result)
            self.n_removed += take.n_removed
            if result is not None and tag:
                remark = Remark(time.time(), RemarkKind.TAG, text=tag, take_id=take.take_id)
                add_remark(journal, self._session_id, remark)

        self._deeds.put(deed)

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
                deed = self._deeds.get(timeout=max(due_s - time.monotonic(), 0.0))
                if deed is None:
                    return
                deed(journal)
            if time.monotonic() >= due_s:
                if self._take is not None:
                    self._take.add_new()
                due_s = time.monotonic() + EVERY_S


def _add(journal: Journal, session_id: int, remark: Remark) -> None:
    add_remark(journal, session_id, remark)
