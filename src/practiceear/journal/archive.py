"""The journal as a zip for a teacher or a new machine, and back in again.

An archive holds one JSON file a session and the recordings. What comes from a stranger is read
by `archive_reading`: nothing is written before all of it was checked.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import zipfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from practiceear.errors import OutputError
from practiceear.files import cannot_write
from practiceear.journal.archive_reading import ArchiveContent, OpenArchive
from practiceear.journal.connection import Journal, scratch_journal
from practiceear.journal.export_format import ExportedTake, JsonObject, session_object
from practiceear.journal.records import TakeState
from practiceear.journal.writing import (
    add_remark,
    begin_session,
    begin_take,
    end_take,
    transaction,
)

_COPIED_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought."""

    n_sessions: int
    n_takes: int
    n_recordings: int
    n_known: int
    """Sessions that were in the journal already: left as they are."""


def write_archive(
    journal: Journal,
    session_ids: Sequence[int],
    path: Path,
    take_ids: Collection[int] | None = None,
) -> None:
    """Write sessions, or only ``take_ids`` of them, with their recordings to a new zip file.

    Written whole or not at all; OutputError where it cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with zipfile.ZipFile(
            unfinished, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False
        ) as archive:
            for session_id in session_ids:
                _add_session(archive, session_object(journal, session_id, take_ids), journal)
        unfinished.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _add_session(archive: zipfile.ZipFile, content: JsonObject, journal: Journal) -> None:
    for take in content["takes"]:
        name = take["audio_name"]
        recording = journal.audio_folder / name if name else None
        if recording is None or not recording.is_file() or recording.suffix != ".flac":
            take["audio_name"] = None
            continue
        take["audio_name"] = f"{take['uid']}.flac"
        archive.write(recording, f"takes/{take['audio_name']}", zipfile.ZIP_STORED)
    number = sum(name.startswith("sessions/") for name in archive.namelist()) + 1
    archive.writestr(f"sessions/{number}.json", json.dumps(content, allow_nan=False))


def import_archive(
    journal: Journal, path: Path, may_merge: Callable[[ArchiveContent], bool] = lambda _: True
) -> Imported | None:
    """Add the sessions of an archive that the journal does not know yet; None if not allowed.

    ``may_merge`` decides, before anything is written, where the journal holds sessions and the
    archive only others: they may be another person's. JournalError where the file is no archive,
    damaged, or holds what an export never does; the journal is then unchanged.
    """
    with OpenArchive(path) as archive:
        content = archive.check()
        known = _known(journal, "session")
        is_other = bool(content.entries) and known.isdisjoint(content.session_uids)
        if known and is_other and not may_merge(content):
            return None
        with _recordings_first(archive, journal, content, known) as n_recordings:
            return _add_all(journal, archive, content, n_recordings)


def open_archive(path: Path) -> Journal:
    """Open an archive as a temporary, read-only journal that names no recordings.

    JournalError as for `import_archive`.
    """
    journal = scratch_journal()
    try:
        with OpenArchive(path) as archive:
            _add_all(journal, archive, archive.check(), 0)
    except BaseException:
        journal.close()
        raise
    return journal


@contextlib.contextmanager
def _recordings_first(
    archive: OpenArchive, journal: Journal, content: ArchiveContent, known_sessions: set[str]
) -> Iterator[int]:
    """Unpack the recordings of new takes; they are removed again where the rest fails."""
    known = _known(journal, "take")
    made: list[Path] = []
    try:
        journal.audio_folder.mkdir(parents=True, exist_ok=True)
        for uid in content.recorded_takes(known_sessions):
            target = journal.audio_folder / f"{uid}.flac"
            if uid in known or target.exists():
                continue
            made.append(target)
            with archive.recording(uid) as source, target.open("xb") as file:
                shutil.copyfileobj(source, file, _COPIED_BYTES)
        yield len(made)
    except BaseException as error:
        for target in made:
            target.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OutputError(
                f"the recordings cannot be kept in {journal.audio_folder}: {error.strerror}",
                "Make room on the disk; nothing was changed",
            ) from error
        raise


def _known(journal: Journal, table: str) -> set[str]:
    return {row[0] for row in journal.connection.execute(f"SELECT uid FROM {table}")}


def _add_all(
    journal: Journal, archive: OpenArchive, content: ArchiveContent, n_recordings: int
) -> Imported:
    n_sessions = n_takes = n_known = 0
    with transaction(journal):
        known_sessions, known_takes = _known(journal, "session"), _known(journal, "take")
        known_remarks = _known(journal, "remark")
        for entry in content.entries:
            if entry.session_uid in known_sessions:
                n_known += 1
                continue
            session = archive.session(entry.name)
            session_id = begin_session(journal, session.record)
            n_sessions += 1
            for take in session.takes:
                if take.setup.uid not in known_takes:
                    _add_take(journal, session_id, take, known_remarks)
                    n_takes += 1
            for remark in session.remarks:
                if remark.uid not in known_remarks:
                    add_remark(journal, session_id, replace(remark, take_id=None))
    return Imported(n_sessions, n_takes, n_recordings, n_known)


def _add_take(
    journal: Journal, session_id: int, take: ExportedTake, known_remarks: set[str]
) -> None:
    recording = journal.audio_folder / f"{take.setup.uid}.flac"
    is_kept = recording.is_file()
    result = replace(
        take.result,
        audio_name=recording.name if is_kept else None,
        audio_bytes=recording.stat().st_size if is_kept else None,
    )
    take_id = begin_take(journal, session_id, take.setup)
    end_take(journal, take_id, result)
    if take.state is not TakeState.COMPLETE:
        journal.connection.execute(
            "UPDATE take SET state = ? WHERE take_id = ?", (TakeState.CUT_OFF.value, take_id)
        )
    for remark in take.remarks:
        if remark.uid not in known_remarks:
            add_remark(journal, session_id, replace(remark, take_id=take_id))
