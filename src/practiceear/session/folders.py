"""Where PracticeEar keeps what it remembers: made when they are first asked for.

``PRACTICEEAR_HOME`` names one folder for everything; else each platform's own places.
"""

from __future__ import annotations

import os
from pathlib import Path

from practiceear.errors import OutputError

HOME_VARIABLE = "PRACTICEEAR_HOME"
_NAME = "practiceear"


def data_folder() -> Path:
    """Return the folder of calibrations and of whatever else is remembered.

    Raises
    ------
    OutputError
        Where it can be neither made nor written to.
    """
    return _made(_chosen_home() or _platform_folder("data"))


def takes_folder() -> Path:
    """Return the folder that recorded takes go to; errors as for `data_folder`."""
    return _made(data_folder() / "takes")


def log_path() -> Path:
    """Return the file for the log, in a folder that exists; errors as for `data_folder`."""
    return _made(_chosen_home() or _platform_folder("log")) / f"{_NAME}.log"


def _chosen_home() -> Path | None:
    named = os.environ.get(HOME_VARIABLE, "")
    return Path(named) if named else None


def _platform_folder(purpose: str) -> Path:
    import platformdirs

    if purpose == "log":
        return platformdirs.user_log_path(_NAME, appauthor=False)
    return platformdirs.user_data_path(_NAME, appauthor=False)


def _made(folder: Path) -> Path:
    """The folder, made if need be; refused where nothing could be kept in it."""
    try:
        folder = folder.expanduser().absolute()
        folder.mkdir(parents=True, exist_ok=True)
        reason = "" if os.access(folder, os.W_OK | os.X_OK) else "it is write-protected"
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: ~nobody/takes
        reason = getattr(error, "strerror", None) or str(error)
    if reason:
        raise OutputError(
            f"nothing can be kept in {folder}: {reason}",
            f"Name another folder in the environment variable {HOME_VARIABLE}",
        )
    return folder
