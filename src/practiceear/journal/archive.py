"""The journal as a zip for a teacher or a new machine, and back in again.

An archive holds one JSON file a session and the recordings. What comes from a stranger is
read by names and sizes that are known beforehand: no path of his is used, nothing of it
is run, and nothing is written before all of it was checked.
"""

from __future__ import annotations

import contextlib
import json
import lzma
import re
import shutil
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from practiceear.errors import JournalError, OutputError
from practiceear.files import cannot_write
from practiceear.journal.connection import Journal
from practiceear.journal.portable import (
    PortableSession,
    PortableTake,
    read_session,
    session_object,
)
from practiceear.journal.records import TakeState
from practiceear.journal.writing import (
    add_remark,
    begin_session,
    begin_take,
    end_take,
    transaction,
)

LARGEST_SESSION_BYTES = 64 * 2**20
LARGEST_RECORDING_BYTES = 2 * 2**30
LARGEST_ARCHIVE_BYTES = 20 * 2**30
MOST_ENTRIES = 200_000
DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError
)  # fmt: skip
_SESSION = re.compile(r"sessions/[0-9]{1,9}\.json")
_RECORDING = re.compile(r"takes/[0-9a-f]{32}\.flac")
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
    """Write sessions and their recordings to a new zip file; whole, or not at all.

    Of ``take_ids`` only, where they are given.

    Raises
    ------
    OutputError
        Where it cannot be written.
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


def _add_session(archive: zipfile.ZipFile, content: dict[str, Any], journal: Journal) -> None:
    for take in content["takes"]:
        name = take["audio_name"]
        recording = journal.audio_folder / name if name else None
        if recording is None or not recording.is_file() or recording.suffix != ".flac":
            take["audio_name"] = None
            continue
        take["audio_name"] = f"{take['uid']}.flac"
        archive.write(recording, f"takes/{take['audio_name']}", zipfile.ZIP_STORED)
    number = sum(one.startswith("sessions/") for one in archive.namelist()) + 1
    archive.writestr(f"sessions/{number}.json", json.dumps(content, allow_nan=False))


def import_archive(journal: Journal, path: Path) -> Imported:
    """Add the sessions of an archive that the journal does not know yet.

    Raises
    ------
    JournalError
        Where it is no archive, damaged, or holds what an export never does; the journal is
        as it was before.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive, path)
            sessions = list(_read_sessions(archive, path))
            with _recordings_first(archive, journal, sessions) as n_recordings:
                return _add_all(journal, sessions, n_recordings)
    except DAMAGED as error:
        raise JournalError(
            f"{path} is not a readable zip file: {error}",
            "Ask for a new export; nothing was changed",
        ) from error
    except FileNotFoundError as error:
        raise JournalError(f"there is no file {path}", "Check its name") from error
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}", "Check it") from error


def _check_entries(archive: zipfile.ZipFile, path: Path) -> None:
    entries = archive.infolist()
    reason = ""
    if len(entries) > MOST_ENTRIES or len({one.filename for one in entries}) != len(entries):
        reason = "it holds too many files, or one twice"
    elif sum(one.file_size for one in entries) > LARGEST_ARCHIVE_BYTES:
        reason = "unpacked it would be too large"
    for one in entries:
        if _SESSION.fullmatch(one.filename):
            is_bearable = one.file_size <= LARGEST_SESSION_BYTES
        else:
            is_known = bool(_RECORDING.fullmatch(one.filename))
            is_bearable = is_known and one.file_size <= LARGEST_RECORDING_BYTES
        if not is_bearable:
            reason = reason or f"{one.filename[:60]!r} is nothing that an export holds"
    if reason:
        raise JournalError(
            f"{path} cannot be imported: {reason}", "Ask for a new export; nothing was changed"
        )


def _read_sessions(archive: zipfile.ZipFile, path: Path) -> Iterator[PortableSession]:
    for one in archive.infolist():
        if not _SESSION.fullmatch(one.filename):
            continue
        where = f"{one.filename} of {path}"
        with archive.open(one) as file:
            content = file.read(LARGEST_SESSION_BYTES + 1)
        try:
            parsed = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise JournalError(
                f"{where} cannot be imported: it is not JSON",
                "Ask for a new export; nothing was changed",
            ) from error
        yield read_session(parsed, where)


@contextlib.contextmanager
def _recordings_first(
    archive: zipfile.ZipFile, journal: Journal, sessions: list[PortableSession]
) -> Iterator[int]:
    """Unpack the recordings of new takes; they are removed again where the rest fails."""
    known, known_sessions = _known(journal, "take"), _known(journal, "session")
    present = set(archive.namelist())
    made: list[Path] = []
    journal.audio_folder.mkdir(parents=True, exist_ok=True)
    try:
        new = [one for one in sessions if one.record.uid not in known_sessions]
        for take in (one for session in new for one in session.takes):
            name = f"{take.setup.uid}.flac"
            target = journal.audio_folder / name
            if f"takes/{name}" not in present or take.setup.uid in known or target.exists():
                continue
            made.append(target)
            with archive.open(f"takes/{name}") as source, target.open("xb") as file:
                shutil.copyfileobj(source, file, _COPIED_BYTES)
        yield len(made)
    except BaseException as error:
        for one in made:
            one.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OutputError(
                f"the recordings cannot be kept in {journal.audio_folder}: {error.strerror}",
                "Make room on the disk; nothing was changed",
            ) from error
        raise


def _known(journal: Journal, table: str) -> set[str]:
    return {row[0] for row in journal.connection.execute(f"SELECT uid FROM {table}")}


def _add_all(journal: Journal, sessions: list[PortableSession], n_recordings: int) -> Imported:
    n_sessions = n_takes = n_known = 0
    with transaction(journal):
        known_sessions, known_takes = _known(journal, "session"), _known(journal, "take")
        known_remarks = _known(journal, "remark")
        for session in sessions:
            if session.record.uid in known_sessions:
                n_known += 1
                continue
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
    journal: Journal, session_id: int, take: PortableTake, known_remarks: set[str]
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
