"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from practiceear.errors import OutputError


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` to a new file beside ``path``, which then takes its name.

    So a full disk or a crash leaves an older file as it was.

    Raises
    ------
    OutputError
        Where it cannot be written; nothing is left behind.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error
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
        raise cannot_write(path, error) from error
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def cannot_write(path: Path, error: OSError) -> OutputError:
    """Return the error for the user that says why ``path`` cannot be written."""
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
