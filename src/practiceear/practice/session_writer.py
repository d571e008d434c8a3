"""Writes a session into the journal while it goes on, in a thread that owns the connection.

What is played must not wait for a disk, and nothing may be lost without a word: the first
error is kept, and whoever plays looks at it before every run.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path

from practiceear.errors import JournalError
from practiceear.journal.connection import AUDIO_FOLDER, Journal, open_journal
from practiceear.journal.records import Remark, RemarkKind, SessionRecord, TakeResult, TakeSetup
from practiceear.journal.writing import (
    add_remark,
    begin_session,
    begin_take,
    cut_off_takes,
    delete_take,
    end_session,
    end_take,
)

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
        self._session_id = 0
        self._take_id: int | None = None
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

    def begin_take(self, setup: TakeSetup) -> None:
        """Write down that a take begins."""

        def deed(journal: Journal) -> None:
            self._take_id = begin_take(journal, self._session_id, setup)

        self._deeds.put(deed)

    def end_take(self, result: TakeResult | None, tag: str = "") -> None:
        """Write down what the take amounts to; None: nothing was heard, it is taken out again."""

        def deed(journal: Journal) -> None:
            take_id, self._take_id = self._take_id, None
            if take_id is None:
                return
            if result is None:
                delete_take(journal, take_id)
                return
            end_take(journal, take_id, result)
            if tag:
                remark = Remark(time.time(), RemarkKind.TAG, text=tag, take_id=take_id)
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
            ended_utc_s = time.time()
            self._deeds.put(lambda journal: end_session(journal, self._session_id, ended_utc_s))
            self._deeds.put(None)
            self._thread.join(LAST_WORDS_S)
        self.check()

    # What follows runs in the thread.

    def _run(self) -> None:
        try:
            with open_journal(self._folder) as journal:
                self._session_id = begin_session(journal, self._session)
                self._is_open.set()
                while (deed := self._deeds.get()) is not None:
                    deed(journal)
                if self._take_id is not None:  # the program was interrupted in a run
                    cut_off_takes(journal, math.inf, only_take_id=self._take_id)
        except Exception as error:  # whatever it is: the player has to hear of it
            self._error = error
        finally:
            self._is_open.set()


def _add(journal: Journal, session_id: int, remark: Remark) -> None:
    add_remark(journal, session_id, remark)
