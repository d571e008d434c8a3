"""Where PracticeEar keeps what it remembers; made when something is first kept there.

``PRACTICEEAR_HOME`` names one folder for everything; else each platform's own places. The
journal and its recordings may be in another folder, so that every player has one.
"""

from __future__ import annotations

import os
from pathlib import Path

from practiceear.errors import OutputError, UsageError

HOME_VARIABLE = "PRACTICEEAR_HOME"
_NAME = "practiceear"
_chosen_journal: list[Path] = []
"""The folder of the journal given on the command line; empty for the player's."""


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
