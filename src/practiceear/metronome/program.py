"""What the metronome plays: tempo, bars, count-in, silent bars, ramps, as clicks at samples.

A click stands at a whole sample; the exact time of every beat is carried on in fractions, so
that a click is never more than half a sample from where it should be, however long it runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

import numpy as np
import numpy.typing as npt

from practiceear.metronome.grid import Meter, Subdivision


class ClickKind(IntEnum):
    """How a click sounds."""

    ACCENT = 0  # the first beat of a group of the bar
    BEAT = 1
    SLOT = 2  # a subdivision of the beat


CLICK = np.dtype(
    [
        ("sample", np.int64),  # where the click begins, in samples since the stream began
        ("kind", np.uint8),  # a ClickKind
        ("bar", np.int64),  # bars of the count-in are below 0, bar 0 is the first one played
        ("beat", np.int64),  # of the bar, from 0
        ("slot", np.int64),  # of the beat, from 0
        ("bpm", np.float64),  # tempo of its bar
        ("is_audible", np.bool_),  # False in bars that are silent on purpose
    ]
)
"""One click of the metronome."""

ClickArray = npt.NDArray[np.void]
"""A structured array of dtype ``CLICK``, shape (n_clicks,), in order of ``sample``."""


@dataclass(frozen=True, slots=True)
class GapClick:
    """Bars with the click and bars without it.

    Attributes
    ----------
    n_on, n_off
        Bars with and without click, in turn.
    share_off
        Instead of taking turns: the share of bars, drawn by ``seed``, that are silent.
    """

    n_on: int = 2
    n_off: int = 2
    share_off: float | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TempoChange:
    """How the tempo changes from bar to bar.

    Attributes
    ----------
    kind
        ``"ramp"``: ``step_bpm`` more every ``every_bars``, up to (or down to) ``limit_bpm``;
        ``"alternate"``: ``every_bars`` at the tempo, then as many at ``limit_bpm``, in turn.
    """

    kind: Literal["ramp", "alternate"]
    every_bars: int
    limit_bpm: float
    step_bpm: float = 0.0


@dataclass(frozen=True, slots=True)
class MetronomeProgram:
    """Everything the metronome is asked to do.

    Attributes
    ----------
    bpm, meter, subdivision
        Tempo, bar and the slots of a beat in which the player plays.
    n_count_in_bars
        Bars before bar 0.
    is_slot_clicked
        Whether subdivisions click too, softer.
    gap, tempo_change
        Silent bars; a tempo that changes.
    volume_db
        Of the accent, below full scale.
    is_silent
        No click at all: the beat is only shown.
    breath
        Beats to breathe in and out, such as (4, 8): shown, for winds.
    """

    bpm: float
    meter: Meter = Meter()
    subdivision: Subdivision = Subdivision()
    n_count_in_bars: int = 1
    is_slot_clicked: bool = False
    gap: GapClick | None = None
    tempo_change: TempoChange | None = None
    volume_db: float = -12.0
    is_silent: bool = False
    breath: tuple[int, int] | None = None
