"""``expected.json``: what PracticeEar reported for a fixture when somebody last looked.

It catches what thresholds let through: a change that moves onsets or numbers where
nobody meant it to.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from practiceear.errors import TakeError
from practiceear.files import read_text
from practiceear.session.fixture import LARGEST_FILE_BYTES
from practiceear.session.snapshot import SessionSnapshot
from practiceear.units import FloatArray

EXPECTED_NAME = "expected.json"
ONSET_TOLERANCE_S = 0.0005  # machines round logarithms differently; a real change is larger
METRIC_TOLERANCE = 0.01  # of the value


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """Onset times (s) and the value of each measure that was given (None: refused)."""

    onset_s: FloatArray
    metrics: dict[str, float | None]


def expectation_of(snapshot: SessionSnapshot) -> Expectation:
    """What is reported now."""
    values = {one.key: None if one.is_refused else one.value for one in snapshot.metrics}
    return Expectation(snapshot.onset_s, values)


def read_expectation(folder: Path) -> Expectation:
    """Read what was reported before.

    Raises
    ------
    TakeError
        Where the file is missing or broken.
    """
    path = folder / EXPECTED_NAME
    try:
        content = json.loads(read_text(path, LARGEST_FILE_BYTES))
        return Expectation(np.array(content["onset_s"], dtype=np.float64), content["metrics"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TakeError(
            f"{path} cannot be read ({error})", "Write it with practiceear check --update"
        ) from error


def expectation_text(expectation: Expectation) -> str:
    """Return the content of ``expected.json``, rounded to what is compared."""
    metrics = {
        key: None if value is None else float(f"{value:.5g}")
        for key, value in expectation.metrics.items()
    }
    onset_s = [round(float(one), 5) for one in expectation.onset_s]
    return json.dumps({"schema": 1, "onset_s": onset_s, "metrics": metrics}, indent=1) + "\n"


def changes(before: Expectation, now: Expectation) -> tuple[str, ...]:
    """What is reported differently now, in words; empty where nothing is."""
    found: list[str] = []
    if len(before.onset_s) != len(now.onset_s):
        found.append(f"{len(now.onset_s)} onsets, expected {len(before.onset_s)}")
    elif len(now.onset_s):
        moved_s = np.abs(now.onset_s - before.onset_s)
        if moved_s.max() > ONSET_TOLERANCE_S:
            worst = int(moved_s.argmax())
            found.append(
                f"the onset expected at {before.onset_s[worst]:.4f} s is at"
                f" {now.onset_s[worst]:.4f} s"
            )
    for key in sorted(before.metrics.keys() | now.metrics.keys()):
        old, new = before.metrics.get(key), now.metrics.get(key)
        if not _is_same(old, new):
            found.append(f"{key} {_shown(new)}, expected {_shown(old)}")
    return tuple(found)


def _is_same(old: float | None, new: float | None) -> bool:
    if old is None or new is None:
        return old is new
    return math.isclose(old, new, rel_tol=METRIC_TOLERANCE, abs_tol=1e-6)


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:.5g}"
