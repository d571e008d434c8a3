"""Writes sessions and takes: a running take in small steps, so that a kill costs its last second.

Every function is one transaction, or part of the one that is open.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from practiceear.audio.take_writer import is_being_recorded
from practiceear.errors import UsageError
from practiceear.journal.connection import Journal, explained
from practiceear.journal.reading import list_takes, tagged_takes
from practiceear.journal.records import (
    NoteRow,
    Remark,
    Row,
    RunRow,
    SessionRecord,
    TakeRecord,
    TakeResult,
    TakeSetup,
    TakeState,
    row_of,
)

MOST_GB = 10.0
"""Size above which the oldest recordings go: some sixty hours of FLAC; chosen, not measured."""


@contextmanager
def transaction(journal: Journal) -> Iterator[sqlite3.Connection]:
    """Commit all that is done inside, or nothing.

    JournalError where it cannot be written: a full disk, another program, a damaged file.
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
    """Insert a session that begins; return its number."""
    with transaction(journal) as connection:
        day = session.started.local_day
        return _insert(connection, "session", row_of(session) | {"local_day": day})


def end_session(journal: Journal, session_id: int, utc_s: float) -> None:
    """Store when a session ended."""
    with transaction(journal) as connection:
        connection.execute(
            "UPDATE session SET ended_utc_s = ? WHERE session_id = ?", (utc_s, session_id)
        )


def delete_session(journal: Journal, session_id: int) -> None:
    """Delete a session in which nothing was played, with its remarks."""
    with transaction(journal) as connection:
        connection.execute("DELETE FROM session WHERE session_id = ?", (session_id,))


def begin_take(
    journal: Journal, session_id: int, setup: TakeSetup, audio_name: str | None = None
) -> int:
    """Insert a take that begins; return its number.

    ``audio_name`` is stored at once, so that a take that is cut off has its recording too.
    """
    row = row_of(setup) | {"local_day": setup.started.local_day, "session_id": session_id}
    row |= {"state": TakeState.RUNNING.value, "audio_name": audio_name}
    with transaction(journal) as connection:
        return _insert(connection, "take", row)


def add_notes(journal: Journal, take_id: int, first_number: int, notes: Sequence[NoteRow]) -> None:
    """Add notes to a running take as they settle; ``first_number`` counts from 0.

    They count as load at once: a take that is cut off was played all the same.
    """
    with transaction(journal) as connection:
        _insert_all(connection, "note", _numbered(take_id, notes, first_number))
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
        _insert_all(connection, "run", _numbered(take_id, result.runs))
        measures = ({"take_id": take_id, **row_of(measure)} for measure in result.measures)
        _insert_all(connection, "measure", measures)
        row = row_of(result) | {"state": TakeState.COMPLETE.value}
        changes = ", ".join(f"{column} = :{column}" for column in row)
        connection.execute(
            f"UPDATE take SET {changes} WHERE take_id = :take_id", row | {"take_id": take_id}
        )


def cut_off_takes(journal: Journal, before_utc_s: float) -> int:
    """Mark unended takes from before ``before_utc_s`` as cut off; return how many.

    Their notes stay. A take may run in another program just now: only what began
    before that moment is marked. Takes with a recording are left to be recovered from it.
    """
    with transaction(journal) as connection:
        return connection.execute(
            "UPDATE take SET state = ?"
            " WHERE state = ? AND audio_name IS NULL AND started_utc_s < ?",
            (TakeState.CUT_OFF.value, TakeState.RUNNING.value, before_utc_s),
        ).rowcount


def cut_off_take(journal: Journal, take_id: int, audio_bytes: int | None) -> None:
    """Mark a take as cut off: notes stay; its recording too, unless ``audio_bytes`` is None."""
    with transaction(journal) as connection:
        connection.execute(
            "UPDATE take SET state = ?, audio_bytes = ?,"
            " audio_name = CASE WHEN ? IS NULL THEN NULL ELSE audio_name END WHERE take_id = ?",
            (TakeState.CUT_OFF.value, audio_bytes, audio_bytes, take_id),
        )


def add_remark(journal: Journal, session_id: int, remark: Remark) -> int:
    """Add effort, pain, a note or a tag; return its number."""
    with transaction(journal) as connection:
        return _insert(connection, "remark", row_of(remark) | {"session_id": session_id})


def delete_take(journal: Journal, take_id: int) -> bool:
    """Delete a take with notes, measures, remarks and recording; return whether it was there.

    The recording goes last: a kill between leaves a file without a row, never the reverse.
    UsageError while it is being recorded: nothing is deleted.
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


def unfinished_recordings(journal: Journal) -> list[TakeRecord]:
    """Return the takes whose recording has no end, without those being recorded now."""
    return [
        take
        for take in list_takes(journal)
        if take.state is TakeState.RUNNING
        and take.audio_name
        and not is_being_recorded(journal.audio_folder / take.audio_name)
    ]


def prune_recordings(
    journal: Journal, most_bytes: float, *, spared_take_id: int | None = None
) -> tuple[int, int]:
    """Delete the oldest recordings beyond ``most_bytes``; return how many, and the bytes left.

    Takes and their measures stay, and so do tagged recordings and that of ``spared_take_id``, even
    if they are too large together. The row is changed first: a kill between leaves a file without a
    row, never a row whose file is gone.
    """
    takes = [take for take in list_takes(journal) if take.audio_name]
    paths = [journal.audio_folder / str(take.audio_name) for take in takes]
    sizes = [path.stat().st_size if path.is_file() else 0 for path in paths]
    left_bytes, n_removed = sum(sizes), 0
    spared = tagged_takes(journal) | {spared_take_id}
    for take, path, n_bytes in zip(takes, paths, sizes, strict=True):
        if left_bytes <= most_bytes:
            break
        if take.take_id in spared or take.state is TakeState.RUNNING:
            continue
        with transaction(journal) as connection:
            connection.execute(
                "UPDATE take SET audio_name = NULL, audio_bytes = NULL WHERE take_id = ?",
                (take.take_id,),
            )
        try:
            path.unlink(missing_ok=True)
        except OSError:  # another program holds it: no reason to end a session
            continue
        left_bytes, n_removed = left_bytes - n_bytes, n_removed + 1
    return n_removed, left_bytes


def _numbered(
    take_id: int, records: Iterable[NoteRow | RunRow], first_number: int = 0
) -> Iterator[Row]:
    for number, record in enumerate(records, first_number):
        yield {"take_id": take_id, "number": number, **row_of(record)}


def _insert(connection: sqlite3.Connection, table: str, row: Row) -> int:
    """Write a row; return its number."""
    return connection.execute(_insertion(table, row), row).lastrowid or 0


def _insert_all(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    """Write rows of the same columns in place of those with the same keys."""
    written = list(rows)
    if written:
        connection.executemany(_insertion(table, written[0], "INSERT OR REPLACE"), written)


def _insertion(table: str, row: Row, verb: str = "INSERT") -> str:
    places = ", ".join(f":{column}" for column in row)
    return f"{verb} INTO {table} ({', '.join(row)}) VALUES ({places})"
