"""Files from outside, opened with care, and files of ours, written whole or not at all.

What PracticeEar remembers is in a folder that is made when something is first kept there.
``PRACTICEEAR_HOME`` names one for everything; else each platform's own. The journal and its
recordings may be in another folder, so that every player has one.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from io import BufferedReader
from pathlib import Path

from practiceear.errors import OutputError, TakeError, UsageError

HOME_VARIABLE = "PRACTICEEAR_HOME"
_NAME = "practiceear"

_chosen_journal: list[Path] = []
"""The folder of the journal given on the command line; empty for the player's."""


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file for reading; never waits, as for the other end of a pipe.

    OSError where it cannot be opened, or is a folder, a pipe or a device.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", str(path))
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def sha256_of(path: Path) -> str:
    """Digest of a file's bytes, 64 hexadecimal digits; TakeError where it cannot be read."""
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TakeError(
            f"{path} cannot be read: {error.strerror}", "Check its name and who may read it"
        ) from error


def read_bytes(path: Path, largest_bytes: int) -> bytes:
    """Content of a small file from outside; ValueError where it is longer than allowed.

    OSError where it cannot be read, or is no regular file.
    """
    with open_regular(path) as file:
        raw = file.read(largest_bytes + 1)
    if len(raw) > largest_bytes:
        raise ValueError(f"it is longer than {largest_bytes} bytes")
    return raw


def decoded(raw: bytes) -> str:
    """Text of a file in UTF-8, with a byte-order mark or without; ValueError names the bad byte."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"it is no text: see byte {error.start}") from None


def read_text(path: Path, largest_bytes: int) -> str:
    """Text of a small file from outside; errors as for `read_bytes` and `decoded`."""
    return decoded(read_bytes(path, largest_bytes))


def make_folder(folder: Path) -> None:
    """Make a folder and those above it where they are missing; OutputError if impossible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error


def write_whole(path: Path, content: str | bytes) -> None:
    """Write ``content`` to a new file beside ``path``, which then takes its name.

    So a full disk or a crash leaves an older file as it was, and nothing half-written. OutputError
    where it cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(as_bytes(content))
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(_permissions_of(path))
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise cannot_write(path, error) from error
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def as_bytes(content: str | bytes) -> bytes:
    """Text as UTF-8, even where a file's name in it is none; bytes as they are."""
    return content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")


def cannot_write(path: Path, error: OSError) -> OutputError:
    """The error that explains to the user why ``path`` cannot be written."""
    return OutputError(
        f"{path} cannot be written: {error.strerror}",
        "Choose a folder that exists, that you may write to and that has room",
    )


def _permissions_of(path: Path) -> int:
    """Permissions of the file to be replaced, or those that a new file would get."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def data_folder() -> Path:
    """The folder of calibrations and settings, which may not exist; UsageError if impossible."""
    return _absolute(_chosen_home() or _platform_folder("data"))


def choose_journal(folder: Path | None) -> None:
    """Use the journal in ``folder`` from now on; None: the player's own; UsageError if unusable."""
    _chosen_journal[:] = [] if folder is None else [_absolute(folder)]


def journal_folder() -> Path:
    """The folder of the journal; it may not exist."""
    return _chosen_journal[0] if _chosen_journal else data_folder()


def takes_folder() -> Path:
    """The folder that recorded takes go to, made if need be; OutputError if not writable."""
    return _made(journal_folder() / "takes")


def log_path() -> Path:
    """The file for the log, in a folder that exists; errors as for `takes_folder`."""
    return _made(_absolute(_chosen_home() or _platform_folder("log"))) / f"{_NAME}.log"


def _chosen_home() -> Path | None:
    named = os.environ.get(HOME_VARIABLE, "")
    return Path(named) if named else None


def _platform_folder(purpose: str) -> Path:
    import platformdirs

    if purpose == "log":
        return platformdirs.user_log_path(_NAME, appauthor=False)
    return platformdirs.user_data_path(_NAME, appauthor=False)


def _absolute(folder: Path) -> Path:
    try:
        return folder.expanduser().absolute()
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: ~nobody/takes
        raise UsageError(f"{folder} can be no folder: {error}", "Name another one") from error


def _made(folder: Path) -> Path:
    """The folder, made if need be; refused where nothing could be kept in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        reason = "" if os.access(folder, os.W_OK | os.X_OK) else "it is write-protected"
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
    if reason:
        raise OutputError(
            f"nothing can be kept in {folder}: {reason}",
            f"Name another folder in the environment variable {HOME_VARIABLE}",
        )
    return folder
