"""What detectors that do not install here heard elsewhere, kept in a file.

``onsets.json`` in the folder of takes, in a folder ``peers`` there or beside it:
``{"real/SET/NAME": {"madmom CNN (offline)": [seconds, ...]}}``.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from benchmarks.rules import Detections
from benchmarks.takes import Take
from practiceear.errors import TakeError

FILE_NAME = "onsets.json"
ABOUT = "kept in a file, heard elsewhere; by its name causal or offline"

KnownOnsets = dict[str, dict[str, tuple[float, ...]]]


def find_known(folder: Path) -> KnownOnsets:
    """What is kept for a folder of takes, by take and detector; empty where nothing is.

    Raises
    ------
    TakeError
        Where the file cannot be understood.
    """
    places = (folder, folder / "peers", folder.parent, folder.parent / "peers")
    for path in (place / FILE_NAME for place in places):
        if path.is_file():
            try:
                return msgspec.json.decode(path.read_bytes(), type=KnownOnsets)
            except msgspec.DecodeError as error:
                raise TakeError(f"{path.name}: {error}", "See benchmarks/README.md") from error
    return {}


def known_detections(known: KnownOnsets, takes: list[Take]) -> dict[str, list[Detections]]:
    """By detector, in order of the takes; only of detectors that heard every take."""
    by_name = {"/".join(key.split("/")[-2:]): heard for key, heard in known.items()}
    of_takes = [by_name.get(take.name, {}) for take in takes]
    names = [name for name in of_takes[0] if all(name in heard for heard in of_takes)]
    return {name: [_detections(heard[name]) for heard in of_takes] for name in names}


def _detections(heard_s: tuple[float, ...]) -> Detections:
    onset_s = np.sort(np.array(heard_s, dtype=np.float64))
    return Detections(onset_s, np.full(len(onset_s), np.nan))
