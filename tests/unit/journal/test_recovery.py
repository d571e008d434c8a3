"""What can be read of a damaged journal is saved, and the damaged file is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from practiceear.errors import JournalError
from practiceear.journal.connection import FILE_NAME, open_journal
from practiceear.journal.reading import day_loads, find_take, list_takes, notes_of
from practiceear.journal.recovery import recover_journal
from tests.unit.journal.made_up import add_day, result

N_DAYS = 60


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    with open_journal(tmp_path) as journal:
        for day in range(1, N_DAYS + 1):
            add_day(journal, day, n_notes=40)
        journal.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return tmp_path


def scribble(path: Path, page: int, n_pages: int = 1, page_bytes: int = 4096) -> None:
    content = bytearray(path.read_bytes())
    content[page * page_bytes : (page + n_pages) * page_bytes] = b"\xa5" * n_pages * page_bytes
    path.write_bytes(content)


def test_a_whole_journal_is_saved_whole(filled: Path) -> None:
    saved = recover_journal(filled)
    assert saved.n_skips == saved.n_orphans == 0
    assert saved.n_saved["take"] == N_DAYS
    assert saved.n_saved["note"] == 40 * N_DAYS
    assert saved.damaged.exists()


@pytest.mark.parametrize("place", [0.3, 0.5, 0.7, 0.9])
def test_a_damaged_page_costs_its_rows_only(filled: Path, place: float) -> None:
    path = filled / FILE_NAME
    damaged_page = int(place * path.stat().st_size / 4096)
    scribble(path, damaged_page)
    before = path.read_bytes()
    saved = recover_journal(filled)
    assert saved.damaged.read_bytes() == before
    with open_journal(filled) as journal:
        assert journal.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert journal.connection.execute("PRAGMA foreign_key_check").fetchall() == []
        takes = list_takes(journal)
        assert len(takes) >= 0.5 * N_DAYS
        whole = [one for one in takes if len(notes_of(journal, one.take_id)) == 40]
        assert len(whole) >= 0.4 * N_DAYS
        for one in whole:
            assert tuple(notes_of(journal, one.take_id)) == result(40).notes
        add_day(journal, 1)  # it can be written to again


def test_of_a_journal_without_its_first_page_nothing_is_left_but_the_file(filled: Path) -> None:
    scribble(filled / FILE_NAME, 0)
    with pytest.raises(JournalError, match="salvage"):
        open_journal(filled)
    saved = recover_journal(filled)
    assert set(saved.n_saved.values()) == {0}
    assert saved.n_skips > 0
    with open_journal(filled) as journal:
        assert find_take(journal, add_day(journal, 1))


def test_without_a_journal_nothing_is_saved(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="no journal"):
        recover_journal(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        "local_day = '9999-12-31', started_at = '9999-12-31T18:00:00+01:00'",
        "local_day = '2026-W48-1'",
        "local_day = '2026-03-04'",
        "started_at = 'yesterday'",
        "started_utc_s = 1e300",
        "audio_name = '../../recording.flac'",
    ],
)
def test_a_row_that_cannot_be_is_named_and_left_out(filled: Path, change: str) -> None:
    with open_journal(filled) as journal:
        journal.connection.execute(f"UPDATE take SET {change} WHERE take_id = 3")
        with pytest.raises(JournalError, match="something impossible") as caught:
            list_takes(journal)
        assert "salvage" in caught.value.hint
    saved = recover_journal(filled)
    assert saved.n_saved["take"] == N_DAYS - 1
    with open_journal(filled) as journal:
        assert len(list_takes(journal)) == N_DAYS - 1
        assert len(day_loads(journal)) == N_DAYS - 1
