"""Writes sessions and takes: a running take in small steps, so that a kill costs its last second.

Every function is one transaction, or part of the one that is open.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from practiceear.audio.take_writer import is_being_recorded
from practiceear.errors import UsageError
from practiceear.journal.connection import Journal, explained
from practiceear.journal.records import (
    NoteRow,
    Remark,
    SessionRecord,
    TakeResult,
    TakeSetup,
    TakeState,
)
from practiceear.journal.rows import note_values, one_line, or_null, setup_values


@contextmanager
def transaction(journal: Journal) -> Iterator[sqlite3.Connection]:
    """All of what is done inside is kept, or nothing.

    Raises
    ------
    JournalError
        Where it cannot be written: a full disk, another program, a damaged file.
    """
    connection = journal.connection
    if connection.in_transaction:
        yield connection
        return
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    except BaseException as error:
        _roll_back(connection)
        if isinstance(error, sqlite3.Error):
            raise explained(error, journal.path) from error
        raise


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def begin_session(journal: Journal, session: SessionRecord) -> int:
    """Write down that a session began; return its number."""
    with transaction(journal) as connection:
        return _inserted(
            connection,
            "INSERT INTO session (uid, started_utc, started_at, local_day, ended_utc, kind,"
            " plan_name, plan_sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                session.uid,
                session.started.utc_s,
                session.started.at,
                session.started.local_day,
                session.ended_utc_s,
                session.kind.value,
                one_line(session.plan_name),
                session.plan_sha256,
            ),
        )


def end_session(journal: Journal, session_id: int, utc_s: float) -> None:
    """Write down when a session ended."""
    with transaction(journal) as connection:
        connection.execute(
            "UPDATE session SET ended_utc = ? WHERE session_id = ?", (utc_s, session_id)
        )


def delete_session(journal: Journal, session_id: int) -> None:
    """Remove a session in which nothing was played, with what hangs on it."""
    with transaction(journal) as connection:
        connection.execute("DELETE FROM session WHERE session_id = ?", (session_id,))


def begin_take(
    journal: Journal, session_id: int, setup: TakeSetup, audio_name: str | None = None
) -> int:
    """Write down that a take began; return its number.

    ``audio_name`` is the recording that grows in the journal's folder meanwhile, so that a
    take that is cut off has its recording too.
    """
    columns, values = setup_values(setup)
    named = ", ".join(("session_id", "state", "audio_name", *columns))
    places = ", ".join("?" * (len(columns) + 3))
    with transaction(journal) as connection:
        return _inserted(
            connection,
            f"INSERT INTO take ({named}) VALUES ({places})",
            (session_id, TakeState.RUNNING.value, audio_name, *values),
        )


def add_notes(journal: Journal, take_id: int, first_number: int, notes: Sequence[NoteRow]) -> None:
    """Add notes to a running take as they settle; ``first_number`` counts from 0.

    They count as load at once: a take that is cut off was played all the same.
    """
    with transaction(journal) as connection:
        connection.executemany(
            "INSERT OR REPLACE INTO note (take_id, number, onset_s, length_s, deviation_s,"
            " level_dbfs, attack_s, dip_db, pitch_midi) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((take_id, first_number + at, *note_values(one)) for at, one in enumerate(notes)),
        )
        connection.execute(
            "UPDATE take SET n_notes = ?, duration_s = max(duration_s, ?), sounding_s ="
            " (SELECT total(length_s) FROM note WHERE note.take_id = take.take_id)"
            " WHERE take_id = ?",
            (first_number + len(notes), notes[-1].onset_s if notes else 0.0, take_id),
        )


def end_take(journal: Journal, take_id: int, result: TakeResult) -> None:
    """Put what a take amounts to in place of what was written while it ran."""
    with transaction(journal) as connection:
        for table in ("note", "run", "measure"):
            connection.execute(f"DELETE FROM {table} WHERE take_id = ?", (take_id,))
        add_notes(journal, take_id, 0, result.notes)
        connection.executemany(
            "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    take_id,
                    number,
                    one.first_note,
                    one.n_notes,
                    one.direction,
                    or_null(one.sd_ioi_s),
                    or_null(one.mean_ioi_s),
                )
                for number, one in enumerate(result.runs)
            ),
        )
        connection.executemany(
            "INSERT INTO measure (take_id, key, unit, n, value, low, high, floor, refusal)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    take_id,
                    one.key,
                    one.unit,
                    one.n,
                    or_null(one.value),
                    or_null(one.low),
                    or_null(one.high),
                    or_null(one.detector_error),
                    one_line(one.reason),
                )
                for one in result.measures
            ),
        )
        connection.execute(
            "UPDATE take SET state = ?, duration_s = ?, sounding_s = ?, loud_s = ?, noise_dbfs = ?,"
            " finding = ?, first_beat_s = ?, audio_name = ?, audio_bytes = ? WHERE take_id = ?",
            (
                TakeState.COMPLETE.value,
                result.duration_s,
                result.sounding_s,
                result.loud_s,
                or_null(result.noise_dbfs),
                one_line(result.finding),
                result.first_beat_s,
                result.audio_name,
                result.audio_bytes,
                take_id,
            ),
        )


def cut_off_takes(journal: Journal, before_utc_s: float) -> int:
    """Mark takes that nobody ended since ``before_utc_s`` as cut off; return how many.

    Their notes are kept. A take may run in another program just now: only what began
    before that moment is marked. Takes with a recording are left to be recovered from it.
    """
    with transaction(journal) as connection:
        return connection.execute(
            "UPDATE take SET state = ? WHERE state = ? AND audio_name IS NULL AND started_utc < ?",
            (TakeState.CUT_OFF.value, TakeState.RUNNING.value, before_utc_s),
        ).rowcount


def cut_off_take(journal: Journal, take_id: int, audio_bytes: int | None) -> None:
    """Mark a take as cut off: its notes are kept, and its recording of so many bytes.

    Without a recording, ``audio_bytes`` is None and none is named any longer.
    """
    with transaction(journal) as connection:
        connection.execute(
            "UPDATE take SET state = ?, audio_bytes = ?,"
            " audio_name = CASE WHEN ? IS NULL THEN NULL ELSE audio_name END WHERE take_id = ?",
            (TakeState.CUT_OFF.value, audio_bytes, audio_bytes, take_id),
        )


def add_remark(journal: Journal, session_id: int, remark: Remark) -> int:
    """Add effort, pain, a note or a tag; return its number."""
    with transaction(journal) as connection:
        return _inserted(
            connection,
            "INSERT INTO remark (uid, session_id, take_id, made_utc, kind, number, text)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                remark.uid,
                session_id,
                remark.take_id,
                remark.made_utc_s,
                remark.kind.value,
                remark.number,
                one_line(remark.text),
            ),
        )


def delete_take(journal: Journal, take_id: int) -> bool:
    """Remove a take with everything that hangs on it, its recording too; whether it was there.

    The recording goes last: a kill between leaves a file without a row, never the reverse.

    Raises
    ------
    UsageError
        Where it is being recorded just now: nothing is removed.
    """
    with transaction(journal) as connection:
        found = connection.execute(
            "SELECT audio_name FROM take WHERE take_id = ?", (take_id,)
        ).fetchone()
        if found is not None and found[0] and is_being_recorded(journal.audio_folder / found[0]):
            raise UsageError(f"take {take_id} is being recorded just now", "End it first")
        connection.execute("DELETE FROM take WHERE take_id = ?", (take_id,))
    if found is not None and found[0]:
        (journal.audio_folder / found[0]).unlink(missing_ok=True)
    return found is not None


def _inserted(connection: sqlite3.Connection, sql: str, values: tuple[object, ...]) -> int:
    number = connection.execute(sql, values).lastrowid
    if number is None:
        raise sqlite3.IntegrityError("a row was not given a number")
    return number
