"""Which notes are heard: recall by how close the neighbours are, and by pitch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.rules import Hearing
from practiceear.onset.event import to_nearest_s
from practiceear.units import FloatArray


@dataclass(frozen=True, slots=True)
class Band:
    """A row of a table: values from ``low`` up to, but not, ``high``."""

    name: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Recall:
    """How many of the notes of a band were heard."""

    n_found: int
    n_played: int

    @property
    def share(self) -> float:
        """The recall, NaN where there are no notes."""
        return self.n_found / self.n_played if self.n_played else float("nan")


INTERVAL_BANDS = (
    Band("under 80 ms", 0.0, 0.080),
    Band("80 to 100 ms", 0.080, 0.100),
    Band("100 to 120 ms", 0.100, 0.120),
    Band("120 to 150 ms", 0.120, 0.150),
    Band("150 to 200 ms", 0.150, 0.200),
    Band("200 ms and more", 0.200, np.inf),
)
"""Of the shorter interval to a neighbouring note."""

PITCH_BANDS = (
    Band("below C4", 0.0, 59.5),
    Band("C4 to D#5", 59.5, 75.5),
    Band("E5 to B5", 75.5, 83.5),
    Band("C6 to B6", 83.5, 95.5),
    Band("C7 to F7", 95.5, 101.5),
    Band("above F7", 101.5, np.inf),
)


def shorter_interval_s(hearing: Hearing) -> FloatArray:
    """Interval from each note to the nearer of its neighbours; infinite for a note alone."""
    return to_nearest_s(hearing.played.reference_s)


def pitch_midi(hearing: Hearing) -> FloatArray:
    """Pitch of each note, the lowest of notes that count as one; NaN where not known."""
    return hearing.played.pitch_midi


def recall_by(
    hearings: list[Hearing], value_of: Callable[[Hearing], FloatArray], bands: tuple[Band, ...]
) -> dict[str, Recall]:
    """Recall in each band of a value of the notes, pooled over takes; NaN is in none."""
    values = np.concatenate([np.zeros(0), *(_values(one, value_of) for one in hearings)])
    is_found = np.concatenate([np.zeros(0, np.bool_), *(one.is_found for one in hearings)])
    recalls = {}
    for band in bands:
        is_in = (values >= band.low) & (values < band.high)
        if np.isposinf(band.high):
            is_in |= np.isposinf(values)
        recalls[band.name] = Recall(int(is_found[is_in].sum()), int(is_in.sum()))
    return recalls


def _values(hearing: Hearing, value_of: Callable[[Hearing], FloatArray]) -> FloatArray:
    return value_of(hearing) if len(hearing.played.reference_s) else np.zeros(0)
