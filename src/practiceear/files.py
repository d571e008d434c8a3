"""Files from outside, opened with care, and files of ours, written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from io import BufferedReader
from pathlib import Path

from practiceear.errors import OutputError, TakeError


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
