"""Writes a take into the journal while it runs: a kill costs its last second.

`WrittenTake` is one take of any session; `RunningTake` is a live take with a thread that owns
its connection. A journal that fails never stops the playing: `error` holds the reason.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from practiceear.errors import JournalError, PracticeEarError, program_fault
from practiceear.journal.connection import Journal, open_journal
from practiceear.journal.from_review import note_rows, own_loud_level_dbfs
from practiceear.journal.reading import recent_levels_dbfs
from practiceear.journal.records import (
    SessionKind,
    SessionRecord,
    TakeResult,
    TakeSetup,
)
from practiceear.journal.writing import (
    MOST_GB,
    add_notes,
    begin_session,
    begin_take,
    cut_off_take,
    cut_off_takes,
    delete_session,
    delete_take,
    end_session,
    end_take,
    prune_recordings,
)
from practiceear.notes.tracker import NoteArray

EVERY_S = 1.0
JOIN_S = 15.0
LONGEST_TAKE_S = 12 * 3600.0
"""What began longer ago and has not ended was cut off: no program still plays it."""


@dataclass(frozen=True, slots=True)
class PlayedNotes:
    """The notes of a take that is being played, and the recording that grows meanwhile.

    ``so_far`` returns all notes, dtype ``NOTE``; it is called from the thread that writes them.
    """

    so_far: Callable[[], NoteArray]
    rate_hz: int
    audio_name: str | None = None


class WrittenTake:
    """A take being written into a session; ``take_id`` continues one that was begun before.

    It belongs to the thread that owns the journal's connection, which calls `add_new` every
    ``EVERY_S`` and `end` once. ``n_removed``: older recordings deleted to make room.
    """

    def __init__(
        self,
        journal: Journal,
        session_id: int,
        setup: TakeSetup,
        played: PlayedNotes,
        *,
        take_id: int | None = None,
    ) -> None:
        self._journal, self._played = journal, played
        self._n_written = self.n_removed = 0
        if take_id is None:
            take_id = begin_take(journal, session_id, setup, played.audio_name)
        self.take_id = take_id

    def add_new(self) -> None:
        """Insert the notes that came since."""
        rows = note_rows(self._played.so_far(), self._played.rate_hz)
        if len(rows) > self._n_written:
            add_notes(self._journal, self.take_id, self._n_written, rows[self._n_written :])
            self._n_written = len(rows)

    def end(self, result: TakeResult | None) -> bool:
        """End the take; return whether it stays. None: cut off, or deleted if it is empty."""
        if result is not None:
            end_take(self._journal, self.take_id, result)
            if result.audio_name is not None:
                self.n_removed, _ = prune_recordings(
                    self._journal, MOST_GB * 1e9, spared_take_id=self.take_id
                )
            return True
        self.add_new()
        audio_bytes = self._audio_bytes()
        if not self._n_written and audio_bytes is None:
            delete_take(self._journal, self.take_id)
            return False
        cut_off_take(self._journal, self.take_id, audio_bytes)
        return True

    def _audio_bytes(self) -> int | None:
        name = self._played.audio_name
        path = self._journal.audio_folder / name if name else None
        return path.stat().st_size if path is not None and path.is_file() else None


class RunningTake:
    """A take being played, as a session of its own, written by a thread of its own.

    ``n_removed``: older recordings deleted to make room; known at the end.
    """

    def __init__(self, folder: Path, setup: TakeSetup, played: PlayedNotes) -> None:
        self._folder, self._setup, self._played = folder, setup, played
        self._result: TakeResult | None = None
        self._is_over = threading.Event()
        self.take_id: int | None = None
        self.n_removed = 0
        self.loud_level_dbfs = math.nan
        self.error: PracticeEarError | None = None
        self._session_id: int | None = None
        self._is_kept = False
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def finish(self, result: TakeResult | None) -> int | None:
        """End the take as `WrittenTake.end`; return its number, None where nothing was saved."""
        self._result = result
        self._is_over.set()
        self._thread.join(JOIN_S)
        return self.take_id if self.error is None and self._is_kept else None

    def _run(self) -> None:
        """Write the take while it is played; what failed then is tried once more at its end."""
        self._try()
        if self.error is not None:
            self._is_over.wait()
            self.error = None
            self._try()

    def _try(self) -> None:
        try:
            with open_journal(self._folder) as journal:
                self._write(journal)
        except PracticeEarError as error:
            self.error = error
        except Exception as error:  # to be reported, not lost with the thread
            self.error = JournalError(program_fault(error), "Please report it")

    def _write(self, journal: Journal) -> None:
        session_id, take = self._begun(journal)
        while not self._is_over.wait(EVERY_S):
            take.add_new()
        self._is_kept = take.end(self._result)
        self.n_removed = take.n_removed
        if self._result is not None:
            ended_utc_s = self._setup.started.utc_s + self._result.duration_s
            end_session(journal, session_id, ended_utc_s)
        elif not self._is_kept:
            delete_session(journal, session_id)

    def _begun(self, journal: Journal) -> tuple[int, WrittenTake]:
        """Begin the session and the take, or go on with those that were begun before."""
        self.loud_level_dbfs = own_loud_level_dbfs(
            recent_levels_dbfs(journal, self._setup.instrument, self._setup.input_device)
        )
        if self._session_id is None:
            session = SessionRecord(self._setup.started, SessionKind.FREE)
            self._session_id = begin_anew(journal, session)
        take = WrittenTake(
            journal, self._session_id, self._setup, self._played, take_id=self.take_id
        )
        self.take_id = take.take_id
        return self._session_id, take


def begin_anew(journal: Journal, session: SessionRecord) -> int:
    """Mark earlier takes that were cut off, insert a session and return its number."""
    cut_off_takes(journal, session.started.utc_s - LONGEST_TAKE_S)
    return begin_session(journal, session)
