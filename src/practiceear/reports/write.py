"""Writes a report whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from practiceear.errors import OutputError, UsageError

STANDARD_OUTPUT = "-"


def write_report(target: str, text: str) -> None:
    """Write ``text`` to the file ``target``, or to standard output for ``-``.

    The text goes to a new file beside the target which then takes its name, so a full
    disk or a crash leaves an older report as it was.

    Raises
    ------
    OutputError
        Where the target cannot be written; nothing is left behind.
    """
    if target == STANDARD_OUTPUT:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    path = Path(target)
    refuse_target(target, [])
    if path.exists() and not path.is_file():  # a pipe or device has no name to take over
        _write_in_place(path, text)
        return
    _write_and_rename(path.resolve(), text)


def refuse_target(target: str, takes: Sequence[Path]) -> None:
    """Raise before any work is done where ``target`` cannot or must not be written.

    Raises
    ------
    OutputError
        Where its folder does not exist or may not be written to.
    UsageError
        Where it is one of the takes.
    """
    path = Path(target)
    if target == STANDARD_OUTPUT:
        return
    try:
        is_device = path.exists() and not path.is_file() and not path.is_dir()
    except (OSError, ValueError) as error:
        raise OutputError(f"{path} cannot be written ({error})", "Choose another name") from error
    if is_device:
        return
    if any(path.exists() and take.exists() and path.samefile(take) for take in takes):
        raise UsageError(f"{path} is a take and would be overwritten", "Choose another file")
    if path.is_dir():
        raise OutputError(f"{path} is a folder", "Name a file in it")
    if not path.parent.is_dir():
        raise OutputError(f"there is no folder {path.parent}", "Make it or choose another")
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise OutputError(f"{path} is write-protected", "Choose another file or folder")


def _write_in_place(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _cannot_write(path, error) from error


def _write_and_rename(path: Path, text: str) -> None:
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _cannot_write(path, error) from error
    unfinished = Path(name)
    try:
        with os.fdopen(
            handle, "w", encoding="utf-8", errors="backslashreplace", newline=""
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(_permissions_of(path))
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise _cannot_write(path, error) from error
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _permissions_of(path: Path) -> int:
    """Permissions of the file to be replaced, or those that a new file would get."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _cannot_write(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path} cannot be written: {error.strerror}",
        "Choose a folder that exists, that you may write to and that has room",
    )
