"""Brings an older journal's tables up to this program's, after a copy was put aside.

Migrations are the numbered files in ``migrations/``: each runs in one transaction with the
change of ``PRAGMA user_version``, so that a journal is always of one whole schema.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from practiceear.errors import JournalError

APPLICATION_ID = 0x50454152
"""``PEAR``: tells a journal from any other SQLite file."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from a schema to the next."""

    number: int
    name: str
    sql: str


def known_migrations() -> tuple[Migration, ...]:
    """All steps that this program knows, in order, numbered from 1 without a hole."""
    found = []
    for file in resources.files("practiceear.journal.migrations").iterdir():
        if file.name.endswith(".sql"):
            number, _, name = file.name.removesuffix(".sql").partition("_")
            found.append(Migration(int(number), name, file.read_text(encoding="utf-8")))
    found.sort(key=lambda migration: migration.number)
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise ValueError("migrations must be numbered from 1 without a hole")
    return tuple(found)


def schema_number(connection: sqlite3.Connection) -> int:
    """Number of the last migration that a journal has had; 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(
    connection: sqlite3.Connection, path: Path, migrations: tuple[Migration, ...]
) -> Path | None:
    """Apply ``migrations``; return the copy made beside the journal before, if any was needed.

    The connection is in autocommit mode. JournalError where the file is no journal, or of a newer
    program; it is left untouched.
    """
    present, last = schema_number(connection), len(migrations)
    if present > last:
        raise JournalError(
            f"{path} was written by a newer PracticeEar (schema {present}, this one knows {last})",
            "Update PracticeEar; the journal was not touched",
        )
    if present == 0:
        _refuse_stranger(connection, path)
    if present == last:
        return None
    copy = _copy_aside(connection, path, present) if present else None
    for step in migrations[present:]:
        _apply(connection, step)
    return copy


def _refuse_stranger(connection: sqlite3.Connection, path: Path) -> None:
    n_tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if n_tables:
        raise JournalError(f"{path} is not a journal of PracticeEar", "Move it elsewhere")


def _copy_aside(connection: sqlite3.Connection, path: Path, present: int) -> Path:
    copy = path.with_suffix(f".schema-{present}.sqlite")
    number = 1
    while copy.exists():
        number += 1
        copy = path.with_suffix(f".schema-{present}-{number}.sqlite")
    unfinished = copy.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    target = sqlite3.connect(unfinished)
    try:
        connection.backup(target)
    finally:
        target.close()
    unfinished.rename(copy)
    return copy


def _apply(connection: sqlite3.Connection, step: Migration) -> None:
    """Run one step whole or not at all; another program may have run it meanwhile."""
    connection.execute("BEGIN EXCLUSIVE")
    try:
        if schema_number(connection) >= step.number:
            connection.execute("ROLLBACK")
            return
        for statement in statements(step.sql):
            connection.execute(statement)
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
        if broken is not None:
            raise sqlite3.IntegrityError(f"{step.name}: rows of {broken[0]} point nowhere")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {step.number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def statements(sql: str) -> list[str]:
    """Cut a script into its statements, as SQLite itself sees where they end."""
    found, begun = [], ""
    for line in sql.splitlines(keepends=True):
        begun += line
        if sqlite3.complete_statement(begun):
            found.append(begun)
            begun = ""
    if begun.strip():
        raise ValueError(f"a migration ends in the middle of a statement: {begun.strip()[:60]}")
    return found
