"""Opens the journal: one SQLite file that two programs may write to at once.

Write-ahead logging lets one read while another writes, and a program that is killed in the
middle of writing leaves what was committed before.

An older journal's tables are brought up to this program's, after a copy was put aside, by the
numbered files in ``migrations/``: each runs in one transaction with the change of
``PRAGMA user_version``, so that a journal is always of one whole schema.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

from practiceear.errors import JournalError

APPLICATION_ID = 0x50454152
"""``PEAR``: tells a journal from any other SQLite file."""

FILE_NAME = "journal.sqlite"
AUDIO_FOLDER = "takes"

BUSY_S = 10.0
"""So long one program waits for the other's transaction, which takes milliseconds."""

LEAST_ROOM_BYTES = 2**20

_DAMAGED = ("malformed", "not a database", "disk image", "corrupt")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from a schema to the next."""

    number: int
    name: str
    sql: str


def known_migrations() -> tuple[Migration, ...]:
    """All steps that this program knows, in order, numbered from 1 without a hole."""
    found = []
    for file in (resources.files(__package__) / "migrations").iterdir():
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


@dataclass(frozen=True, slots=True, eq=False)
class Journal:
    """An open journal; its connection (autocommit, foreign keys) belongs to the opening thread.

    ``copied_to``: the copy made before older tables were migrated. ``scratch``: the temporary
    folder of a copy that is only read, deleted on closing.
    """

    connection: sqlite3.Connection
    path: Path
    copied_to: Path | None = None
    scratch: TemporaryDirectory[str] | None = None

    @property
    def audio_folder(self) -> Path:
        """Folder of the recordings."""
        return self.path.parent / AUDIO_FOLDER

    def close(self) -> None:
        """Close it; what was committed stays."""
        self.connection.close()
        if self.scratch is not None:
            self.scratch.cleanup()

    def __enter__(self) -> Journal:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


def open_journal(folder: Path) -> Journal:
    """Open the journal in ``folder`` for writing; both are made where there is none.

    JournalError where it is damaged, of a newer program, not a journal, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _not_writable(folder / FILE_NAME) from error
    return _opened(folder / FILE_NAME)


def read_journal(folder: Path) -> Journal:
    """Open the journal in ``folder`` for reading; on a read-only disk, a copy of it.

    JournalError as for `open_journal`, and where there is none.
    """
    path = folder / FILE_NAME
    if not has_journal(folder):
        raise JournalError(f"there is no journal in {folder}", "Check the folder's name")
    try:
        return _opened(path)
    except JournalError as error:
        if not isinstance(error.__cause__, sqlite3.OperationalError) or _is_busy(error.__cause__):
            raise
    copy = scratch_journal(path)
    return replace(copy, path=path, copied_to=None)


def has_journal(folder: Path) -> bool:
    """Whether a journal is in ``folder``; JournalError where it cannot be read."""
    path = folder / FILE_NAME
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise JournalError(
            f"the journal {path} cannot be read: {reason}", "Check the folder's name"
        ) from error
    return True


def scratch_journal(original: Path | None = None) -> Journal:
    """Open a temporary journal, empty or a copy of another one's file, deleted on closing.

    JournalError where the copy cannot be made, or the original is damaged.
    """
    try:
        scratch = TemporaryDirectory(prefix="practiceear-")
    except OSError as error:
        raise JournalError(
            f"there is no folder for temporary files: {error.strerror}", "Make room on the disk"
        ) from error
    path = Path(scratch.name) / FILE_NAME
    try:
        for ending in ("", "-wal") if original is not None else ():
            source = Path(f"{original}{ending}")
            if source.exists():
                shutil.copyfile(source, f"{path}{ending}")
        return replace(_opened(path), scratch=scratch)
    except OSError as error:
        scratch.cleanup()
        raise JournalError(
            f"the journal {original} cannot be read: {error.strerror}", "Check the disk it is on"
        ) from error
    except BaseException:
        scratch.cleanup()
        raise


def _opened(path: Path) -> Journal:
    connection = None
    try:
        connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
        _refuse_other_files(connection, path)
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        copied_to = migrate(connection, path, known_migrations())
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise explained(error, path) from error
    except BaseException:
        if connection is not None:
            connection.close()
        raise
    return Journal(connection, path, copied_to)


def _has_no_room(folder: Path) -> bool:
    """Whether so little room is left that SQLite cannot make its log there."""
    try:
        return shutil.disk_usage(folder).free < LEAST_ROOM_BYTES
    except OSError:
        return False


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to the log; the switch itself does not wait for others, so it is tried again."""
    deadline_s = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > deadline_s:
                raise
            time.sleep(0.02)


def _is_busy(error: BaseException) -> bool:
    return "locked" in str(error)


def _refuse_other_files(connection: sqlite3.Connection, path: Path) -> None:
    found = int(connection.execute("PRAGMA application_id").fetchone()[0])
    if found not in (0, APPLICATION_ID):
        raise JournalError(f"{path} is not a journal of PracticeEar", "Move it elsewhere")


def explained(error: sqlite3.Error, path: Path) -> JournalError:
    """Return the error for the user that says what is wrong with the journal."""
    reason = str(error)
    if any(word in reason for word in _DAMAGED):
        return JournalError(
            f"the journal {path} is damaged",
            "Run: practiceear journal salvage; it keeps the damaged file and all that it can read",
        )
    if _is_busy(error):
        return JournalError(
            f"another program holds the journal {path} for longer than {BUSY_S:g} s",
            "Close the other one and try again",
        )
    if "full" in reason or ("I/O" in reason and _has_no_room(path.parent)):
        return JournalError(
            f"the disk of {path} is full", "Make room; what was saved before is whole"
        )
    if "readonly" in reason or "unable to open" in reason:
        return _not_writable(path)
    return JournalError(f"the journal {path} cannot be used: {reason}", "Please report it")


def _not_writable(path: Path) -> JournalError:
    return JournalError(
        f"the journal {path} cannot be written",
        "Choose a folder that you may write to in PRACTICEEAR_HOME, or with --journal",
    )
