"""Writes a live take into the journal while it runs: a kill costs its last second.

The thread owns its connection. What goes wrong with the journal never stops the playing: the
error is kept for whoever asks at the end.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from practiceear.errors import JournalError, PracticeEarError
from practiceear.journal.connection import Journal, open_journal
from practiceear.journal.from_review import own_loud_level_dbfs
from practiceear.journal.reading import recent_levels_dbfs
from practiceear.journal.records import (
    NoteRow,
    SessionKind,
    SessionRecord,
    TakeResult,
    TakeSetup,
)
from practiceear.journal.writing import (
    add_notes,
    begin_session,
    begin_take,
    cut_off_takes,
    delete_session,
    end_session,
    end_take,
)
from practiceear.notes.note import NoteArray
from practiceear.units import samples_to_seconds

EVERY_S = 1.0
JOIN_S = 15.0
LONGEST_TAKE_S = 12 * 3600.0
"""What began longer ago and has not ended was cut off: no program still plays it."""


class RunningTake:
    """A take that is being played.

    Parameters
    ----------
    folder
        Of the journal.
    setup
        What is known of the take.
    notes
        Gives all notes so far, dtype ``NOTE``; called from the thread.
    rate_hz
        Samples per second of them.
    """

    def __init__(
        self, folder: Path, setup: TakeSetup, notes: Callable[[], NoteArray], rate_hz: int
    ) -> None:
        self._folder, self._setup, self._notes, self._rate_hz = folder, setup, notes, rate_hz
        self._result: TakeResult | None = None
        self._is_over = threading.Event()
        self.take_id: int | None = None
        self.loud_level_dbfs = math.nan
        self.error: PracticeEarError | None = None
        self._is_kept = False
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def finish(self, result: TakeResult | None) -> int | None:
        """End the take; None leaves it as cut off, or drops it where nothing was heard.

        Returns its number; None where nothing was kept, or ``error`` says why.
        """
        self._result = result
        self._is_over.set()
        self._thread.join(JOIN_S)
        return self.take_id if self.error is None and self._is_kept else None

    def _run(self) -> None:
        try:
            with open_journal(self._folder) as journal:
                self._write(journal)
        except PracticeEarError as error:
            self.error = error
        except Exception as error:  # a fault must be told, not lost with the thread
            self.error = JournalError(
                f"a fault of the program ({type(error).__name__}: {error})", "Please report it"
            )

    def _write(self, journal: Journal) -> None:
        session = SessionRecord(self._setup.started, SessionKind.FREE)
        cut_off_takes(journal, self._setup.started.utc_s - LONGEST_TAKE_S)
        self.loud_level_dbfs = own_loud_level_dbfs(
            recent_levels_dbfs(journal, self._setup.instrument, self._setup.input_device)
        )
        session_id = begin_session(journal, session)
        self.take_id = begin_take(journal, session_id, self._setup)
        n_written = 0
        while not self._is_over.wait(EVERY_S):
            n_written = self._add_new(journal, self.take_id, n_written)
        if self._result is not None:
            end_take(journal, self.take_id, self._result)
            end_session(journal, session_id, session.started.utc_s + self._result.duration_s)
            self._is_kept = True
        elif self._add_new(journal, self.take_id, n_written):
            cut_off_takes(journal, math.inf, only_take_id=self.take_id)
            self._is_kept = True
        else:
            delete_session(journal, session_id)

    def _add_new(self, journal: Journal, take_id: int, n_written: int) -> int:
        """Write what came since; return how many notes are written."""
        rows = _rows(self._notes(), self._rate_hz)
        if len(rows) > n_written:
            add_notes(journal, take_id, n_written, rows[n_written:])
        return max(n_written, len(rows))


def _rows(notes: NoteArray, rate_hz: int) -> list[NoteRow]:
    """Notes as they are known while the take runs: no grid yet."""
    onset_s = samples_to_seconds(notes["onset_sample"], rate_hz)
    length_s = samples_to_seconds(notes["offset_sample"] - notes["onset_sample"], rate_hz)
    known = np.stack([notes[name] for name in ("level_dbfs", "attack_s", "dip_db", "pitch_midi")])
    return [
        NoteRow(
            float(onset_s[at]),
            float(length_s[at]),
            math.nan,
            *(float(one) for one in known[:, at]),
        )
        for at in range(len(notes))
    ]
