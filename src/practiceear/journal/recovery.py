"""Saves the readable rows of a damaged journal into a new one; the damaged file stays.

A damaged page costs the rows on it. Rows are read in the order of their keys; where reading
fails, ever larger steps skip the damage. Rows with impossible values are left out too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from practiceear.errors import JournalError
from practiceear.journal.connection import FILE_NAME, open_journal
from practiceear.journal.records import Remark, record_of, session_record, take_record

TABLES = ("session", "take", "note", "run", "measure", "remark")
"""Parents before their children."""

_KEYS = {"session": "session_id", "remark": "remark_id"}
_MAKERS: dict[str, Callable[[sqlite3.Row], object]] = {
    "session": session_record,
    "take": take_record,
    "remark": partial(record_of, Remark),
}
_MOST_SKIPPED = 2**20
"""Damage that spans so many numbers of takes is taken for the table's end."""


@dataclass(frozen=True, slots=True)
class RecoveredJournal:
    """Rows saved from a damaged journal, by table, and where the damaged file is now.

    ``n_orphans``: readable rows left out because their session or take was not. ``n_skips``: places
    that could not be read or made no sense; how many rows lay there is unknown.
    """

    damaged: Path
    n_saved: dict[str, int]
    n_orphans: int
    n_skips: int


def recover_journal(folder: Path) -> RecoveredJournal:
    """Replace a damaged journal by a new one with all that can be read of it.

    JournalError where there is none, or the new one cannot be written; nothing is changed then.
    """
    path = folder / FILE_NAME
    if not path.exists():
        raise JournalError(f"there is no journal in {folder}", "Nothing needs to be saved")
    made = folder / "recovered"
    made.mkdir(exist_ok=True)
    for leftover in made.glob(f"{FILE_NAME}*"):
        leftover.unlink()
    new = open_journal(made)
    try:
        n_saved, n_orphans, n_skips = _copy_all(path, new.connection)
        new.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise JournalError(
            f"the saved rows cannot be written to {made}: {error}", "Make room on the disk"
        ) from error
    finally:
        new.close()
    damaged = _set_aside(path)
    (made / FILE_NAME).rename(path)
    for leftover in made.iterdir():
        leftover.unlink()
    made.rmdir()
    return RecoveredJournal(damaged, n_saved, n_orphans, n_skips)


def _set_aside(path: Path) -> Path:
    number = 1
    while (damaged := path.with_name(f"journal.damaged-{number}.sqlite")).exists():
        number += 1
    for ending in ("-wal", "-shm"):
        side = path.with_name(path.name + ending)
        if side.exists():
            side.rename(damaged.with_name(damaged.name + ending))
    path.rename(damaged)
    return damaged


def _copy_all(path: Path, target: sqlite3.Connection) -> tuple[dict[str, int], int, int]:
    source = sqlite3.connect(path, isolation_level=None)
    n_orphans, n_skips = 0, 0
    target.execute("PRAGMA foreign_keys = OFF")
    try:
        for table in TABLES:
            n_skips += _copy_table(source, target, table)
    finally:
        source.close()
    for table, make in _MAKERS.items():
        n_skips += _drop_impossible(target, table, make)
    for table in TABLES:  # rows whose session or take is lost
        n_orphans += _drop_orphans(target, table)
    target.execute("PRAGMA foreign_keys = ON")
    n_saved = {
        table: int(target.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
        for table in TABLES
    }
    return n_saved, n_orphans, n_skips


def _drop_impossible(
    target: sqlite3.Connection, table: str, make: Callable[[sqlite3.Row], object]
) -> int:
    """Remove rows that hold what cannot be, such as a day of no calendar; return how many."""
    cursor = target.cursor()
    cursor.row_factory = sqlite3.Row
    impossible = []
    for row in cursor.execute(f"SELECT * FROM {table}"):
        try:
            make(row)
        except (ValueError, TypeError):
            impossible.append((row[f"{table}_id"],))
    target.executemany(f"DELETE FROM {table} WHERE {table}_id = ?", impossible)
    return len(impossible)


def _drop_orphans(target: sqlite3.Connection, table: str) -> int:
    n_dropped = 0
    if table in ("take", "remark"):
        n_dropped += target.execute(
            f"DELETE FROM {table} WHERE session_id NOT IN (SELECT session_id FROM session)"
        ).rowcount
    if table in ("note", "run", "measure", "remark"):
        n_dropped += target.execute(
            f"DELETE FROM {table} WHERE take_id IS NOT NULL"
            " AND take_id NOT IN (SELECT take_id FROM take)"
        ).rowcount
    return n_dropped


def _copy_table(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> int:
    """Copy the rows that can be read; return how often reading failed."""
    key = _KEYS.get(table, "take_id")
    skips = 0

    def count_skip() -> None:
        nonlocal skips
        skips += 1

    try:
        names = [row[1] for row in source.execute(f"PRAGMA table_info({table})")]
    except sqlite3.DatabaseError:
        return 1  # not even the list of tables can be read
    if key not in names:
        return 1
    places = ", ".join("?" * len(names))
    target.execute("BEGIN")
    for row in _readable_rows(source, table, key, names.index(key), count_skip):
        try:
            target.execute(
                f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({places})", row
            )
        except sqlite3.IntegrityError:  # a damaged value
            count_skip()
    target.execute("COMMIT")
    return skips


def _readable_rows(
    source: sqlite3.Connection,
    table: str,
    key: str,
    key_at: int,
    count_skip: Callable[[], None],
) -> Iterator[tuple[object, ...]]:
    """Rows by rising key; after a failure on from the next key, then ever further."""
    first, step = -(2**62), 1
    while True:
        last = first
        try:
            for row in source.execute(
                f"SELECT * FROM {table} WHERE {key} >= ? ORDER BY {key}", (first,)
            ):
                last, step = int(row[key_at]), 1
                yield row
        except sqlite3.DatabaseError:
            count_skip()
            if step > _MOST_SKIPPED:
                return
            first = max(last, 0) + step
            step *= 2
        else:
            return
