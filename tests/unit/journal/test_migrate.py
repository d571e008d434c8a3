"""Older journals are brought up to date whole or not at all; newer ones are left alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from practiceear.errors import JournalError
from practiceear.journal.connection import (
    FILE_NAME,
    Migration,
    known_migrations,
    migrate,
    open_journal,
    schema_number,
    statements,
)
from practiceear.journal.reading import list_takes, notes_of
from tests.unit.journal.made_up import add_day, result

NEXT = Migration(
    len(known_migrations()) + 1,
    "a_column_more",
    "ALTER TABLE take ADD COLUMN mood TEXT;\nUPDATE take SET mood = 'calm; still';\n",
)
BROKEN = Migration(
    NEXT.number, "broken", "ALTER TABLE take ADD COLUMN mood TEXT;\nSELECT * FROM nowhere;\n"
)


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def made(path: Path, up_to: int) -> None:
    """A journal as an older program left it."""
    connection = connect(path)
    migrate(connection, path, known_migrations()[:up_to])
    connection.close()


@pytest.mark.parametrize("schema", range(1, len(known_migrations()) + 1))
def test_every_released_schema_opens(tmp_path: Path, schema: int) -> None:
    made(tmp_path / FILE_NAME, schema)
    with open_journal(tmp_path) as journal:
        assert schema_number(journal.connection) == len(known_migrations())
        add_day(journal, 1)


@pytest.mark.parametrize("n_days", [0, 3])
def test_rows_live_through_a_migration_and_a_copy_is_kept(tmp_path: Path, n_days: int) -> None:
    with open_journal(tmp_path) as journal:
        ids = [add_day(journal, day) for day in range(1, n_days + 1)]
        copy = migrate(journal.connection, journal.path, (*known_migrations(), NEXT))
        assert schema_number(journal.connection) == NEXT.number
        assert [one.take_id for one in list_takes(journal)] == ids
        for take_id in ids:
            assert tuple(notes_of(journal, take_id)) == result().notes
    assert copy is not None
    kept = connect(copy)
    assert schema_number(kept) == NEXT.number - 1
    assert kept.execute("SELECT count(*) FROM take").fetchone() == (n_days,)
    kept.close()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        add_day(journal, 1)
        with pytest.raises(sqlite3.Error):
            migrate(journal.connection, journal.path, (*known_migrations(), BROKEN))
        assert schema_number(journal.connection) == BROKEN.number - 1
        names = {row[1] for row in journal.connection.execute("PRAGMA table_info(take)")}
        assert "mood" not in names


def test_a_newer_journal_is_refused_untouched(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        migrate(journal.connection, journal.path, (*known_migrations(), NEXT))
        journal.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(JournalError, match="newer"):
        open_journal(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_a_second_copy_does_not_replace_the_first(tmp_path: Path) -> None:
    copies = set()
    for _ in range(2):
        with open_journal(tmp_path) as journal:
            copies.add(migrate(journal.connection, journal.path, (*known_migrations(), NEXT)))
            journal.connection.execute("ALTER TABLE take DROP COLUMN mood")
            journal.connection.execute(f"PRAGMA user_version = {NEXT.number - 1}")
    assert len(copies) == 2


def test_a_script_is_cut_where_sqlite_says_so() -> None:
    assert len(statements("SELECT ';';\n-- a; comment\nSELECT 2;\n")) == 2
    with pytest.raises(ValueError, match="middle"):
        statements("SELECT 1;\nSELECT 2")
