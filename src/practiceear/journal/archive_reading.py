"""Reads an archive that may be a stranger's, session by session and within bounds.

Entries are known by their names and sizes beforehand: no path of the archive is used and nothing
of it is run. At no time is more than one session in memory.
"""

from __future__ import annotations

import json
import lzma
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from practiceear.data_files import DataError
from practiceear.errors import JournalError
from practiceear.files import open_regular
from practiceear.journal.export_format import ExportedSession, read_session

LARGEST_SESSION_BYTES = 32 * 2**20
MOST_SESSION_VALUES = 2_000_000
"""Commas and brackets of one session: the notes of a take of four hours, and some more."""

LARGEST_RECORDING_BYTES = 2 * 2**30
LARGEST_ARCHIVE_BYTES = 20 * 2**30
MOST_ENTRIES = 200_000
MOST_TIMES_SMALLER = 4
"""A recording is compressed already: a zip file makes it hardly smaller."""

HINT = "Ask for a new export; nothing was changed"
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError,
    OverflowError, UnicodeError,
)  # fmt: skip
_SESSION = re.compile(r"sessions/[0-9]{1,9}\.json", re.ASCII)
_RECORDING = re.compile(r"takes/[0-9a-f]{32}\.flac", re.ASCII)
_FLAC = b"fLaC"


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One session of an archive: the file that holds it, its own and its takes' names."""

    name: str
    session_uid: str
    day: str
    take_uids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ArchiveContent:
    """Checked sessions of an archive, and the names of the takes whose recordings are in it."""

    entries: tuple[ArchiveEntry, ...]
    recordings: frozenset[str]

    @property
    def session_uids(self) -> set[str]:
        """Names of its sessions."""
        return {entry.session_uid for entry in self.entries}

    @property
    def n_takes(self) -> int:
        """How many takes its sessions hold."""
        return sum(len(entry.take_uids) for entry in self.entries)

    def recorded_takes(self, known_sessions: Collection[str]) -> Iterator[str]:
        """Names of recorded takes, but for those of sessions that are known."""
        for entry in self.entries:
            if entry.session_uid not in known_sessions:
                yield from (uid for uid in entry.take_uids if uid in self.recordings)


class OpenArchive:
    """A zip file open for reading.

    Every method raises JournalError where it cannot be read or holds what an export never does.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._explained():
            self._file = open_regular(path)
            try:
                self._zip = zipfile.ZipFile(self._file)
                self._check_entries()
            except BaseException:
                self._file.close()
                raise

    def __enter__(self) -> OpenArchive:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self._zip.close()
        self._file.close()

    def check(self) -> ArchiveContent:
        """Read all of it once; return what it holds."""
        entries: list[ArchiveEntry] = []
        seen: set[str] = set()
        for name in self._names(_SESSION):
            session = self.session(name)
            uids = list(_uids(session))
            if len(set(uids)) < len(uids) or not seen.isdisjoint(uids):
                raise self._wrong(f"{name} names a session, a take or a remark twice")
            seen.update(uids)
            takes = tuple(take.setup.uid for take in session.takes)
            day = session.record.started.local_day
            entries.append(ArchiveEntry(name, session.record.uid, day, takes))
        recordings = frozenset(
            name.removeprefix("takes/").removesuffix(".flac") for name in self._names(_RECORDING)
        )
        for uid in recordings:
            with self.recording(uid):
                pass
        return ArchiveContent(tuple(entries), recordings)

    def session(self, name: str) -> ExportedSession:
        """Read the session that an entry holds."""
        with self._explained(), self._zip.open(name) as file:
            text = file.read(LARGEST_SESSION_BYTES + 1)
        if len(text) > LARGEST_SESSION_BYTES or _n_values(text) > MOST_SESSION_VALUES:
            raise self._wrong(f"{name} is larger than a session can be")
        try:
            return read_session(json.loads(text))
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise self._wrong(f"{name} is not JSON") from error
        except RecursionError as error:
            raise self._wrong(f"{name} is nested too deeply") from error
        except DataError as error:
            raise self._wrong(f"in {name}, {_place(error)}{error}") from error
        except ValueError as error:
            raise self._wrong(f"in {name}, {error}") from error

    @contextmanager
    def recording(self, uid: str) -> Iterator[IO[bytes]]:
        """Open the recording of a take, at its beginning."""
        name = f"takes/{uid}.flac"
        with self._explained():
            file = self._zip.open(name)
        with file:
            with self._explained():
                is_flac = file.read(len(_FLAC)) == _FLAC
                file.seek(0)
            if not is_flac:
                raise self._wrong(f"the recording of take {uid} is not FLAC")
            with self._explained_damage():
                yield file

    def _names(self, pattern: re.Pattern[str]) -> Iterator[str]:
        for entry in self._zip.infolist():
            if pattern.fullmatch(entry.filename):
                yield entry.filename

    def _check_entries(self) -> None:
        entries = self._zip.infolist()
        if len(entries) > MOST_ENTRIES or len({entry.filename for entry in entries}) != len(
            entries
        ):
            raise self._wrong("it holds too many files, or one twice")
        if sum(entry.file_size for entry in entries) > LARGEST_ARCHIVE_BYTES:
            raise self._wrong("unpacked it would be too large")
        if sum(entry.compress_size for entry in entries) > self._path.stat().st_size:
            raise self._wrong("its files lie over each other")
        for entry in entries:
            if not (_SESSION.fullmatch(entry.filename) or _RECORDING.fullmatch(entry.filename)):
                raise self._wrong(f"{entry.filename[:60]!r} is nothing that an export holds")
            if not _has_plausible_size(entry):
                raise self._wrong(f"{entry.filename} is larger than any that an export holds")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            with self._explained_damage():
                yield
        except FileNotFoundError as error:
            raise JournalError(f"there is no file {self._path}", "Check its name") from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise JournalError(f"{self._path} cannot be read: {reason}", "Check it") from error

    @contextmanager
    def _explained_damage(self) -> Iterator[None]:
        try:
            yield
        except _DAMAGED as error:
            raise JournalError(f"{self._path} is not a readable zip file: {error}", HINT) from error

    def _wrong(self, reason: str) -> JournalError:
        return JournalError(f"{self._path} cannot be used: {reason}", HINT)


def _place(error: DataError) -> str:
    """Where a value stands, such as ``take 2, note 1, `` for the first of ``notes``."""
    listed = zip(error.place[::2], error.place[1::2], strict=True)
    return "".join(f"{str(key).removesuffix('s')} {int(at) + 1}, " for key, at in listed)


def _has_plausible_size(entry: zipfile.ZipInfo) -> bool:
    if _SESSION.fullmatch(entry.filename):
        return entry.file_size <= LARGEST_SESSION_BYTES
    packed_bytes = max(entry.compress_size, 1024)
    return entry.file_size <= min(LARGEST_RECORDING_BYTES, MOST_TIMES_SMALLER * packed_bytes)


def _n_values(text: bytes) -> int:
    return sum(text.count(mark) for mark in (b",", b"[", b"{"))


def _uids(session: ExportedSession) -> Iterator[str]:
    yield session.record.uid
    yield from (remark.uid for remark in session.remarks)
    for take in session.takes:
        yield take.setup.uid
        yield from (remark.uid for remark in take.remarks)
